"""Orders for tests of any app, made through the services so that none is in an impossible state."""

import datetime as dt
from collections.abc import Sequence

from catalog.models import SKU
from mall.kernel import clock
from mall.kernel.transactions import use_case
from members.models import Member
from orders.models import Order, Refund
from orders.services import checkout, fulfilment, payment, refunds
from orders.services.checkout import CheckoutRequest, Recipient, Wanted
from orders.services.refunds import ClaimLine
from orders.states import RefundState
from tests.factories import payments as people

RECIPIENT = Recipient(
    name="王小明", phone="13800000001", province="浙江省", city="杭州市", district="西湖区", street="文三路 1 号"
)
_tracking = iter(range(1, 10**9))


def shopper(balance_fen: int = 100_000_000) -> Member:
    """A member who can pay from the balance."""
    return people.funded(balance_fen=balance_fen)


def request(*wanted: tuple[SKU, int], coupon_id: int | None = None, **fields: object) -> CheckoutRequest:
    """A checkout of (SKU, quantity) pairs to Hangzhou."""
    items = tuple(Wanted(sku_id=sku.pk, quantity=quantity) for sku, quantity in wanted)
    return CheckoutRequest(items=items, address=RECIPIENT, coupon_id=coupon_id, **fields)


def placed(
    *wanted: tuple[SKU, int], member: Member | None = None, coupon_id: int | None = None, at: dt.datetime | None = None
) -> Order:
    """An unpaid order."""
    no = checkout.place(
        member_id=(member or shopper()).pk, request=request(*wanted, coupon_id=coupon_id), at=at or clock.now()
    )
    return Order.objects.get(no=no)


def pay(order: Order, *, at: dt.datetime | None = None) -> Order:
    """Pay from the balance and let the order know, as the outbox does."""
    at = at or clock.now()
    view = payment.start(order_no=order.no, member_id=order.member_id, method="balance", client_ip="127.0.0.1", at=at)
    confirm_payment(
        order_no=order.no, payment_no=view.no, amount_fen=view.amount_fen, method=view.method, at=view.settled_at or at
    )
    order.refresh_from_db()
    return order


def paid(
    *wanted: tuple[SKU, int], member: Member | None = None, coupon_id: int | None = None, at: dt.datetime | None = None
) -> Order:
    """A paid (and by the default policy approved) order."""
    return pay(placed(*wanted, member=member, coupon_id=coupon_id, at=at), at=at)


def ship(order: Order, *, at: dt.datetime | None = None) -> Order:
    """Send the order with a fresh tracking number."""
    fulfilment.ship(
        order_no=order.no,
        carrier_code="SF",
        tracking_no=f"SF{next(_tracking):010d}",
        actor="staff:warehouse",
        at=at or clock.now(),
    )
    order.refresh_from_db()
    return order


def shipped(*wanted: tuple[SKU, int], member: Member | None = None, at: dt.datetime | None = None) -> Order:
    """An order on its way."""
    return ship(paid(*wanted, member=member, at=at), at=at)


def signed(*wanted: tuple[SKU, int], member: Member | None = None, at: dt.datetime | None = None) -> Order:
    """An order the shopper has received."""
    order = shipped(*wanted, member=member, at=at)
    fulfilment.receive(order_no=order.no, member_id=order.member_id, at=at or clock.now())
    order.refresh_from_db()
    return order


def claim(
    order: Order, *lines: ClaimLine, kind: str = "refund", at: dt.datetime | None = None, whole: bool = False
) -> Refund:
    """A refund applied for by the shopper; `whole` claims every unit of every line."""
    if whole:
        lines = tuple(ClaimLine(line=row.pk, quantity=row.quantity) for row in order.lines.all())
    no = refunds.apply(
        order_no=order.no,
        kind=kind,
        lines=lines,
        reason="不想要了",
        actor=f"member:{order.member_id}",
        member_id=order.member_id,
        at=at or clock.now(),
    )
    return Refund.objects.get(no=no)


def finish_refunds(*numbers: str, at: dt.datetime | None = None) -> None:
    """Tell the orders that the money of these refunds (all on their way, if none is named) is back."""
    rows: Sequence[str] = numbers or list(
        Refund.objects.filter(state=RefundState.REFUNDING).order_by("pk").values_list("no", flat=True)
    )
    for no in rows:
        confirm_refund(refund_no=no, at=at or clock.now())


@use_case
def confirm_payment(*, order_no: str, payment_no: str, amount_fen: int, method: str, at: dt.datetime) -> None:
    payment.confirm(order_no=order_no, payment_no=payment_no, amount_fen=amount_fen, method=method, at=at)


@use_case
def confirm_refund(*, refund_no: str, at: dt.datetime) -> None:
    refunds.confirm(refund_no=refund_no, at=at)
