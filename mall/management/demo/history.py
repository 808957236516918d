"""Two and a half months of trade: orders, daily work, monthly settlement, withdrawals, and how things stand today."""

import datetime as dt
import functools
import random
from collections.abc import Sequence

from django.conf import settings

from catalog.models import SKU
from distribution.models import Distributor, Withdrawal
from distribution.queries import overview
from distribution.services import commission, settlement, team, withdrawal
from mall.kernel import clock
from mall.management.demo.progress import Progress
from mall.management.demo.timeline import Timeline
from mall.management.demo.trade import Trade, Wish, wishes
from marketing.services import coupons
from members.models import Member
from members.services import addresses
from orders.services import fulfilment
from payments.services import wallets

DAY, HOUR, MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)
PERIOD = 75 * DAY
FINANCE = "staff:finance"
PLACES = (
    ("浙江省", "杭州市", "西湖区", "文三路 398 号东信大厦"), ("江苏省", "苏州市", "姑苏区", "平江路 112 号"),
    ("广东省", "深圳市", "南山区", "科技园南区 8 栋"), ("四川省", "成都市", "武侯区", "人民南路四段 27 号"),
    ("湖北省", "武汉市", "洪山区", "珞喻路 1037 号"), ("福建省", "厦门市", "思明区", "环岛南路 6 号"),
)  # fmt: skip
BANK = {"account_name": "周晓岚", "account_no": "6222021202012345678", "bank_name": "中国工商银行"}


def tell(
    *,
    people: Sequence[Member],
    earners: Sequence[Member],
    ids: dict[str, int],
    coupon_ids: Sequence[int],
    orders: int,
    chance: random.Random,
    at: dt.datetime,
    progress: Progress,
) -> None:
    """Let it all happen. `people` start with 0001; `earners` are the distributors, 0002, 0003 and 0004 first."""
    for number, member in enumerate(people):
        _settle_in(member, number)
    timeline = Timeline(end=at)
    trade = Trade(timeline=timeline, chance=chance)
    _ordinary_days(trade, people=people, ids=ids, count=orders, chance=chance, at=at)
    _lately(trade, people=people, ids=ids, coupon_ids=coupon_ids, at=at)
    _books(timeline, earners=earners, at=at)
    for _moment in progress.each("往来", timeline, total=timeline.length):
        pass
    team.catch_up(at=at)


def _settle_in(member: Member, number: int) -> None:
    """Everybody has an address; the shopper two, and some balance."""
    for place in PLACES[number % len(PLACES) :][: 2 if number == 0 else 1]:
        province, city, district, street = place
        data = addresses.AddressData(
            name=f"{'王李张刘陈杨赵黄周吴'[number % 10]}{'女士' if number % 3 else '先生'}",
            phone=member.phone or "",
            province=province,
            city=city,
            district=district,
            street=street,
            tag="家" if number % 2 == 0 else "公司",
        )
        addresses.save(member_id=member.pk, data=data)


def _ordinary_days(
    trade: Trade, *, people: Sequence[Member], ids: dict[str, int], count: int, chance: random.Random, at: dt.datetime
) -> None:
    """Orders spread over the period, a little denser towards today; the shopper 0001 and team 0002 buy more often."""
    affordable = SKU.objects.filter(
        price_fen__range=(1_000, 60_000), product__limit_per_order=0, product_id__in=ids.values()
    )
    skus = list(affordable.order_by("pk").values_list("pk", flat=True))
    buyers = [*people, *people[4:38], *([people[0]] * 6)]
    for wish in wishes(buyers=buyers, skus=skus, count=count, chance=chance):
        age = PERIOD * (1 - chance.random() ** 0.85) + 30 * HOUR
        trade.wish(wish, at - age)


def _lately(
    trade: Trade, *, people: Sequence[Member], ids: dict[str, int], coupon_ids: Sequence[int], at: dt.datetime
) -> None:
    """One order of the shopper in every state they may meet, and work for every desk of the back office."""
    shopper, others = people[0], people[20:34]

    def sku(name: str, index: int = 0) -> int:
        return SKU.objects.filter(product_id=ids[name]).order_by("position", "pk").values_list("pk", flat=True)[index]

    tea, pillow, shirt = sku("明前龙井 250g", 1), sku("泰国天然乳胶枕"), sku("新疆长绒棉T恤", 12)
    fruit, charger = sku("赣南脐橙 5kg", 1), sku("65W 氮化镓充电器")
    held = [coupons.claim(coupon_id=coupon_id, member_id=shopper.pk, at=at - 20 * DAY) for coupon_id in coupon_ids[:3]]
    mine = (
        (26 * DAY, Wish(shopper, ((tea, 1), (fruit, 1)))),
        (16 * DAY, Wish(shopper, ((tea, 2),), "part", coupon_id=held[0])),
        (6 * DAY, Wish(shopper, ((pillow, 1), (shirt, 2)))),
        (44 * HOUR, Wish(shopper, ((charger, 1),))),
        (20 * HOUR, Wish(shopper, ((shirt, 1), (tea, 1)), "slow", remark="麻烦包装得仔细一点，送人用")),
        (5 * HOUR, Wish(shopper, ((fruit, 1),), "asked")),
        (3 * MINUTE, Wish(shopper, ((pillow, 1), (fruit, 2)), "unpaid")),
    )
    for age, wish in mine:
        trade.wish(wish, at - age)
    for number, member in enumerate(others):
        fate = ("slow", "normal", "unpaid", "asked", "slow", "normal", "normal")[number % 7]
        hours = {"unpaid": 0.1 + number / 40, "asked": 4 + number, "slow": 2 + number}.get(fate, 20 + 4 * number)
        trade.wish(Wish(member, ((shirt if number % 2 else tea, 1),), fate), at - hours * HOUR)
    for days, fate, member in ((6, "returning", people[35]), (5, "returning", people[36]), (12, "refused", people[37])):
        trade.wish(Wish(member, ((shirt, 2),), fate), at - days * DAY)
    wallets.grant(member_id=shopper.pk, amount_fen=68_800, ref="demo-gift", note="新店开业储值赠送", at=at - 30 * DAY)


def _books(timeline: Timeline, *, earners: Sequence[Member], at: dt.datetime) -> None:
    """What beat does, day by day and month by month, and what distributors do with their money."""
    start = at - PERIOD - 3 * DAY
    for number in range((at - start).days + 1):
        timeline.at(start + number * DAY + 3 * HOUR, _daily)
    month = clock.local_date(start).replace(day=1)
    paid: list[dt.datetime] = []
    for _number in range(5):
        month = (month + 32 * DAY).replace(day=1)
        timeline.at(clock.day_start(month) + 5 * MINUTE, lambda t: settlement.settle_due(at=t))
        payday = clock.day_start(month.replace(day=5)) + 10 * MINUTE
        timeline.at(payday, lambda t: settlement.pay_out_due(at=t))
        if payday + 12 * HOUR < at:
            paid.append(payday + 12 * HOUR)
    for number, moment in enumerate(paid):
        for index, (channel, outcome) in enumerate(WITHDRAWALS if number == len(paid) - 1 else EARLIER):
            member = earners[index]
            timeline.at(moment + index * HOUR, functools.partial(_withdraw, timeline, member, channel, outcome))


# By distributor, the last pay-out and those before it: the channel, and what finance makes of the request.
WITHDRAWALS = (
    ("balance", "paid"), ("bank", "refused"), ("balance", "paid"), ("balance", "cancelled"), ("balance", "requested"),
    ("bank", "requested"),
)  # fmt: skip
EARLIER = (("balance", "paid"), ("balance", "paid"), ("bank", "refused"))


def _daily(at: dt.datetime) -> None:
    fulfilment.receive_overdue(at=at)
    fulfilment.complete_due(at=at)
    commission.clear_cooled(at=at)
    team.catch_up(at=at)


def _withdraw(timeline: Timeline, member: Member, channel: str, outcome: str, at: dt.datetime) -> None:
    """Ask for two fifths of what is available, in whole yuan; nothing when that is below the minimum."""
    distributor = Distributor.objects.get(member_id=member.pk)
    available = overview.balances(distributor_id=distributor.pk).withdrawable
    amount = available * 2 // 5 // 100 * 100
    if amount < 1_000 or Withdrawal.objects.filter(distributor=distributor, finished_at=None).exists():
        return
    if channel == "bank" and not settings.BANK_MERCHANT:
        return  # a shop without a bank gateway has no such history
    account = BANK if channel == "bank" else None
    no = withdrawal.request(member_id=member.pk, amount_fen=amount, channel=channel, account=account, at=at).no
    later = at + 4 * HOUR
    if outcome == "paid":
        timeline.at(later, lambda t: withdrawal.approve(withdrawal_no=no, by=FINANCE, at=t))
    elif outcome == "refused":
        reason = "开户名与实名不一致，请核对后重新申请"
        timeline.at(later, lambda t: withdrawal.refuse(withdrawal_no=no, reason=reason, by=FINANCE, at=t))
    elif outcome == "cancelled":
        timeline.at(later, lambda t: withdrawal.cancel(withdrawal_no=no, member_id=member.pk, at=t))
