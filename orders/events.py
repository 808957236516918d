"""What orders publish. All events of one order carry the aggregate `order:<no>` and are published under its row lock."""

import dataclasses
import datetime as dt
from typing import Any

from mall.kernel.events import Event


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """An order exists, unpaid, its stock reserved."""

    order_no: str
    member_id: int
    placed_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderPaid(Event):
    """The order's full amount has arrived."""

    order_no: str
    member_id: int
    paid_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderCancelled(Event):
    """The order ended without delivery; `was_paid` when its money went back."""

    order_no: str
    was_paid: bool
    cancelled_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderShipped(Event):
    """The goods have left."""

    order_no: str
    shipped_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderSigned(Event):
    """The buyer has the goods (carrier, shopper or deadline said so); cooling starts."""

    order_no: str
    signed_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderCompleted(Event):
    """The after-sale window has passed."""

    order_no: str
    completed_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderRefunded(Event):
    """Money went back. `lines`: [{"line": order line id, "amount_fen": this refund's part}]; freight is not in them.

    `is_full` when the whole order has now been returned.
    """

    refund_no: str
    order_no: str
    lines: list[dict[str, Any]]
    is_full: bool
    refunded_at: dt.datetime
