"""Products and their SKUs: what the merchant edits. Stock moves through `services.stock` only."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import nh3
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pypinyin import lazy_pinyin

from catalog import matrix
from catalog.models import SKU, Brand, Category, Product
from catalog.services import index, skus
from mall.kernel.errors import DomainError, NotFound, StateConflict
from mall.kernel.transactions import use_case

ALLOWED_TAGS = {
    "a", "b", "blockquote", "br", "div", "em", "figcaption", "figure", "h2", "h3", "h4", "hr", "i", "img", "li",
    "ol", "p", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan"}}
SLUG_LENGTH = 80
MAX_LIMIT = 1_000_000


class SlugTaken(DomainError):
    """Another product has this address."""

    code = "slug_taken"
    status = 409
    message = _("网址已被其他商品使用")


class NothingToSell(StateConflict):
    """A product without an active SKU cannot be published."""

    message = _("至少启用一个 SKU 才能上架")


class InvalidProduct(DomainError):
    """A field that cannot be stored; `attr` names it."""

    code = "invalid_product"
    message = _("商品资料不正确")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The merchant's own words about a product. An empty slug is derived from the name in pinyin."""

    name: str
    category_id: int
    brand_id: int | None = None
    subtitle: str = ""
    slug: str = ""
    audience: str = Product.Audience.EVERYONE
    # [{"name": "产地", "value": "杭州"}]
    attributes: Sequence[Mapping[str, str]] = ()
    description_html: str = ""
    limit_per_order: int = 0


@use_case
def create(
    *,
    fields: Fields,
    options: Sequence[matrix.Option] = (),
    rows: Sequence[skus.Row] = (),
    actor: str,
    at: dt.datetime,
) -> int:
    """A draft with its SKU matrix and opening stock; its id. Raises SlugTaken, InvalidProduct, InvalidMatrix …"""
    product = Product(slug=_slug(fields, product_id=None))
    _write(product, fields)
    if rows:
        skus.replace(product=product, options=options, rows=rows, actor=actor, at=at)
    index.refresh(product_ids=[product.pk])
    return product.pk


@use_case
def update(
    *,
    product_id: int,
    fields: Fields,
    options: Sequence[matrix.Option] = (),
    rows: Sequence[skus.Row] | None = None,
    actor: str,
    at: dt.datetime,
) -> None:
    """Rewrite a product, and its SKU matrix unless `rows` is None. An empty slug keeps the present one."""
    product = skus.lock_product(product_id)
    product.slug = _slug(fields, product_id=product_id, present=product.slug)
    _write(product, fields)
    if rows is not None:
        skus.replace(product=product, options=options, rows=rows, actor=actor, at=at)
    index.refresh(product_ids=[product_id])


@use_case
def set_skus(
    *,
    product_id: int,
    options: Sequence[matrix.Option],
    rows: Sequence[skus.Row],
    actor: str,
    at: dt.datetime,
) -> None:
    """Replace the SKU matrix: rows are recognised by their specs, so ids, codes and stock survive."""
    skus.replace(product=skus.lock_product(product_id), options=options, rows=rows, actor=actor, at=at)


@use_case
def change_price(*, sku_id: int, price_fen: int) -> None:
    """Set the price of one SKU in fen. Raises InvalidProduct unless it is positive."""
    product_id = SKU.objects.filter(pk=sku_id).values_list("product_id", flat=True).first()
    if product_id is None:
        raise NotFound
    if price_fen <= 0:
        raise InvalidProduct(gettext("售价必须大于零"), attr="price_fen")
    product = skus.lock_product(product_id)
    SKU.objects.filter(pk=sku_id).update(price_fen=price_fen)
    skus.refresh_prices(product=product)


@use_case
def publish(*, product_id: int, at: dt.datetime) -> None:
    """Put a product on sale; a no-op when it is. Raises NothingToSell."""
    product = skus.lock_product(product_id)
    if product.state == Product.State.ON_SALE:
        return
    if not product.skus.filter(is_active=True).exists():
        raise NothingToSell(gettext("“%(name)s”没有启用的 SKU，不能上架") % {"name": product.name})
    product.state = Product.State.ON_SALE
    product.published_at = product.published_at or at
    product.save(update_fields=["state", "published_at", "updated_at"])


@use_case
def unpublish(*, product_id: int) -> None:
    """Take a product off the shelf; a no-op when it is not on sale. Its orders go on."""
    product = skus.lock_product(product_id)
    if product.state == Product.State.ON_SALE:
        product.state = Product.State.OFF_SHELF
        product.save(update_fields=["state", "updated_at"])


def clean_html(html: str) -> str:
    """The merchant's HTML without scripts, styles, handlers and foreign schemes."""
    return nh3.clean(
        html,
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )


def _write(product: Product, fields: Fields) -> None:
    name = fields.name.strip()
    if not 0 < len(name) <= 80:
        raise InvalidProduct(gettext("商品名称应为 1–80 个字"), attr="name")
    if fields.audience not in Product.Audience.values:
        raise InvalidProduct(gettext("没有这个适用人群"), attr="audience")
    if not Category.objects.filter(pk=fields.category_id).exists():
        raise InvalidProduct(gettext("没有这个分类"), attr="category")
    if fields.brand_id is not None and not Brand.objects.filter(pk=fields.brand_id).exists():
        raise InvalidProduct(gettext("没有这个品牌"), attr="brand")
    if not 0 <= fields.limit_per_order <= MAX_LIMIT:
        raise InvalidProduct(gettext("每单限购不正确"), attr="limit_per_order")
    product.name = name
    product.subtitle = fields.subtitle.strip()[:120]
    product.category_id = fields.category_id
    product.brand_id = fields.brand_id
    product.audience = fields.audience
    product.attributes = _attributes(fields.attributes)
    product.description_html = clean_html(fields.description_html)
    product.limit_per_order = fields.limit_per_order
    product.save()


def _attributes(data: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    pairs = [(str(item.get("name", "")).strip(), str(item.get("value", "")).strip()) for item in data]
    return [{"name": name[:40], "value": value[:200]} for name, value in pairs if name and value]


def _slug(fields: Fields, *, product_id: int | None, present: str = "") -> str:
    """The wanted slug, the present one, or pinyin of the name with a random tail when that is taken."""
    wanted = fields.slug.strip() or present
    slug = slugify(wanted or "-".join(lazy_pinyin(fields.name)))[:SLUG_LENGTH].strip("-") or "item"
    same = Product.objects.filter(slug=slug)
    taken = (same if product_id is None else same.exclude(pk=product_id)).exists()
    # A slug of digits only would be read as an id.
    if not taken and not slug.isdecimal():
        return slug
    if wanted:
        raise SlugTaken(attr="slug")
    return f"{slug}-{uuid.uuid4().hex[:6]}"
