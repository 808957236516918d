"""The catalogue: categories, lists, product pages and suggestions, for everybody."""

import dataclasses
import re
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import queries
from catalog.queries import CategoryNode
from mall.api import fields, support
from mall.kernel import clock
from marketing import queries as marketing

ORDERINGS = ("price", "-price", "-sales", "sales", "-created", "created")
AUDIENCES = ("everyone", "women", "men", "children", "seniors")
# Parts of a product's page the shop keeps no data for.
UNRECORDED: dict[str, Any] = {"video": None, "spin_frames": (), "certificates": (), "rating": None}
_REFERENCE = re.compile(r"[-\w]{1,100}")
_ID = re.compile(r"[0-9]{1,10}", re.ASCII)


class ReferenceField(serializers.CharField):
    """A slug or an id in a query parameter."""

    default_error_messages = {"reference": _("只能是网址名或编号")}

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if not _REFERENCE.fullmatch(text):
            self.fail("reference")
        return text


class ProductQuery(support.PageQuery):
    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)
    category = ReferenceField(required=False, help_text="slug or id; includes what is below it")
    brand = ReferenceField(required=False, help_text="slug")
    price_min = fields.YuanField(required=False)
    price_max = fields.YuanField(required=False)
    audience = serializers.ChoiceField(choices=AUDIENCES, required=False)
    in_stock = serializers.ChoiceField(choices=("true", "false", "1", "0"), required=False, default="false")
    ordering = serializers.ChoiceField(choices=ORDERINGS, required=False, default="")


class SuggestionQuery(serializers.Serializer):
    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)


class PictureRow(serializers.Serializer):
    url = serializers.CharField()
    srcset = serializers.CharField()
    full_url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField()


class CategoryLeaf(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()


class CategoryRow(CategoryLeaf):
    picture = serializers.CharField()
    children = serializers.SerializerMethodField()

    @extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/CategoryRow"}})
    def get_children(self, node: CategoryNode) -> Any:
        return CategoryRow(node.children, many=True).data


class ProductRow(serializers.Serializer):
    """A product in a list. `market_price` is the struck-through price, or the price where there is none."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    subtitle = serializers.CharField()
    price = fields.YuanField(source="min_price_fen")
    max_price = fields.YuanField(source="max_price_fen")
    market_price = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField()
    sales = serializers.IntegerField(source="sales_count")
    in_stock = serializers.BooleanField()

    @extend_schema_field(fields.YuanField)
    def get_market_price(self, card: Any) -> str:
        return fields.YuanField().to_representation(card.market_price_fen or card.min_price_fen)

    def get_image(self, card: Any) -> str:
        return card.picture.url if card.picture else ""


class SkuRow(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    specs = serializers.DictField(child=serializers.CharField())
    price = fields.YuanField(source="price_fen")
    market_price = serializers.SerializerMethodField()
    stock = serializers.IntegerField(source="sellable", help_text="units that can be bought now")
    image = serializers.SerializerMethodField()

    @extend_schema_field(fields.YuanField)
    def get_market_price(self, sku: Any) -> str:
        return fields.YuanField().to_representation(sku.market_price_fen or sku.price_fen)

    def get_image(self, sku: Any) -> str:
        return sku.picture.url if sku.picture else ""


class NamedValue(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField()


class OptionRow(serializers.Serializer):
    name = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())


class OfferRow(serializers.Serializer):
    """What makes it cheaper: `kind` is reduction or coupon; `rule` is the name it has in price adjustments."""

    kind = serializers.CharField()
    rule = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name of its own


class ProductDetail(ProductRow):
    category = CategoryLeaf()
    brand = CategoryLeaf(allow_null=True)
    audience = serializers.CharField()
    on_sale = serializers.BooleanField()
    limit_per_order = serializers.IntegerField(help_text="0: no limit")
    gallery = PictureRow(many=True)
    video = serializers.CharField(allow_null=True)
    spin_frames = serializers.ListField(child=serializers.CharField())
    description_html = serializers.CharField()
    options = OptionRow(many=True)
    attributes = NamedValue(many=True)
    certificates = NamedValue(many=True)
    skus = SkuRow(many=True)
    offers = OfferRow(many=True)
    rating = serializers.FloatField(allow_null=True)


class SuggestionRow(serializers.Serializer):
    text = serializers.CharField()
    kind = serializers.CharField()
    slug = serializers.CharField()


class Categories(support.Public):
    """The category tree."""

    @extend_schema(responses=CategoryRow(many=True))
    def get(self, request: Request) -> Response:
        return Response(CategoryRow(queries.category_tree(), many=True).data)


class Products(support.Public):
    """Products on sale, filtered and ordered; without `ordering` the best match or the best seller first."""

    @extend_schema(
        operation_id="api_v1_products_list", parameters=[ProductQuery], responses=support.page_of(ProductRow)
    )
    def get(self, request: Request) -> Response:
        wanted = support.asked(ProductQuery, request)
        filters = {
            "q": wanted["q"],
            "category": _category_slug(wanted.get("category")),
            "brand": wanted.get("brand"),
            "price_min_fen": wanted.get("price_min"),
            "price_max_fen": wanted.get("price_max"),
            "audience": wanted.get("audience"),
            "in_stock": wanted["in_stock"] in ("true", "1"),
            "ordering": wanted["ordering"],
        }

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = queries.search(**filters, page=page, page_size=size)
            return found.items, found.count

        return support.paged(request, ProductRow, fetch)


class Product(support.Public):
    """One product by id or slug, with its variants and the offers it may count on."""

    @extend_schema(responses=ProductDetail)
    def get(self, request: Request, reference: str) -> Response:
        by_id = _ID.fullmatch(reference)
        page = queries.product_page(id=int(reference)) if by_id else queries.product_page(slug=reference)
        facts = {field.name: getattr(page, field.name) for field in dataclasses.fields(page)}
        shown = SimpleNamespace(**facts, **UNRECORDED, picture=page.picture, offers=_offers())
        return Response(ProductDetail(shown).data)


class Suggestions(support.Public):
    """Completions of what is being typed, in Chinese, pinyin or initials."""

    @extend_schema(parameters=[SuggestionQuery], responses=SuggestionRow(many=True))
    def get(self, request: Request) -> Response:
        found = queries.suggestions(q=support.asked(SuggestionQuery, request)["q"])
        return Response(SuggestionRow(found, many=True).data)


def _category_slug(reference: str | None) -> str | None:
    """The slug of a category given by id or slug; an unknown id stays as it is and finds nothing."""
    if reference is None or not _ID.fullmatch(reference):
        return reference
    return next((node.slug for node in _flat(queries.category_tree()) if node.id == int(reference)), reference)


def _flat(nodes: Iterable[CategoryNode]) -> Iterable[CategoryNode]:
    for node in nodes:
        yield node
        yield from _flat(node.children)


def _offers() -> list[dict[str, str]]:
    now = clock.now()
    reductions = [
        {"kind": "reduction", "rule": offer.rule, "label": offer.label} for offer in marketing.reductions_at(at=now)
    ]
    coupons = [
        {"kind": "coupon", "rule": f"coupon:{coupon.id}", "label": coupon.name}
        for coupon in marketing.claimable(member_id=None, at=now)
        if coupon.remaining > 0
    ]
    return reductions + coupons


urlpatterns = [
    path("categories/", Categories.as_view()),
    path("products/", Products.as_view()),
    path("products/<slug:reference>/", Product.as_view()),
    path("search/suggestions/", Suggestions.as_view()),
]
