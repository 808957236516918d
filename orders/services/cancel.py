"""Orders that end unpaid: the shopper cancels, or the time to pay is over.

The provider is always asked to close first. Only when it says that no money can arrive any more is the order closed;
if it says that money has arrived, the order is paid instead.
"""

import datetime as dt
import logging

from django.utils.translation import gettext_lazy as _

from catalog.services import stock
from mall.kernel import notices
from mall.kernel.errors import DomainError, NotFound
from mall.kernel.transactions import remote, step, use_case
from marketing.services import coupons
from orders.models import Order
from orders.services import lifecycle
from orders.states import OrderCommand, OrderState
from payments.services import collect

logger = logging.getLogger(__name__)

BATCH = 100
REASON_LENGTH = 60


class PaidMeanwhile(DomainError):
    """The money arrived while the order was being cancelled: it is paid, and can be refunded."""

    code = "order_state"
    status = 409
    message = _("订单已付款，如需退款请申请售后")


@remote
def cancel(*, order_no: str, reason: str, actor: str, at: dt.datetime, member_id: int | None = None) -> None:
    """Close an unpaid order for the shopper or the staff, after closing its payments at the provider.

    Raises NotFound, OrderStateConflict when it is not unpaid, PaidMeanwhile, ServiceUnavailable.
    """
    owner = {} if member_id is None else {"member_id": member_id}
    order = Order.objects.filter(no=order_no, **owner).first()
    if order is None:
        raise NotFound
    if order.state != OrderState.UNPAID:
        raise lifecycle.OrderStateConflict(data={"state": order.state})
    if collect.close(purpose="order", ref=order_no, at=at) == "paid":
        raise PaidMeanwhile
    _close_unpaid(order_no=order_no, reason=reason, actor=actor, at=at)


@remote
def close_expired(*, at: dt.datetime) -> int:
    """Close the orders whose time to pay is over; how many. One that cannot be closed now is tried again next time."""
    due = Order.objects.filter(state=OrderState.UNPAID, expires_at__lte=at).order_by("expires_at")
    closed = 0
    for order_no in list(due.values_list("no", flat=True)[:BATCH]):
        try:
            if collect.close(purpose="order", ref=order_no, at=at) == "closed":
                _close_unpaid(order_no=order_no, reason=str(_("超时未付款")), actor="system", at=at)
                closed += 1
        except DomainError as error:
            logger.warning("order %s is not closed yet: %s", order_no, error.code)
    return closed


@use_case
def _close_unpaid(*, order_no: str, reason: str, actor: str, at: dt.datetime) -> None:
    order = lifecycle.lock(order_no=order_no)
    if order.state != OrderState.UNPAID:
        raise lifecycle.OrderStateConflict(data={"state": order.state})
    close(order=order, actor=actor, reason=reason, at=at)
    if actor != f"member:{order.member_id}":
        notices.post(
            member_id=order.member_id,
            kind="order_closed",
            ref=order.no,
            title=str(_("订单已关闭")),
            body=str(_("订单 %(no)s 已关闭：%(reason)s") % {"no": order.no, "reason": reason}),
            url=f"/me/orders/{order.no}/",
        )


@step
def close(*, order: Order, actor: str, reason: str, at: dt.datetime) -> None:
    """End a locked order that will not be delivered: state, coupon and stock go back together."""
    lifecycle.advance(
        order=order,
        command=OrderCommand.CANCEL,
        actor=actor,
        at=at,
        note=reason,
        cancel_reason=reason[:REASON_LENGTH],
    )
    coupons.give_back(order_no=order.no, at=at)
    stock.release(ref=order.no, actor=actor, at=at)
