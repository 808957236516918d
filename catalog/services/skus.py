"""The rows of the SKU matrix. A step of `services.products`; rows are recognised by their specs."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog import matrix
from catalog.models import SKU, Product, Stock
from catalog.services import stock
from mall.kernel.errors import DomainError, NotFound
from mall.kernel.money import MAX_FEN
from mall.kernel.transactions import step

MAX_WEIGHT_G = 10_000_000
MAX_CODE = 40


class CodeTaken(DomainError):
    """Another SKU has this code."""

    code = "code_taken"
    status = 409
    message = _("SKU 编码已被使用")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the matrix. Money in fen, weight in grams.

    `on_hand` opens the stock of a new SKU; for an existing one it is a count (None: leave it alone). An empty code
    keeps the present one or makes one up.
    """

    price_fen: int
    specs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    market_price_fen: int = 0
    cost_fen: int = 0
    weight_g: int = 0
    code: str = ""
    on_hand: int | None = None
    safety_stock: int = 0
    is_active: bool = True
    picture_id: int | None = None


@step
def lock_product(product_id: int) -> Product:
    """The product, locked after the stock rows of its SKUs: the order in which a shipment locks them."""
    list(Stock.objects.select_for_update().filter(sku__product_id=product_id).order_by("pk").values_list("pk"))
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise NotFound
    return product


@step
def replace(
    *,
    product: Product,
    options: Sequence[matrix.Option],
    rows: Sequence[Row],
    actor: str,
    at: dt.datetime,
) -> None:
    """Make the matrix of a locked `product` exactly `rows`.

    Known specs keep their SKU, with its orders, stock and code; new ones are added with an opening stock; SKUs no
    longer listed are switched off and come back with their specs. Raises InvalidMatrix, CodeTaken, BelowReserved.
    """
    matrix.check(options)
    by_key = _by_key(options, rows)
    present = {
        sku.spec_key: sku for sku in product.skus.select_for_update(of=("self",)).select_related("stock").order_by("pk")
    }
    counts = {key: sku.stock.on_hand for key, sku in present.items()}
    fresh: list[SKU] = []
    for position, (key, row) in enumerate(by_key.items()):
        sku = present.get(key)
        if sku is None:
            sku = SKU(product=product, spec_key=key)
            fresh.append(sku)
        _fill(sku, row, position=position)
    for key, sku in present.items():
        sku.is_active = sku.is_active and key in by_key
    _number(product, [*present.values(), *fresh], fresh)
    _store(list(present.values()), fresh)
    _stock(by_key, present, counts, fresh, actor=actor, at=at)
    product.options = [{"name": option.name, "values": list(option.values)} for option in options]
    refresh_prices(product=product)


@step
def refresh_prices(*, product: Product) -> None:
    """Keep the price range of the active SKUs, and the market price of the cheapest, on the product."""
    active = list(product.skus.filter(is_active=True).order_by("price_fen", "pk"))
    if active:
        product.min_price_fen = active[0].price_fen
        product.max_price_fen = active[-1].price_fen
        product.market_price_fen = active[0].market_price_fen
    product.save(update_fields=["options", "min_price_fen", "max_price_fen", "market_price_fen", "updated_at"])


def _by_key(options: Sequence[matrix.Option], rows: Sequence[Row]) -> dict[str, Row]:
    allowed = {matrix.key(specs) for specs in matrix.combinations(options)}
    by_key: dict[str, Row] = {}
    for row in rows:
        key = matrix.key(row.specs)
        if key not in allowed:
            raise matrix.InvalidMatrix(gettext("有一行不属于这些规格：%(key)s") % {"key": key})
        if key in by_key:
            raise matrix.InvalidMatrix(gettext("规格组合重复：%(key)s") % {"key": key})
        _check(row, key)
        by_key[key] = row
    if not by_key:
        raise matrix.InvalidMatrix(gettext("至少需要一个 SKU"))
    return by_key


def _check(row: Row, key: str) -> None:
    faults = {
        gettext("售价必须大于零"): not 0 < row.price_fen <= MAX_FEN,
        gettext("划线价不正确"): not 0 <= row.market_price_fen <= MAX_FEN,
        gettext("成本不正确"): not 0 <= row.cost_fen <= MAX_FEN,
        gettext("重量不正确"): not 0 <= row.weight_g <= MAX_WEIGHT_G,
        gettext("SKU 编码太长"): len(row.code) > MAX_CODE,
    }
    for fault, wrong in faults.items():
        if wrong:
            raise matrix.InvalidMatrix(f"{key}：{fault}" if key else fault, data={"row": key})


def _fill(sku: SKU, row: Row, *, position: int) -> None:
    sku.specs = dict(row.specs)
    sku.code = row.code.strip() or sku.code
    sku.price_fen = row.price_fen
    sku.market_price_fen = row.market_price_fen
    sku.cost_fen = row.cost_fen
    sku.weight_g = row.weight_g
    sku.is_active = row.is_active
    sku.position = position
    if row.picture_id is not None:
        sku.picture_id = row.picture_id


def _number(product: Product, everyone: Sequence[SKU], fresh: Sequence[SKU]) -> None:
    """Give SKUs without a code one of the form P12-03, unused so far."""
    used = {sku.code for sku in everyone}
    number = 0
    for sku in fresh:
        while not sku.code:
            number += 1
            candidate = f"P{product.pk}-{number:02d}"
            if candidate not in used:
                sku.code = candidate
                used.add(candidate)


def _store(present: Sequence[SKU], fresh: Sequence[SKU]) -> None:
    try:
        with transaction.atomic():
            SKU.objects.bulk_update(
                present,
                [
                    "specs", "code", "price_fen", "market_price_fen", "cost_fen", "weight_g", "is_active",
                    "position", "picture",
                ],
            )  # fmt: skip
            SKU.objects.bulk_create(fresh)
    except IntegrityError as error:
        raise CodeTaken(attr="code") from error


def _stock(
    by_key: Mapping[str, Row],
    present: Mapping[str, SKU],
    counts: Mapping[str, int],
    fresh: Sequence[SKU],
    *,
    actor: str,
    at: dt.datetime,
) -> None:
    openings = {
        sku.pk: stock.Opening(on_hand=by_key[sku.spec_key].on_hand or 0, safety_stock=by_key[sku.spec_key].safety_stock)
        for sku in fresh
    }
    if openings:
        stock.open_stock(openings=openings, actor=actor, at=at)
    kept = sorted((sku.pk, key) for key, sku in present.items() if key in by_key)
    changed = {pk: by_key[k].safety_stock for pk, k in kept if by_key[k].safety_stock != present[k].stock.safety_stock}
    if changed:
        stock.set_safety(safety_stocks=changed, at=at)
    for pk, key in kept:
        counted = by_key[key].on_hand
        if counted is not None and counted != counts[key]:
            stock.recount(sku_id=pk, on_hand=counted, reason=gettext("编辑商品"), actor=actor, at=at)
