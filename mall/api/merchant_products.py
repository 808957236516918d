"""The merchant's side of products and stock."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import matrix
from catalog.queries import management
from catalog.queries.management import ManagedProduct
from catalog.services import products, stock
from catalog.services.products import Fields
from catalog.services.skus import Row
from mall.api import fields, support
from mall.api.catalog import AUDIENCES
from mall.kernel import clock

SCOPES = {"GET": "products:read", "POST": "products:write", "PATCH": "products:write"}
STATES = ("draft", "on_sale", "off_shelf")
MAX_HTML = 100_000
MAX_ATTRIBUTES = 50


class ProductQuery(support.PageQuery):
    state = serializers.ChoiceField(choices=STATES, required=False, default="")


class AttributeForm(serializers.Serializer):
    name = fields.TextField(max_length=40)
    value = fields.TextField(max_length=200)


class OptionForm(serializers.Serializer):
    name = fields.TextField(max_length=matrix.MAX_NAME)
    values = serializers.ListField(child=fields.TextField(max_length=matrix.MAX_VALUE), max_length=matrix.MAX_SKUS)


class SkuForm(serializers.Serializer):
    """A variant, recognised by its `specs`. `stock` opens a new one's stock and counts an existing one's."""

    code = fields.TextField(max_length=40, required=False, allow_blank=True, default="")
    specs = serializers.DictField(child=fields.TextField(max_length=matrix.MAX_VALUE), required=False, default=dict)
    price = fields.YuanField(min_fen=1)
    market_price = fields.YuanField(required=False, default=0)
    cost = fields.YuanField(required=False, default=0)
    weight_g = fields.StrictIntegerField(max_value=10_000_000, required=False, default=0)
    stock = fields.StrictIntegerField(required=False, default=None)
    safety_stock = fields.StrictIntegerField(required=False, default=0)
    is_active = fields.StrictBooleanField(required=False, default=True)


class ProductForm(serializers.Serializer):
    name = fields.TextField(max_length=80)
    category = support.IdField()
    brand = support.IdField(required=False, allow_null=True)
    subtitle = fields.TextField(max_length=120, required=False, allow_blank=True)
    slug = serializers.SlugField(max_length=80, required=False, allow_blank=True)
    audience = serializers.ChoiceField(choices=AUDIENCES, required=False)
    attributes = AttributeForm(many=True, required=False, max_length=MAX_ATTRIBUTES)  # type: ignore[call-arg]
    description_html = fields.TextField(max_length=MAX_HTML, required=False, allow_blank=True)
    limit_per_order = fields.StrictIntegerField(max_value=1_000_000, required=False)
    options = OptionForm(many=True, required=False, max_length=matrix.MAX_OPTIONS)  # type: ignore[call-arg]
    skus = SkuForm(many=True, required=False, max_length=matrix.MAX_SKUS)  # type: ignore[call-arg]
    state = serializers.ChoiceField(choices=("on_sale", "off_shelf", "draft"), required=False)


class NewProductForm(ProductForm):
    skus = SkuForm(many=True, allow_empty=False, max_length=matrix.MAX_SKUS)  # type: ignore[call-arg]


class ProductChangeForm(ProductForm):
    name = fields.TextField(max_length=80, required=False)
    category = support.IdField(required=False)


class StockForm(serializers.Serializer):
    on_hand = fields.StrictIntegerField()
    reason = fields.TextField(max_length=100)


class ManagedSkuRow(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    specs = serializers.DictField(child=serializers.CharField())
    price = fields.YuanField(source="price_fen")
    market_price = fields.YuanField(source="market_price_fen")
    cost = fields.YuanField(source="cost_fen")
    weight_g = serializers.IntegerField()
    is_active = serializers.BooleanField()
    on_hand = serializers.IntegerField()
    stock = serializers.IntegerField(source="on_hand")
    reserved = serializers.IntegerField()
    sellable = serializers.IntegerField()
    safety_stock = serializers.IntegerField()


class OptionValues(serializers.Serializer):
    name = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())


class ManagedProductRow(serializers.Serializer):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    subtitle = serializers.CharField()
    category = serializers.IntegerField(source="category_id")
    brand = serializers.IntegerField(source="brand_id", allow_null=True)
    audience = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    limit_per_order = serializers.IntegerField()
    options = OptionValues(many=True)
    attributes = AttributeForm(many=True)
    description_html = serializers.CharField()
    sales = serializers.IntegerField(source="sales_count")
    updated_at = serializers.DateTimeField()
    skus = ManagedSkuRow(many=True)


class Products(support.Merchant):
    """All products, drafts included, the newest first; or a new one."""

    scopes = SCOPES

    @extend_schema(
        operation_id="api_v1_merchant_products_list",
        parameters=[ProductQuery],
        responses=support.page_of(ManagedProductRow),
    )
    def get(self, request: Request) -> Response:
        state = support.asked(ProductQuery, request)["state"]

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = management.products(state=state, page=page, page_size=size)
            return found.items, found.count

        return support.paged(request, ManagedProductRow, fetch)

    @extend_schema(request=NewProductForm, responses={201: ManagedProductRow})
    def post(self, request: Request) -> Response:
        form = support.checked(NewProductForm, request)
        if form.get("state") == "off_shelf":
            raise ValidationError({"state": ["draft, on_sale"]})
        product_id = products.create(
            fields=_fields(form, None),
            options=_options(form, None),
            rows=_rows(form),
            actor=support.actor(request),
            at=clock.now(),
        )
        if form.get("state") == "on_sale":
            products.publish(product_id=product_id, at=clock.now())
        return _shown(product_id, status=201)


class Product(support.Merchant):
    """One product. A change keeps what it does not mention; `skus`, if given, are all there will be."""

    scopes = SCOPES

    @extend_schema(responses=ManagedProductRow)
    def get(self, request: Request, product_id: int) -> Response:
        return _shown(product_id)

    @extend_schema(request=ProductChangeForm, responses=ManagedProductRow)
    def patch(self, request: Request, product_id: int) -> Response:
        form = support.checked(ProductChangeForm, request)
        present = management.product(product_id=product_id)
        if form.get("state") == "draft" and present.state != "draft":
            raise ValidationError({"state": ["on_sale, off_shelf"]})
        products.update(
            product_id=product_id,
            fields=_fields(form, present),
            options=_options(form, present),
            rows=_rows(form) if "skus" in form else None,
            actor=support.actor(request),
            at=clock.now(),
        )
        if form.get("state") == "on_sale":
            products.publish(product_id=product_id, at=clock.now())
        elif form.get("state") == "off_shelf":
            products.unpublish(product_id=product_id)
        return _shown(product_id)


class SkuStock(support.Merchant):
    """The counted stock of a variant."""

    scopes = {"GET": "stock:read", "PUT": "stock:write"}

    @extend_schema(responses=ManagedSkuRow)
    def get(self, request: Request, code: str) -> Response:
        return Response(ManagedSkuRow(management.sku(code=code)).data)

    @extend_schema(request=StockForm, responses=ManagedSkuRow)
    def put(self, request: Request, code: str) -> Response:
        form = support.checked(StockForm, request)
        sku = management.sku(code=code)
        stock.adjust(sku_id=sku.id, **form, actor=support.actor(request), at=clock.now())
        return self.get(request, code)


_PLAIN = ("name", "subtitle", "slug", "audience", "attributes", "description_html", "limit_per_order")


def _fields(form: dict[str, Any], present: ManagedProduct | None) -> Fields:
    """What the merchant says, over what there is."""
    kept: dict[str, Any] = {}
    if present is not None:
        kept = {name: getattr(present, name) for name in (*_PLAIN, "category_id", "brand_id")}
    given = {name: form[name] for name in _PLAIN if name in form}
    given |= {f"{name}_id": form[name] for name in ("category", "brand") if name in form}
    return Fields(**(kept | given))


def _options(form: dict[str, Any], present: ManagedProduct | None) -> list[matrix.Option]:
    if "options" in form:
        return matrix.options_from(form["options"])
    return matrix.options_from(list(present.options)) if present else []


def _rows(form: dict[str, Any]) -> list[Row]:
    return [
        Row(
            price_fen=sku["price"],
            specs=sku["specs"],
            market_price_fen=sku["market_price"],
            cost_fen=sku["cost"],
            weight_g=sku["weight_g"],
            code=sku["code"],
            on_hand=sku["stock"],
            safety_stock=sku["safety_stock"],
            is_active=sku["is_active"],
        )
        for sku in form["skus"]
    ]


def _shown(product_id: int, status: int = 200) -> Response:
    return Response(ManagedProductRow(management.product(product_id=product_id)).data, status=status)


urlpatterns = [
    path("products/", Products.as_view()),
    path("products/<int:product_id>/", Product.as_view()),
    path("skus/<str:code>/stock/", SkuStock.as_view()),
]
