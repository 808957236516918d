"""The merchant's side of orders, parcels and refunds."""

from typing import Any

from django.conf import settings
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from logistics.services import shipments
from mall.api import fields, support
from mall.api import order_rows as rows
from mall.kernel import clock
from mall.kernel.errors import DomainError, NotFound
from orders import queries
from orders.queries import OrderView
from orders.services import fulfilment, refunds

READ_WRITE = {"GET": "orders:read", "POST": "orders:write"}
REFUNDS = {"GET": "refunds:read", "POST": "refunds:write"}


class PartialShipment(DomainError):
    """An order leaves in one parcel; the lines named are not all that is left to send."""

    code = "partial_shipment"
    message = _("订单须整单发货，请列出全部待发商品或不填")


class OrderQuery(support.PageQuery):
    state = serializers.ChoiceField(choices=rows.ORDER_STATES, required=False, default="")
    updated_after = serializers.DateTimeField(required=False, default=None)


class RefundQuery(support.PageQuery):
    state = serializers.ChoiceField(choices=rows.REFUND_STATES, required=False, default="")
    order = serializers.CharField(required=False, default="", max_length=32)


class SentLineForm(serializers.Serializer):
    line = support.IdField()
    quantity = fields.QuantityField()


class ShipForm(serializers.Serializer):
    carrier = fields.TextField(max_length=20)
    tracking_no = fields.TextField(max_length=40)
    lines = SentLineForm(many=True, required=False)


class AgreeForm(serializers.Serializer):
    amount = fields.YuanField(min_fen=1, required=False)


class ReasonForm(serializers.Serializer):
    reason = fields.TextField(max_length=200)


class Orders(support.Merchant):
    """All orders, the newest first; `updated_after` keeps those something happened to since."""

    scopes = READ_WRITE

    @extend_schema(
        operation_id="api_v1_merchant_orders_list", parameters=[OrderQuery], responses=support.page_of(rows.OrderRow)
    )
    def get(self, request: Request) -> Response:
        wanted = support.asked(OrderQuery, request)

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = queries.merchant_orders(
                state=wanted["state"], updated_after=wanted["updated_after"], page=page, page_size=size
            )
            return found.items, found.count

        return support.paged(request, rows.OrderRow, fetch)


class Order(support.Merchant):
    """One order with its address."""

    scopes = READ_WRITE

    @extend_schema(responses=rows.OrderDetail)
    def get(self, request: Request, no: str) -> Response:
        return _shown(no)


class Approve(support.Merchant):
    """Release a paid order for shipping."""

    scopes = READ_WRITE

    @extend_schema(request=None, responses=rows.OrderDetail)
    def post(self, request: Request, no: str) -> Response:
        fulfilment.approve(order_no=no, actor=support.actor(request), at=clock.now())
        return _shown(no)


class Ship(support.Merchant):
    """Send an order."""

    scopes = READ_WRITE

    @extend_schema(request=ShipForm, responses=rows.OrderDetail)
    def post(self, request: Request, no: str) -> Response:
        form = support.checked(ShipForm, request)
        if "lines" in form:
            _check_whole(queries.order_view(order_no=no), form["lines"])
        fulfilment.ship(
            order_no=no,
            carrier_code=form["carrier"],
            tracking_no=form["tracking_no"],
            actor=support.actor(request),
            at=clock.now(),
        )
        return _shown(no)


class ParcelSigned(support.Merchant):
    """Sandbox only: take a parcel for delivered, as its carrier would say. 404 otherwise."""

    scopes = READ_WRITE

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, tracking_no: str) -> Response:
        if not settings.SANDBOX:
            raise NotFound
        shipments.mark_signed(tracking_no=tracking_no, at=clock.now())
        return Response(status=204)


class Refunds(support.Merchant):
    """All claims for money back, the newest first."""

    scopes = REFUNDS

    @extend_schema(
        operation_id="api_v1_merchant_refunds_list", parameters=[RefundQuery], responses=support.page_of(rows.RefundRow)
    )
    def get(self, request: Request) -> Response:
        wanted = support.asked(RefundQuery, request)

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = queries.merchant_refunds(state=wanted["state"], order_no=wanted["order"], page=page, page_size=size)
            return found.items, found.count

        return support.paged(request, rows.RefundRow, fetch)


class ApproveRefund(support.Merchant):
    """Agree to a claim, if need be to less; without goods to come back the money leaves at once."""

    scopes = REFUNDS

    @extend_schema(request=AgreeForm, responses=rows.RefundRow)
    def post(self, request: Request, no: str) -> Response:
        amount_fen = support.checked(AgreeForm, request).get("amount")
        refunds.approve(refund_no=no, amount_fen=amount_fen, actor=support.actor(request), at=clock.now())
        return _refund(no)


class RejectRefund(support.Merchant):
    """Refuse a claim, or the goods that came back."""

    scopes = REFUNDS

    @extend_schema(request=ReasonForm, responses=rows.RefundRow)
    def post(self, request: Request, no: str) -> Response:
        reason = support.checked(ReasonForm, request)["reason"]
        refunds.reject(refund_no=no, reason=reason, actor=support.actor(request), at=clock.now())
        return _refund(no)


class RefundReceived(support.Merchant):
    """The returned goods are here: pay back."""

    scopes = REFUNDS

    @extend_schema(request=None, responses=rows.RefundRow)
    def post(self, request: Request, no: str) -> Response:
        refunds.received(refund_no=no, actor=support.actor(request), at=clock.now())
        return _refund(no)


def _check_whole(order: OrderView, lines: list[dict[str, int]]) -> None:
    due = {line.id: line.quantity - line.refunded_quantity for line in order.lines}
    sent = {line["line"]: line["quantity"] for line in lines}
    if len(sent) != len(lines) or sent != {line: quantity for line, quantity in due.items() if quantity}:
        raise PartialShipment(attr="lines")


def _shown(no: str) -> Response:
    return Response(rows.OrderDetail(queries.order_view(order_no=no)).data)


def _refund(no: str) -> Response:
    return Response(rows.RefundRow(queries.refund_view(refund_no=no)).data)


urlpatterns = [
    path("orders/", Orders.as_view()),
    path("orders/<slug:no>/", Order.as_view()),
    path("orders/<slug:no>/approve/", Approve.as_view()),
    path("orders/<slug:no>/ship/", Ship.as_view()),
    path("parcels/<slug:tracking_no>/signed/", ParcelSigned.as_view()),
    path("refunds/", Refunds.as_view()),
    path("refunds/<slug:no>/approve/", ApproveRefund.as_view()),
    path("refunds/<slug:no>/reject/", RejectRefund.as_view()),
    path("refunds/<slug:no>/received/", RefundReceived.as_view()),
]
