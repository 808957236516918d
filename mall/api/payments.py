"""Paying an order, and how a payment stands."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mall.api import fields, support
from mall.api.idempotency import idempotent
from mall.kernel import clients, clock
from orders.services import payment
from payments import queries

METHODS = (
    "wechat_jsapi",
    "wechat_h5",
    "wechat_native",
    "wechat_mini",
    "alipay_wap",
    "alipay_page",
    "unionpay",
    "balance",
)
STATES = ("pending", "succeeded", "failed", "closed", "unknown")


class PaymentForm(serializers.Serializer):
    order = fields.TextField(max_length=32)
    method = serializers.ChoiceField(choices=METHODS)


class PaymentRow(serializers.Serializer):
    """`action` opens the cashier while the payment is pending: {"kind": "jsapi" | "redirect" | "qr" | "none", …}."""

    no = serializers.CharField()
    order = serializers.CharField(source="ref")
    method = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    amount = fields.YuanField(source="amount_fen")
    action = serializers.DictField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class Payments(APIView):
    """Open the cashier for an order. The amount is the order's own; a balance pays at once."""

    @extend_schema(request=PaymentForm, responses={201: PaymentRow}, parameters=[support.IDEMPOTENCY_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        form = support.checked(PaymentForm, request)
        opened = payment.start(
            order_no=form["order"],
            member_id=support.member_id(request),
            method=form["method"],
            client_ip=clients.address(request),
            at=clock.now(),
        )
        return Response(PaymentRow(opened).data, status=201)


class Payment(APIView):
    """How a payment of the member stands."""

    @extend_schema(responses=PaymentRow)
    def get(self, request: Request, no: str) -> Response:
        return Response(PaymentRow(queries.payment(no=no, member_id=support.member_id(request))).data)


urlpatterns = [
    path("payments/", Payments.as_view()),
    path("payments/<slug:no>/", Payment.as_view()),
]
