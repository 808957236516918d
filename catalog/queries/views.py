"""The shapes faces read. Money is in fen, times are aware, URLs are those of the media storage."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from django.utils.translation import gettext_lazy as _

from catalog import pictures
from catalog.models import ProductPicture
from mall.kernel.errors import DomainError

T = TypeVar("T")


class UnknownOrdering(DomainError):
    """A list was asked for in an order it does not know."""

    code = "unknown_ordering"
    message = _("不支持的排序方式")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. `near` says that nothing matched exactly and these are near matches."""

    items: list[T]
    count: int
    page: int
    page_size: int
    near: bool = False

    @property
    def has_next(self) -> bool:
        return self.page * self.page_size < self.count


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture for an <img>: `url` is a middling rendition, `srcset` all of them, sizes those of the original."""

    url: str
    srcset: str
    full_url: str
    width: int
    height: int
    alt: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Something with a page: a category or a brand."""

    id: int
    name: str
    slug: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProductCard:
    """A product in a list."""

    id: int
    slug: str
    name: str
    subtitle: str
    brand: str
    min_price_fen: int
    max_price_fen: int
    market_price_fen: int
    sales_count: int
    in_stock: bool
    picture: Picture | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SkuView:
    """A variant on the product page."""

    id: int
    code: str
    specs: Mapping[str, str]
    spec_text: str
    price_fen: int
    market_price_fen: int
    sellable: int
    picture: Picture | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """A product's own page. `on_sale` is False for one taken off the shelf: show it, sell nothing."""

    id: int
    slug: str
    name: str
    subtitle: str
    category: Link
    ancestors: Sequence[Link]
    brand: Link | None
    audience: str
    audience_label: str
    # [{"name": "颜色", "values": ["红", "蓝"]}]
    options: Sequence[Mapping[str, object]]
    # [{"name": "产地", "value": "杭州"}]
    attributes: Sequence[Mapping[str, str]]
    description_html: str
    on_sale: bool
    limit_per_order: int
    min_price_fen: int
    max_price_fen: int
    market_price_fen: int
    sales_count: int
    in_stock: bool
    gallery: Sequence[Picture]
    skus: Sequence[SkuView]
    created_at: dt.datetime
    updated_at: dt.datetime

    @property
    def picture(self) -> Picture | None:
        return self.gallery[0] if self.gallery else None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SkuFacts:
    """What carts, prices and orders need to know of a SKU. `active`: its product is on sale and it is switched on."""

    sku_id: int
    code: str
    product_id: int
    product_name: str
    product_slug: str
    category_id: int
    brand_id: int | None
    specs: Mapping[str, str]
    spec_text: str
    price_fen: int
    # The struck-through price, or the price where there is none: the basis of rules on list prices.
    list_price_fen: int
    cost_fen: int
    weight_g: int
    sellable: int
    picture: str
    active: bool
    limit_per_order: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CategoryNode:
    """A visible category with its visible children; `picture` is a URL or empty."""

    id: int
    name: str
    slug: str
    picture: str
    children: Sequence["CategoryNode"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CategoryPage:
    """One category with the way to it (root first) and what is directly below."""

    id: int
    name: str
    slug: str
    picture: str
    ancestors: Sequence[Link]
    children: Sequence[Link]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BrandFacet:
    """A brand among the results."""

    name: str
    slug: str
    count: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """Prices from `low_fen` to below `high_fen` (None: no upper end)."""

    low_fen: int
    high_fen: int | None
    count: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Ways to narrow a list; only those with results."""

    brands: Sequence[BrandFacet]
    bands: Sequence[PriceBand]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A completion of what is typed. `kind` is product, category or brand; `slug` leads there."""

    text: str
    kind: str
    slug: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BannerView:
    """One slide of the home page."""

    image_url: str
    alt: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HomeSections:
    """The lists of the home page."""

    categories: Sequence[CategoryNode]
    recommended: Sequence[ProductCard]
    new: Sequence[ProductCard]
    hot: Sequence[ProductCard]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MovementView:
    """One line of the stock ledger, with the balances after it."""

    id: int
    at: dt.datetime
    sku_code: str
    product_name: str
    kind: str
    kind_label: str
    on_hand_delta: int
    reserved_delta: int
    on_hand_after: int
    reserved_after: int
    ref: str
    reason: str
    actor: str


def picture(row: ProductPicture | None, *, alt: str = "") -> Picture | None:
    """The view of a picture row; None for None."""
    if row is None:
        return None
    storage = row.image.storage
    name = str(row.image)
    urls = {w: storage.url(pictures.rendition_name(name, w)) for w in pictures.rendition_widths(row.width)}
    full = storage.url(name)
    srcset = [f"{url} {width}w" for width, url in (urls | {row.width: full}).items()]
    return Picture(
        url=urls.get(400, full),
        srcset=", ".join(srcset),
        full_url=full,
        width=row.width,
        height=row.height,
        alt=row.alt or alt,
    )


def thumbnail(row: ProductPicture | None) -> str:
    """The URL of the smallest rendition; empty without a picture."""
    if row is None:
        return ""
    name = str(row.image)
    widths = pictures.rendition_widths(row.width)
    return str(row.image.storage.url(pictures.rendition_name(name, widths[0]) if widths else name))
