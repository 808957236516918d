"""Notes of the staff on an order."""

import datetime as dt

from mall.kernel.transactions import use_case
from orders.services import lifecycle


@use_case
def write(*, order_no: str, note: str, actor: str, at: dt.datetime) -> None:
    """Replace the order's internal note; every version stays in the history. Raises NotFound."""
    order = lifecycle.lock(order_no=order_no)
    order.staff_note = note[:200]
    order.save(update_fields=["staff_note"])
    lifecycle.log(order=order, command="note", actor=actor, at=at, note=note)
