"""Stock: the scarce thing every sale contends for.

Every function changes rows of `Stock` in ascending pk order and appends one `StockMovement` per SKU in the same
transaction, so `on_hand` and `reserved` are always the sums of their movements. A promise is made by one
conditional UPDATE, never by reading first; the CHECK constraints of `Stock` make an oversell unstorable as well.
Alerts open and close in that transaction too; `services.alerts` mails them later.
"""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, Stock, StockMovement, StockReservation
from catalog.services import stock_rows
from mall.kernel import numbers
from mall.kernel.errors import DomainError, NotFound, StateConflict
from mall.kernel.transactions import step, use_case

# The column is a 32-bit integer; no single sale or delivery comes near it.
MAX_QUANTITY = 2**31 - 1
# The order's own expiry releases first. This is for orders whose expiry never ran.
GRACE = dt.timedelta(minutes=10)
BATCH = 500

Kind = StockMovement.Kind
State = StockReservation.State


class OutOfStock(DomainError):
    """Fewer sellable units than wanted. `data` is {"sku": code, "sellable": units left}."""

    code = "out_of_stock"
    status = 409
    message = _("库存不足")


class InvalidQuantity(DomainError):
    """Not a whole number of units within the allowed range."""

    code = "invalid_quantity"
    message = _("数量不正确")


class BelowReserved(StateConflict):
    """The counted stock is smaller than what is already promised to orders."""

    message = _("盘点数不能小于已锁定的数量")


class ReservationMissing(StateConflict):
    """The order's units were released, or never reserved."""

    message = _("订单的库存锁定已失效")


class AlreadyReceived(StateConflict):
    """This delivery note has been booked for this SKU."""

    message = _("该入库单已登记过这个 SKU")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The stock a SKU starts with, in units."""

    on_hand: int = 0
    safety_stock: int = 0


@step
def reserve(
    *, ref: str, quantities: Mapping[int, int], expires_at: dt.datetime | None, actor: str, at: dt.datetime
) -> None:
    """Promise `quantities` (SKU id -> units) to `ref`, all or nothing, in at most four statements.

    Raises OutOfStock for the first SKU that falls short (nothing changed then) and InvalidQuantity.
    """
    for quantity in quantities.values():
        _check(quantity, least=1)
    skus = sorted(quantities)
    wanted = [quantities[sku_id] for sku_id in skus]
    levels = stock_rows.run(stock_rows.RESERVE, {"skus": skus, "quantities": wanted, "count": len(skus)})
    if len(levels) != len(skus):
        raise _shortage(quantities)
    StockReservation.objects.bulk_create(
        StockReservation(sku_id=sku_id, ref=ref, quantity=quantities[sku_id], expires_at=expires_at) for sku_id in skus
    )
    StockMovement.objects.bulk_create(
        stock_rows.movement(Kind.RESERVE, level, ref=ref, actor=actor, at=at, reserved=quantities[level.sku_id])
        for level in levels
    )
    stock_rows.open_alerts(levels, at=at)


@step
def hold_without_expiry(*, ref: str) -> None:
    """Keep the units of a paid order until it ships or is cancelled. Raises ReservationMissing if they are gone."""
    if not StockReservation.objects.filter(ref=ref, state=State.HELD).update(expires_at=None):
        raise ReservationMissing


@step
def commit(*, ref: str, actor: str, at: dt.datetime) -> None:
    """The units of `ref` leave the house. A second commit is a no-op; raises ReservationMissing if none were held."""
    rows = _lock_reservations(ref)
    held = [row for row in rows if row.state == State.HELD]
    if held:
        _settle(held, Kind.COMMIT, actor=actor, at=at)
        stock_rows.count_sales(held)
    elif not any(row.state == State.COMMITTED for row in rows):
        raise ReservationMissing


@step
def release(*, ref: str, actor: str, at: dt.datetime) -> None:
    """Give the held units of `ref` back. A no-op when none is held (released before, or shipped)."""
    held = [row for row in _lock_reservations(ref) if row.state == State.HELD]
    if held:
        _settle(held, Kind.RELEASE, actor=actor, at=at)


@step
def restock(*, ref: str, sku_id: int, quantity: int, actor: str, at: dt.datetime, reason: str = "") -> None:
    """Put returned goods back on the shelf, once per (`ref`, SKU): a repeat is a no-op."""
    _check(quantity, least=1)
    if not _booked(Kind.RESTOCK, ref=ref, sku_id=sku_id):
        _add(Kind.RESTOCK, sku_id=sku_id, quantity=quantity, ref=ref, reason=reason, actor=actor, at=at)


@use_case
def receive(*, sku_id: int, quantity: int, ref: str, reason: str, actor: str, at: dt.datetime) -> None:
    """Book a delivery. `ref` is the delivery note; raises AlreadyReceived when it is booked for this SKU."""
    _check(quantity, least=1)
    if _booked(Kind.INBOUND, ref=ref, sku_id=sku_id):
        raise AlreadyReceived(attr="ref")
    _add(Kind.INBOUND, sku_id=sku_id, quantity=quantity, ref=ref, reason=reason, actor=actor, at=at)


@use_case
def adjust(*, sku_id: int, on_hand: int, reason: str, actor: str, at: dt.datetime) -> None:
    """Set the counted stock of a SKU. A count without difference is booked too. Raises BelowReserved, InvalidQuantity."""
    recount(sku_id=sku_id, on_hand=on_hand, reason=reason, actor=actor, at=at)


@step
def recount(*, sku_id: int, on_hand: int, reason: str, actor: str, at: dt.datetime) -> None:
    """`adjust` within a larger change, such as a saved SKU matrix."""
    _check(on_hand, least=0)
    stock = _lock(sku_id)
    if on_hand < stock.reserved:
        raise BelowReserved(attr="on_hand", data={"reserved": stock.reserved})
    ref = numbers.new("K", at)
    delta = on_hand - stock.on_hand
    _add(Kind.ADJUST, sku_id=sku_id, quantity=delta, ref=ref, reason=reason, actor=actor, at=at)


@step
def open_stock(*, openings: Mapping[int, Opening], actor: str, at: dt.datetime) -> None:
    """Give new SKUs (id -> Opening) their stock row and the opening movement. Raises InvalidQuantity."""
    for opening in openings.values():
        _check(opening.on_hand, least=0)
        _check(opening.safety_stock, least=0)
    skus = sorted(openings)
    Stock.objects.bulk_create(
        Stock(sku_id=sku_id, on_hand=openings[sku_id].on_hand, safety_stock=openings[sku_id].safety_stock)
        for sku_id in skus
    )
    levels = [stock_rows.Level(i, openings[i].on_hand, 0, openings[i].safety_stock) for i in skus]
    StockMovement.objects.bulk_create(
        stock_rows.movement(Kind.OPENING, level, ref="opening", actor=actor, at=at, on_hand=level.on_hand)
        for level in levels
    )
    stock_rows.open_alerts(levels, at=at)


@step
def set_safety(*, safety_stocks: Mapping[int, int], at: dt.datetime) -> None:
    """Change safety stocks (SKU id -> units); alerts open or close accordingly."""
    for safety_stock in safety_stocks.values():
        _check(safety_stock, least=0)
    rows = list(Stock.objects.select_for_update().filter(sku_id__in=list(safety_stocks)).order_by("pk"))
    for row in rows:
        row.safety_stock = safety_stocks[row.pk]
    Stock.objects.bulk_update(rows, ["safety_stock"])
    levels = [stock_rows.Level(row.pk, row.on_hand, row.reserved, row.safety_stock) for row in rows]
    stock_rows.open_alerts(levels, at=at)
    stock_rows.close_alerts(levels, at=at)


@use_case
def change_safety(*, sku_id: int, safety_stock: int, at: dt.datetime) -> None:
    """Change the safety stock of one SKU. Raises NotFound, InvalidQuantity."""
    _lock(sku_id)
    set_safety(safety_stocks={sku_id: safety_stock}, at=at)


@use_case
def release_expired(*, at: dt.datetime) -> int:
    """Release reservations that expired ten minutes ago or more; how many. A safety net behind the order's expiry."""
    due = list(
        StockReservation.objects.select_for_update(skip_locked=True)
        .filter(state=State.HELD, expires_at__lte=at - GRACE)
        .order_by("expires_at", "sku_id")[:BATCH]
    )
    if due:
        _settle(due, Kind.RELEASE, actor="system", at=at)
    return len(due)


def _check(quantity: object, *, least: int) -> None:
    # bool is an int in Python, but True is no quantity.
    if type(quantity) is not int or not least <= quantity <= MAX_QUANTITY:
        raise InvalidQuantity(attr="quantity")


def _shortage(quantities: Mapping[int, int]) -> OutOfStock:
    facts = {
        sku_id: (code, (on_hand or 0) - (reserved or 0))
        for sku_id, code, on_hand, reserved in SKU.objects.filter(pk__in=list(quantities)).values_list(
            "pk", "code", "stock__on_hand", "stock__reserved"
        )
    }
    for sku_id in sorted(quantities):
        code, sellable = facts.get(sku_id, (str(sku_id), 0))
        if sellable < quantities[sku_id]:
            return OutOfStock(data={"sku": code, "sellable": sellable})
    raise AssertionError("a locked stock row changed under us")


def _lock(sku_id: int) -> Stock:
    stock = Stock.objects.select_for_update().filter(pk=sku_id).first()
    if stock is None:
        raise NotFound
    return stock


def _lock_reservations(ref: str) -> list[StockReservation]:
    return list(StockReservation.objects.select_for_update().filter(ref=ref).order_by("sku_id"))


def _booked(kind: str, *, ref: str, sku_id: int) -> bool:
    """Whether this movement exists; the stock row is locked first, so nobody books it meanwhile."""
    _lock(sku_id)
    return StockMovement.objects.filter(sku_id=sku_id, kind=kind, ref=ref).exists()


def _add(kind: str, *, sku_id: int, quantity: int, ref: str, reason: str, actor: str, at: dt.datetime) -> None:
    if quantity > 0 and _lock(sku_id).on_hand > MAX_QUANTITY - quantity:
        raise InvalidQuantity(attr="quantity")
    levels = stock_rows.run(stock_rows.CHANGE, {"skus": [sku_id], "on_hand": [quantity], "reserved": [0]})
    StockMovement.objects.bulk_create(
        stock_rows.movement(kind, level, ref=ref, actor=actor, at=at, on_hand=quantity, reason=reason)
        for level in levels
    )
    stock_rows.open_alerts(levels, at=at)
    stock_rows.close_alerts(levels, at=at)


def _settle(held: Sequence[StockReservation], kind: str, *, actor: str, at: dt.datetime) -> None:
    """Move held reservations (locked, of any number of orders) on: out of the house, or back to sellable."""
    leaving = kind == Kind.COMMIT
    state = State.COMMITTED if leaving else State.RELEASED
    StockReservation.objects.filter(pk__in=[row.pk for row in held]).update(state=state)
    totals: dict[int, int] = defaultdict(int)
    for row in held:
        totals[row.sku_id] += row.quantity
    skus = sorted(totals)
    down = [-totals[sku_id] for sku_id in skus]
    levels = stock_rows.run(
        stock_rows.CHANGE, {"skus": skus, "on_hand": down if leaving else [0] * len(skus), "reserved": down}
    )
    StockMovement.objects.bulk_create(stock_rows.settling_movements(held, levels, kind, totals, actor=actor, at=at))
    if not leaving:
        stock_rows.close_alerts(levels, at=at)
