"""Paying an order: opening the cashier, and what happens when the money has arrived."""

import datetime as dt

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.services import stock
from mall.kernel.errors import DomainError, NotFound
from mall.kernel.transactions import remote, step
from members import queries as members_queries
from orders import queries
from orders.models import Order
from orders.services import cancel, fulfilment, lifecycle
from orders.states import OrderCommand, OrderState
from payments.queries import PaymentView
from payments.services import collect
from payments.services import refunds as provider_refunds

FREE = "free"


class OrderExpired(DomainError):
    """The time to pay is over; the order is about to be closed."""

    code = "order_expired"
    status = 409
    message = _("订单已超时关闭，请重新下单")


@remote
def start(*, order_no: str, member_id: int, method: str, client_ip: str, at: dt.datetime) -> PaymentView:
    """Open the cashier for the order's own amount; nothing the client sends can change it.

    An order of ¥0 is paid by the method `free` whatever was asked for. Raises NotFound, OrderStateConflict,
    OrderExpired, and what `collect.open` raises.
    """
    order = Order.objects.filter(no=order_no, member_id=member_id).first()
    if order is None:
        raise NotFound
    if order.state != OrderState.UNPAID:
        raise lifecycle.OrderStateConflict(data={"state": order.state})
    if order.expires_at <= at:
        raise OrderExpired
    appids = {"wechat_jsapi": settings.WECHAT_APPID, "wechat_mini": settings.WECHAT_MINI_APPID}
    appid = appids.get(method)
    return collect.open(
        purpose="order",
        ref=order.no,
        member_id=member_id,
        amount_fen=order.payable_fen,
        method=method if order.payable_fen else FREE,
        description=str(_("订单 %(no)s") % {"no": order.no}),
        expires_at=order.expires_at,
        client_ip=client_ip,
        openid=members_queries.openid(member_id=member_id, appid=appid) if appid else None,
        at=at,
    )


@step
def confirm(*, order_no: str, payment_no: str, amount_fen: int, method: str, at: dt.datetime) -> None:
    """The money of `payment_no` has arrived at `at`. Repeats are no-ops.

    The first payment of the full amount pays an unpaid order. Anything else (a second payment, one after the order
    was closed, a wrong amount) is surplus: it goes back by itself and the order stays what it is.
    """
    order = lifecycle.lock(order_no=order_no)
    if order.payment_no == payment_no:
        return
    if order.state != OrderState.UNPAID or amount_fen != order.payable_fen:
        _return(order, payment_no, amount_fen, at)
        return
    try:
        stock.hold_without_expiry(ref=order.no)
    except stock.ReservationMissing:
        # The units went to somebody else long after the deadline: nothing can be delivered for this money.
        cancel.close(order=order, actor="system", reason=str(_("付款过晚，库存已释放")), at=at)
        _return(order, payment_no, amount_fen, at)
        return
    lifecycle.advance(
        order=order,
        command=OrderCommand.PAY,
        actor=f"member:{order.member_id}",
        at=at,
        payment_no=payment_no,
        payment_method=method,
    )
    if queries.policy().auto_approve:
        fulfilment.approve_locked(order=order, actor="system", at=at)


@step
def _return(order: Order, payment_no: str, amount_fen: int, at: dt.datetime) -> None:
    lifecycle.log(order=order, command="surplus", actor="system", at=at, note=payment_no)
    if amount_fen:
        provider_refunds.return_surplus(payment_no=payment_no, at=at)
