"""Sums over commissions for the dashboard, and what waits for review. Fen; a period is [since, until) of payment."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db.models import Aggregate, Count, F, Q, Sum

from distribution.models import Application, Commission, Withdrawal


@dataclasses.dataclass(frozen=True, kw_only=True)
class CommissionCost:
    """What the orders paid in a period cost in commission, net of what refunds took back, and how many earned any."""

    orders: int
    net_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class DistributorEarnings:
    """How many orders earned one distributor something, at any tier, and how much, net of reversals."""

    distributor_id: int
    code: str
    name: str
    orders: int
    earned_fen: int


def commission_cost(*, periods: Sequence[tuple[dt.datetime, dt.datetime]]) -> list[CommissionCost]:
    """The cost of each [since, until), in the order given. One query."""
    wanted: dict[str, Aggregate] = {}
    for n, (since, until) in enumerate(periods):
        inside = Q(earned_at__gte=since, earned_at__lt=until)
        wanted[f"orders{n}"] = Count("order_no", distinct=True, filter=inside)
        wanted[f"net{n}"] = Sum(F("amount_fen") - F("reversed_fen"), filter=inside)
    rows = Commission.objects.filter(earned_at__gte=min(since for since, _until in periods))
    found = rows.aggregate(**wanted)
    return [CommissionCost(orders=found[f"orders{n}"], net_fen=found[f"net{n}"] or 0) for n in range(len(periods))]


def top_distributors(*, since: dt.datetime, until: dt.datetime, limit: int = 10) -> list[DistributorEarnings]:
    """Who earned most from orders paid in the period, the best first."""
    rows = (
        Commission.objects.filter(earned_at__gte=since, earned_at__lt=until)
        .values("distributor_id", "distributor__code", "distributor__name")
        .annotate(orders=Count("order_no", distinct=True), net=Sum(F("amount_fen") - F("reversed_fen")))
        .order_by("-net", "distributor_id")[:limit]
    )
    return [
        DistributorEarnings(
            distributor_id=row["distributor_id"],
            code=row["distributor__code"],
            name=row["distributor__name"],
            orders=row["orders"],
            earned_fen=row["net"],
        )
        for row in rows
    ]


def waiting_applications() -> int:
    """Applications nobody has answered."""
    return Application.objects.filter(state=Application.State.SUBMITTED).count()


def waiting_withdrawals() -> int:
    """Withdrawals nobody has reviewed."""
    return Withdrawal.objects.filter(state=Withdrawal.State.REQUESTED).count()
