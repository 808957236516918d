"""One order's life, from the cart to the end fate has for it. Each step schedules the next."""

import dataclasses
import datetime as dt
import functools
import json
import random
from collections.abc import Sequence

from logistics.carriers import kuaidi100
from logistics.models import Parcel
from logistics.services import shipments
from mall.kernel.clock import SHANGHAI
from mall.management.demo.timeline import Timeline
from members.models import Member
from orders.models import Order
from orders.services import cancel, checkout, fulfilment, payment, refunds
from orders.services.claims import ClaimLine
from orders.services.requests import CheckoutRequest, Wanted
from payments.services import wallets

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
WAREHOUSE, SERVICE = "staff:warehouse", "staff:service"
IP = "127.0.0.1"
CARRIERS = (("SF", "SF"), ("ZTO", "ZTO"), ("YTO", "YT"), ("JD", "JDV"))
# Hours after dispatch, Kuaidi100's state, and what the courier wrote.
SCANS = (
    (2, "1", "【{hub}】快件已由仓库揽收，揽收员：赵师傅"),
    (9, "0", "【{hub}转运中心】快件已发出，正送往下一站"),
    (26, "0", "【{city}转运中心】快件已到达，正在分拣"),
    (44, "5", "【{city}】派件员小刘正在派送，请保持电话畅通"),
    (49, "3", "【{city}】您的快件已签收，签收人：本人。感谢使用"),
)
REASONS = ("七天无理由", "尺码不合适", "与描述不符", "收到时有破损", "买多了 / 不想要了")


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What a member buys, and how it ends: normal, slow, unpaid, cancelled, expired, refunded, part, asked, returned,
    returning, refused."""

    member: Member
    items: tuple[tuple[int, int], ...]
    fate: str = "normal"
    coupon_id: int | None = None
    remark: str = ""


class Trade:
    """Lets wishes become orders on a timeline."""

    def __init__(self, *, timeline: Timeline, chance: random.Random) -> None:
        self.timeline = timeline
        self.chance = chance
        self.placed = 0

    def wish(self, wish: Wish, at: dt.datetime) -> None:
        """Place the order at `at`; the rest follows."""
        self.timeline.at(at, lambda moment: self._place(wish, moment))

    def _place(self, wish: Wish, at: dt.datetime) -> None:
        items = tuple(Wanted(sku_id=sku_id, quantity=quantity) for sku_id, quantity in wish.items)
        request = CheckoutRequest(items=items, coupon_id=wish.coupon_id, remark=wish.remark)
        no = checkout.place(member_id=wish.member.pk, request=request, at=at)
        self.placed += 1
        if wish.fate == "cancelled":
            actor = f"member:{wish.member.pk}"
            self.timeline.at(
                at + 9 * MINUTE, lambda t: cancel.cancel(order_no=no, reason="地址填错了，重新下单", actor=actor, at=t)
            )
        elif wish.fate == "expired":
            self.timeline.at(at + 31 * MINUTE, lambda t: cancel.close_expired(at=t))
        elif wish.fate != "unpaid":
            self.timeline.at(at + self.chance.randint(1, 8) * MINUTE, lambda t: self._pay(no, wish, t))

    def _pay(self, no: str, wish: Wish, at: dt.datetime) -> None:
        order = Order.objects.get(no=no)
        wallets.grant(member_id=wish.member.pk, amount_fen=order.payable_fen, ref=f"topup-{no}", note="储值", at=at)
        payment.start(order_no=no, member_id=wish.member.pk, method="balance", client_ip=IP, at=at)
        if wish.fate in ("refunded", "asked"):
            self.timeline.at(at + 2 * HOUR, lambda t: self._ask_back(no, wish, t))
        elif wish.fate != "slow":
            self.timeline.at(at + self.chance.uniform(8, 30) * HOUR, lambda t: self._ship(no, wish, t))

    def _ship(self, no: str, wish: Wish, at: dt.datetime) -> None:
        code, prefix = self.chance.choice(CARRIERS)
        tracking = f"{prefix}{self.chance.randrange(10**11, 10**12)}"
        parcel_no = fulfilment.ship(order_no=no, carrier_code=code, tracking_no=tracking, actor=WAREHOUSE, at=at)
        for number, (hours, _state, _text) in enumerate(SCANS):
            moment = at + hours * HOUR * self.chance.uniform(0.95, 1.2)
            last = number == len(SCANS) - 1
            self.timeline.at(moment, functools.partial(self._scan, no, parcel_no, wish, number, last, at))

    def _scan(
        self, no: str, parcel_no: str, wish: Wish, number: int, is_last: bool, shipped: dt.datetime, at: dt.datetime
    ) -> None:
        """A push of the tracking service, signed with the parcel's salt, through the door real ones come by."""
        parcel = Parcel.objects.get(no=parcel_no)
        city = Order.objects.values_list("city", flat=True).get(no=no)
        _hours, state, text = SCANS[number]
        scan = {
            "ftime": at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            "context": text.format(hub="杭州", city=city),
            "statusCode": state,
        }
        param = json.dumps({"status": "polling", "lastResult": {"state": state, "data": [scan]}}, ensure_ascii=False)
        form = {"param": param, "sign": kuaidi100.push_sign(param=param, salt=parcel.push_salt)}
        shipments.receive_push(parcel_no=parcel_no, form=form, at=at)
        if is_last and wish.fate in ("part", "returned", "returning", "refused"):
            self.timeline.at(at + self.chance.randint(4, 20) * HOUR, lambda t: self._ask_back(no, wish, t))

    def _ask_back(self, no: str, wish: Wish, at: dt.datetime) -> None:
        order = Order.objects.get(no=no)
        lines = list(order.lines.order_by("position"))
        whole = wish.fate in ("refunded", "asked")
        claims = [ClaimLine(line=line.pk, quantity=line.quantity) for line in lines]
        if not whole:
            first = lines[0]
            money = first.payable_fen * 3 // 10 if wish.fate == "part" else None
            claims = [ClaimLine(line=first.pk, quantity=0 if money else 1, amount_fen=money)]
        kind = "return" if wish.fate in ("returned", "returning") else "refund"
        refund_no = refunds.apply(
            order_no=no,
            kind=kind,
            lines=claims,
            reason=self.chance.choice(REASONS),
            actor=f"member:{wish.member.pk}",
            member_id=wish.member.pk,
            at=at,
        )
        if wish.fate == "refused":
            reason = "商品已使用，不符合退货条件"
            self.timeline.at(
                at + 5 * HOUR, lambda t: refunds.reject(refund_no=refund_no, reason=reason, actor=SERVICE, at=t)
            )
        elif wish.fate != "asked":
            self.timeline.at(at + 3 * HOUR, lambda t: self._agree(refund_no, wish, t))

    def _agree(self, refund_no: str, wish: Wish, at: dt.datetime) -> None:
        refunds.approve(refund_no=refund_no, actor=SERVICE, at=at, answer="同意，给您添麻烦了")
        if wish.fate in ("returned", "returning"):
            self.timeline.at(at + 18 * HOUR, lambda t: self._send_back(refund_no, wish, t))

    def _send_back(self, refund_no: str, wish: Wish, at: dt.datetime) -> None:
        tracking = f"YT{self.chance.randrange(10**11, 10**12)}"
        refunds.return_parcel(refund_no=refund_no, member_id=wish.member.pk, carrier="YTO", tracking_no=tracking, at=at)
        if wish.fate == "returned":
            self.timeline.at(at + 60 * HOUR, lambda t: refunds.received(refund_no=refund_no, actor=WAREHOUSE, at=t))


def wishes(*, buyers: Sequence[Member], skus: Sequence[int], count: int, chance: random.Random) -> list[Wish]:
    """`count` ordinary wishes with fates in proportion: most go well."""
    fates = (
        ["normal"] * 80
        + ["cancelled"] * 4
        + ["expired"] * 4
        + ["refunded"] * 3
        + ["part"] * 4
        + ["returned"] * 3
        + ["refused"] * 2
    )
    made = []
    for _number in range(count):
        chosen = chance.sample(skus, chance.choice((1, 1, 1, 2, 2, 3)))
        items = tuple((sku_id, chance.choice((1, 1, 1, 2))) for sku_id in chosen)
        made.append(Wish(chance.choice(buyers), items, chance.choice(fates)))
    return made
