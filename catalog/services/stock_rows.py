"""The statements and rows behind `services.stock`: ordered locks, balances, movements and alerts."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import connection

from catalog.models import StockAlert, StockMovement, StockReservation

Kind = StockMovement.Kind


@dataclasses.dataclass(frozen=True, slots=True)
class Level:
    """A stock row as the UPDATE left it."""

    sku_id: int
    on_hand: int
    reserved: int
    safety_stock: int

    @property
    def sellable(self) -> int:
        return self.on_hand - self.reserved


# Locks in pk order first. The count makes it all or nothing within the statement: either every SKU has enough
# and all rows change, or none does.
RESERVE = """
WITH wanted AS (SELECT * FROM unnest(%(skus)s::bigint[], %(quantities)s::int[]) AS w (sku_id, quantity)),
locked AS (
  SELECT s.sku_id, w.quantity, s.on_hand - s.reserved AS sellable
  FROM catalog_stock s JOIN wanted w ON w.sku_id = s.sku_id ORDER BY s.sku_id FOR UPDATE OF s
)
UPDATE catalog_stock s SET reserved = s.reserved + l.quantity FROM locked l
WHERE s.sku_id = l.sku_id AND s.on_hand - s.reserved >= l.quantity
  AND (SELECT count(*) FROM locked WHERE sellable >= quantity) = %(count)s
RETURNING s.sku_id, s.on_hand, s.reserved, s.safety_stock
"""

CHANGE = """
WITH wanted AS (
  SELECT * FROM unnest(%(skus)s::bigint[], %(on_hand)s::int[], %(reserved)s::int[]) AS w (sku_id, on_hand, reserved)
),
locked AS (
  SELECT s.sku_id, w.on_hand, w.reserved
  FROM catalog_stock s JOIN wanted w ON w.sku_id = s.sku_id ORDER BY s.sku_id FOR UPDATE OF s
)
UPDATE catalog_stock s SET on_hand = s.on_hand + l.on_hand, reserved = s.reserved + l.reserved FROM locked l
WHERE s.sku_id = l.sku_id
RETURNING s.sku_id, s.on_hand, s.reserved, s.safety_stock
"""

SOLD = """
WITH sold AS (
  SELECT k.product_id, sum(w.quantity) AS quantity
  FROM unnest(%(skus)s::bigint[], %(quantities)s::int[]) AS w (sku_id, quantity)
  JOIN catalog_sku k ON k.id = w.sku_id GROUP BY k.product_id
),
locked AS (
  SELECT p.id, sold.quantity FROM catalog_product p JOIN sold ON sold.product_id = p.id
  ORDER BY p.id FOR NO KEY UPDATE OF p
)
UPDATE catalog_product p SET sales_count = p.sales_count + l.quantity FROM locked l WHERE p.id = l.id
"""


def run(sql: str, parameters: Mapping[str, list[int] | int]) -> list[Level]:
    """Execute RESERVE or CHANGE; the changed rows in pk order."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return sorted((Level(*row) for row in cursor.fetchall()), key=lambda level: level.sku_id)


def settling_movements(
    held: Sequence[StockReservation],
    levels: Sequence[Level],
    kind: str,
    totals: Mapping[int, int],
    *,
    actor: str,
    at: dt.datetime,
) -> list[StockMovement]:
    """One movement per reservation; the balances run from before the UPDATE to after it."""
    leaving = kind == Kind.COMMIT
    running = {
        level.sku_id: dataclasses.replace(
            level,
            on_hand=level.on_hand + (totals[level.sku_id] if leaving else 0),
            reserved=level.reserved + totals[level.sku_id],
        )
        for level in levels
    }
    movements = []
    for row in held:
        before = running[row.sku_id]
        on_hand = -row.quantity if leaving else 0
        after = dataclasses.replace(before, on_hand=before.on_hand + on_hand, reserved=before.reserved - row.quantity)
        running[row.sku_id] = after
        movements.append(
            movement(kind, after, ref=row.ref, actor=actor, at=at, on_hand=on_hand, reserved=-row.quantity)
        )
    return movements


def movement(
    kind: str,
    level: Level,
    *,
    ref: str,
    actor: str,
    at: dt.datetime,
    on_hand: int = 0,
    reserved: int = 0,
    reason: str = "",
) -> StockMovement:
    """An unsaved movement that leaves the stock at `level`. Deltas are in units."""
    return StockMovement(
        sku_id=level.sku_id,
        kind=kind,
        on_hand_delta=on_hand,
        reserved_delta=reserved,
        on_hand_after=level.on_hand,
        reserved_after=level.reserved,
        ref=ref,
        reason=reason,
        actor=actor,
        at=at,
    )


def open_alerts(levels: Sequence[Level], *, at: dt.datetime) -> None:
    """One open alert per SKU at or below its safety stock; the partial unique index drops repeats."""
    low = [level for level in levels if level.sellable <= level.safety_stock]
    if low:
        StockAlert.objects.bulk_create(
            [StockAlert(sku_id=x.sku_id, sellable=x.sellable, safety_stock=x.safety_stock, opened_at=at) for x in low],
            ignore_conflicts=True,
        )


def close_alerts(levels: Sequence[Level], *, at: dt.datetime) -> None:
    """Close the open alerts of SKUs above their safety stock."""
    recovered = [level.sku_id for level in levels if level.sellable > level.safety_stock]
    if recovered:
        StockAlert.objects.filter(sku_id__in=recovered, closed_at__isnull=True).update(closed_at=at)


def count_sales(sold: Sequence[StockReservation]) -> None:
    """Add the units that left the house to the sales of their products, in pk order."""
    with connection.cursor() as cursor:
        cursor.execute(SOLD, {"skus": [r.sku_id for r in sold], "quantities": [r.quantity for r in sold]})
