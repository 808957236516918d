"""The member's cart. Every answer that changes it shows the whole cart again, at today's prices."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mall.api import fields, support
from mall.kernel import clock
from orders import queries
from orders.services import cart


class PutForm(serializers.Serializer):
    sku = support.IdField()
    quantity = fields.QuantityField()


class ChangeForm(serializers.Serializer):
    quantity = fields.QuantityField(required=False)
    selected = fields.StrictBooleanField(required=False)


class ItemRow(serializers.Serializer):
    """`problem` says why an item cannot be bought as it is: off_shelf, out_of_stock, limit; null when it can."""

    id = serializers.IntegerField()
    sku = serializers.IntegerField(source="sku_id")
    sku_code = serializers.CharField()
    product = serializers.IntegerField(source="product_id")
    slug = serializers.CharField(source="product_slug")
    name = serializers.CharField()
    specs = serializers.DictField(child=serializers.CharField())
    image = serializers.CharField(source="picture")
    quantity = serializers.IntegerField()
    selected = serializers.BooleanField(source="is_selected")
    unit_price = fields.YuanField(source="unit_price_fen")
    line_total = fields.YuanField(source="line_total_fen")
    price_change = fields.YuanField(source="price_change_fen", help_text="since it was put in; negative: cheaper")
    stock = serializers.IntegerField(source="sellable")
    problem = serializers.SerializerMethodField()
    problem_text = serializers.CharField()

    def get_problem(self, item: queries.CartItemView) -> str | None:
        return item.problem or None


class SummaryRow(serializers.Serializer):
    """`selected_*` count ticked items without problems."""

    count = serializers.IntegerField()
    selected_count = serializers.IntegerField()
    selected_total = fields.YuanField(source="selected_total_fen")
    has_problems = serializers.BooleanField()


class CartRow(serializers.Serializer):
    items = ItemRow(many=True)
    summary = SummaryRow(source="*")


class Cart(APIView):
    """The cart, newest item first."""

    @extend_schema(responses=CartRow)
    def get(self, request: Request) -> Response:
        return _shown(request)


class Items(APIView):
    """Put something into the cart, on top of what it holds of it."""

    @extend_schema(request=PutForm, responses={201: CartRow})
    def post(self, request: Request) -> Response:
        form = support.checked(PutForm, request)
        cart.put(sku_id=form["sku"], quantity=form["quantity"], member_id=support.member_id(request), at=clock.now())
        return _shown(request, status=201)


class Item(APIView):
    """One item of the cart."""

    @extend_schema(request=ChangeForm, responses=CartRow)
    def patch(self, request: Request, item_id: int) -> Response:
        form = support.checked(ChangeForm, request)
        owner: dict[str, Any] = {"member_id": support.member_id(request), "at": clock.now()}
        if "quantity" in form:
            cart.set_quantity(item_id=item_id, quantity=form["quantity"], **owner)
        if "selected" in form:
            cart.select(item_ids=[item_id], is_selected=form["selected"], **owner)
        return _shown(request)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, item_id: int) -> Response:
        cart.remove(item_ids=[item_id], member_id=support.member_id(request), at=clock.now())
        return Response(status=204)


def _shown(request: Request, status: int = 200) -> Response:
    return Response(CartRow(queries.cart_view(member_id=support.member_id(request))).data, status=status)


urlpatterns = [
    path("cart/", Cart.as_view()),
    path("cart/items/", Items.as_view()),
    path("cart/items/<int:item_id>/", Item.as_view()),
]
