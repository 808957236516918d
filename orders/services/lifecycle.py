"""The one place where an order changes state.

Locks on an existing order go order -> lines -> refund -> coupon -> stock -> payment, in every use case; placement
locks coupon and stock and then creates an order nobody else can see yet, so no two transactions can wait in a ring.
"""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from mall.kernel import outbox
from mall.kernel.errors import DomainError, NotFound
from mall.kernel.events import Event
from mall.kernel.transactions import step
from orders.events import OrderCancelled, OrderCompleted, OrderPaid, OrderShipped, OrderSigned
from orders.models import Order, OrderLog
from orders.states import ORDER_TRANSITIONS, OrderCommand, OrderState

_STAMPS = {
    OrderCommand.PAY: "paid_at",
    OrderCommand.APPROVE: "approved_at",
    OrderCommand.SHIP: "shipped_at",
    OrderCommand.SIGN: "signed_at",
    OrderCommand.COMPLETE: "completed_at",
    OrderCommand.CANCEL: "cancelled_at",
}


class OrderStateConflict(DomainError):
    """The order's state does not allow the command. `data["state"]` says where it is."""

    code = "order_state"
    status = 409
    message = _("订单当前状态不能这样操作，请刷新后再试")


@step
def lock(*, order_no: str, member_id: int | None = None) -> Order:
    """The order's row, locked until the transaction ends. Raises NotFound, also for another member's order."""
    owner = {} if member_id is None else {"member_id": member_id}
    order = Order.objects.select_for_update().filter(no=order_no, **owner).first()
    if order is None:
        raise NotFound
    return order


@step
def advance(*, order: Order, command: OrderCommand, actor: str, at: dt.datetime, note: str = "", **facts: Any) -> None:
    """Move `order` by `command`: lock, check the table, write state, time stamp, `facts` and history, publish.

    `facts` are further columns that change with the state (`payment_no`, `cancel_reason`, …).
    Raises OrderStateConflict when the table has no such edge.
    """
    current = OrderState(Order.objects.select_for_update().values_list("state", flat=True).get(pk=order.pk))
    target = ORDER_TRANSITIONS.get((current, command))
    if target is None:
        raise OrderStateConflict(data={"state": current.value})
    changes = {"state": target.value, _STAMPS[command]: at, **facts}
    for field, value in changes.items():
        setattr(order, field, value)
    order.save(update_fields=list(changes))
    log(
        order=order,
        command=command.value,
        from_state=current.value,
        to_state=target.value,
        actor=actor,
        at=at,
        note=note,
    )
    event = _event(order, command, was_paid=current != OrderState.UNPAID, at=at)
    if event is not None:
        outbox.publish(event, aggregate=f"order:{order.no}")


@step
def log(
    *,
    order: Order,
    command: str,
    actor: str,
    at: dt.datetime,
    from_state: str = "",
    to_state: str = "",
    note: str = "",
) -> None:
    """Append a line to the order's history; without states it is a note on what happened around it."""
    OrderLog.objects.create(
        order=order,
        command=command,
        from_state=from_state,
        to_state=to_state,
        actor=actor[:60],
        note=note[:200],
        at=at,
    )


def _event(order: Order, command: OrderCommand, *, was_paid: bool, at: dt.datetime) -> Event | None:
    no = order.no
    match command:
        case OrderCommand.PAY:
            return OrderPaid(order_no=no, member_id=order.member_id, paid_at=at)
        case OrderCommand.SHIP:
            return OrderShipped(order_no=no, shipped_at=at)
        case OrderCommand.SIGN:
            return OrderSigned(order_no=no, signed_at=at)
        case OrderCommand.COMPLETE:
            return OrderCompleted(order_no=no, completed_at=at)
        case OrderCommand.CANCEL:
            return OrderCancelled(order_no=no, was_paid=was_paid, cancelled_at=at)
        case _:
            return None
