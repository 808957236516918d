"""Sums over orders and refunds for the dashboard: fen, counts, days of Shanghai. A period is [since, until)."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db.models import Aggregate, Count, Min, Q, Sum
from django.db.models.functions import TruncDay, TruncHour

from mall.kernel import clock
from orders.models import Order, OrderLine, Refund
from orders.states import OrderState, RefundState

TO_SHIP = [OrderState.PAID, OrderState.APPROVED]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sales:
    """Orders paid in a period (whatever became of them) and money given back in it."""

    paid_fen: int
    paid_orders: int
    refunded_fen: int
    refunds: int

    @property
    def average_fen(self) -> int:
        """What an order is worth on average, rounded down; 0 without orders."""
        return self.paid_fen // self.paid_orders if self.paid_orders else 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProductSales:
    """What one product sold: line amounts after discounts, refunds not taken off."""

    product_id: int
    name: str
    quantity: int
    paid_fen: int


def sales(*, periods: Sequence[tuple[dt.datetime, dt.datetime]]) -> list[Sales]:
    """The sales of each [since, until), in the order given. Two queries however many there are."""
    paid = Order.objects.filter(paid_at__gte=min(since for since, _until in periods)).aggregate(
        **_sums("payable_fen", "paid_at", periods)
    )
    back = Refund.objects.filter(
        state=RefundState.REFUNDED, refunded_at__gte=min(since for since, _until in periods)
    ).aggregate(**_sums("amount_fen", "refunded_at", periods))
    return [
        Sales(
            paid_fen=paid[f"fen{n}"] or 0,
            paid_orders=paid[f"count{n}"],
            refunded_fen=back[f"fen{n}"] or 0,
            refunds=back[f"count{n}"],
        )
        for n in range(len(periods))
    ]


def _sums(amount: str, moment: str, periods: Sequence[tuple[dt.datetime, dt.datetime]]) -> dict[str, Aggregate]:
    """Per period n: `fen<n>` and `count<n>` of the rows whose `moment` lies in it."""
    found: dict[str, Aggregate] = {}
    for n, (since, until) in enumerate(periods):
        inside = Q(**{f"{moment}__gte": since, f"{moment}__lt": until})
        found |= {f"fen{n}": Sum(amount, filter=inside), f"count{n}": Count("pk", filter=inside)}
    return found


def paid_series(*, since: dt.datetime, until: dt.datetime, hourly: bool = False) -> dict[dt.datetime, int]:
    """Start of each Shanghai day (or hour) that had payments -> fen paid in it."""
    step = TruncHour("paid_at", tzinfo=clock.SHANGHAI) if hourly else TruncDay("paid_at", tzinfo=clock.SHANGHAI)
    rows = Order.objects.filter(paid_at__gte=since, paid_at__lt=until).annotate(step=step).values("step")
    return {row["step"]: row["fen"] for row in rows.annotate(fen=Sum("payable_fen")).order_by("step")}


def top_products(*, since: dt.datetime, until: dt.datetime, limit: int = 10) -> list[ProductSales]:
    """The products that brought in most, the best first, each under one of the names it was sold by."""
    rows = (
        OrderLine.objects.filter(order__paid_at__gte=since, order__paid_at__lt=until)
        .order_by()
        .values("product_id")
        .annotate(shown=Min("name"), units=Sum("quantity"), fen=Sum("payable_fen"))
        .order_by("-fen", "product_id")[:limit]
    )
    return [
        ProductSales(product_id=row["product_id"], name=row["shown"], quantity=row["units"], paid_fen=row["fen"])
        for row in rows
    ]


def any_placed() -> bool:
    """Whether the shop ever had an order."""
    return Order.objects.exists()


def waiting_to_ship() -> int:
    """Orders paid and not yet sent."""
    return Order.objects.filter(state__in=TO_SHIP).count()


def waiting_refunds() -> int:
    """Refunds nobody has answered."""
    return Refund.objects.filter(state=RefundState.APPLIED).count()
