"""From paid to completed: review, shipping, signing, and the end of the after-sale window."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.services import stock
from logistics.services import shipments
from mall.kernel import notices
from mall.kernel.errors import DomainError
from mall.kernel.transactions import step, use_case
from orders import queries
from orders.models import Order, Refund
from orders.services import lifecycle
from orders.states import OPEN_REFUNDS, OrderCommand, OrderState

BATCH = 200


class OpenRefund(DomainError):
    """A refund waits for an answer; shipping goods that may be refunded helps nobody."""

    code = "refund_open"
    status = 409
    message = _("订单有未处理完的售后，请先处理")


@use_case
def approve(*, order_no: str, actor: str, at: dt.datetime) -> None:
    """Release a paid order for shipping. Raises NotFound, OrderStateConflict."""
    approve_locked(order=lifecycle.lock(order_no=order_no), actor=actor, at=at)


@step
def approve_locked(*, order: Order, actor: str, at: dt.datetime) -> None:
    """The same inside a transaction that holds the order."""
    lifecycle.advance(order=order, command=OrderCommand.APPROVE, actor=actor, at=at)


@use_case
def ship(*, order_no: str, carrier_code: str, tracking_no: str, actor: str, at: dt.datetime) -> str:
    """Send the order's goods in one parcel; the parcel number. Units already refunded stay on the shelf.

    A paid order that nobody reviewed is approved on the way. Raises NotFound, OrderStateConflict, OpenRefund,
    and what `shipments.dispatch` raises.
    """
    order = lifecycle.lock(order_no=order_no)
    if order.refunds.filter(state__in=OPEN_REFUNDS).exists():
        raise OpenRefund
    if order.state == OrderState.PAID:
        approve_locked(order=order, actor=actor, at=at)
    note = f"{carrier_code} {tracking_no}"
    lifecycle.advance(order=order, command=OrderCommand.SHIP, actor=actor, at=at, note=note)
    stock.commit(ref=order.no, actor=actor, at=at)
    contents = _pack(order, actor, at)
    parcel_no = shipments.dispatch(
        order_no=order.no,
        carrier_code=carrier_code,
        tracking_no=tracking_no,
        contents=contents,
        phone_tail=order.recipient_phone[-4:],
        actor=actor,
        at=at,
    )
    notices.post(
        member_id=order.member_id,
        kind="order_shipped",
        ref=order.no,
        title=str(_("订单已发货")),
        body=str(_("订单 %(no)s 已发货，运单号 %(tracking)s") % {"no": order.no, "tracking": tracking_no}),
        url=f"/me/orders/{order.no}/",
    )
    return parcel_no


@step
def _pack(order: Order, actor: str, at: dt.datetime) -> list[dict[str, Any]]:
    """What goes into the parcel. The reservation left the house whole; units refunded before go straight back in."""
    contents = []
    for line in order.lines.order_by("sku_id"):
        left = line.quantity - line.refunded_quantity
        if left:
            contents.append({"line": line.pk, "name": line.name, "quantity": left})
        if line.refunded_quantity:
            stock.restock(
                ref=order.no,
                sku_id=line.sku_id,
                quantity=line.refunded_quantity,
                actor=actor,
                at=at,
                reason=str(_("发货前已退款")),
            )
    return contents


@step
def sign(*, order_no: str, at: dt.datetime, actor: str = "carrier") -> None:
    """The carrier says the buyer has the goods. A no-op when someone said so before."""
    order = lifecycle.lock(order_no=order_no)
    if order.state == OrderState.SHIPPED:
        lifecycle.advance(order=order, command=OrderCommand.SIGN, actor=actor, at=at)


@use_case
def receive(*, order_no: str, member_id: int, at: dt.datetime) -> None:
    """The shopper confirms receipt. Raises NotFound, OrderStateConflict when the order is not on its way."""
    order = lifecycle.lock(order_no=order_no, member_id=member_id)
    lifecycle.advance(order=order, command=OrderCommand.SIGN, actor=f"member:{member_id}", at=at)


@use_case
def receive_overdue(*, at: dt.datetime) -> int:
    """Sign orders that have been on the way longer than the policy's `receive_days`; how many."""
    shipped_before = at - dt.timedelta(days=queries.policy().receive_days)
    due = (
        Order.objects.select_for_update(skip_locked=True)
        .filter(state=OrderState.SHIPPED, shipped_at__lte=shipped_before)
        .exclude(pk__in=_with_open_refunds())
        .order_by("pk")[:BATCH]
    )
    orders = list(due)
    for order in orders:
        note = str(_("超时自动签收"))
        lifecycle.advance(order=order, command=OrderCommand.SIGN, actor="system", at=at, note=note)
    return len(orders)


@use_case
def complete_due(*, at: dt.datetime) -> int:
    """Complete signed orders whose `after_sale_days` are over and that have no open refund; how many."""
    signed_before = at - dt.timedelta(days=queries.policy().after_sale_days)
    due = (
        Order.objects.select_for_update(skip_locked=True)
        .filter(state=OrderState.SIGNED, signed_at__lte=signed_before)
        .exclude(pk__in=_with_open_refunds())
        .order_by("pk")[:BATCH]
    )
    orders = list(due)
    for order in orders:
        lifecycle.advance(order=order, command=OrderCommand.COMPLETE, actor="system", at=at)
    return len(orders)


def _with_open_refunds() -> Any:
    return Refund.objects.filter(state__in=OPEN_REFUNDS).values("order_id")
