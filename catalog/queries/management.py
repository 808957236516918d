"""What the merchant sees of products: drafts, switched-off variants, costs and stock included."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from catalog.models import SKU, Product
from catalog.queries.views import Page
from mall.kernel.errors import NotFound


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ManagedSku:
    """A variant with its stock in units; money in fen."""

    id: int
    code: str
    specs: Mapping[str, str]
    price_fen: int
    market_price_fen: int
    cost_fen: int
    weight_g: int
    is_active: bool
    on_hand: int
    reserved: int
    sellable: int
    safety_stock: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ManagedProduct:
    """A product as it is edited. `state` is draft, on_sale or off_shelf."""

    id: int
    slug: str
    name: str
    subtitle: str
    category_id: int
    brand_id: int | None
    audience: str
    state: str
    limit_per_order: int
    options: Sequence[Mapping[str, object]]
    attributes: Sequence[Mapping[str, str]]
    description_html: str
    sales_count: int
    updated_at: dt.datetime
    skus: Sequence[ManagedSku]


def products(*, state: str = "", page: int = 1, page_size: int = 20) -> Page[ManagedProduct]:
    """All products, the newest first, narrowed by state. Three statements."""
    rows = Product.objects.order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    start = (page - 1) * page_size
    items = [_product(row) for row in _with_skus(rows)[start : start + page_size]]
    return Page(items=items, count=rows.count(), page=page, page_size=page_size)


def product(*, product_id: int) -> ManagedProduct:
    """One product. Raises NotFound."""
    row = _with_skus(Product.objects.filter(pk=product_id)).first()
    if row is None:
        raise NotFound
    return _product(row)


def sku(*, code: str) -> ManagedSku:
    """One variant by its code. Raises NotFound."""
    row = SKU.objects.select_related("stock").filter(code=code).first()
    if row is None:
        raise NotFound
    return _sku(row)


def _with_skus(rows: QuerySet[Product]) -> QuerySet[Product]:
    return rows.defer("search_vector", "search_text").prefetch_related("skus__stock")


def _product(row: Product) -> ManagedProduct:
    return ManagedProduct(
        id=row.pk,
        slug=row.slug,
        name=row.name,
        subtitle=row.subtitle,
        category_id=row.category_id,
        brand_id=row.brand_id,
        audience=row.audience,
        state=row.state,
        limit_per_order=row.limit_per_order,
        options=row.options,
        attributes=row.attributes,
        description_html=row.description_html,
        sales_count=row.sales_count,
        updated_at=row.updated_at,
        skus=[_sku(variant) for variant in row.skus.all()],
    )


def _sku(row: SKU) -> ManagedSku:
    return ManagedSku(
        id=row.pk,
        code=row.code,
        specs=row.specs,
        price_fen=row.price_fen,
        market_price_fen=row.market_price_fen,
        cost_fen=row.cost_fen,
        weight_g=row.weight_g,
        is_active=row.is_active,
        on_hand=row.stock.on_hand,
        reserved=row.stock.reserved,
        sellable=row.stock.sellable,
        safety_stock=row.stock.safety_stock,
    )
