"""What orders, quotes and refunds look like on the wire, to shoppers and merchants."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from logistics.queries import ParcelView
from mall.api import fields
from mall.api.payments import PaymentRow
from orders.queries import OrderView, RefundView
from payments import queries as payments

ORDER_STATES = ("unpaid", "paid", "approved", "shipped", "signed", "completed", "cancelled")
REFUND_STATES = ("applied", "approved", "returning", "refunding", "refunded", "rejected", "cancelled")
REFUND_KINDS = ("refund", "return")


class AdjustmentRow(serializers.Serializer):
    kind = serializers.CharField()
    rule = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name of its own
    amount = fields.YuanField(source="amount_fen")


class QuoteLineRow(serializers.Serializer):
    sku = serializers.IntegerField(source="item.sku_id")
    quantity = serializers.IntegerField(source="item.quantity")
    unit_price = fields.YuanField(source="item.unit_price_fen")
    subtotal = fields.YuanField(source="subtotal_fen")
    adjustments = AdjustmentRow(many=True)
    payable = fields.YuanField(source="payable_fen")


class UsableCouponRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    amount = fields.YuanField(source="amount_fen")
    threshold = fields.YuanField(source="threshold_fen")
    expires_at = serializers.DateTimeField()


class RecipientRow(serializers.Serializer):
    name = serializers.CharField()
    phone = serializers.CharField()
    province = serializers.CharField()
    city = serializers.CharField()
    district = serializers.CharField()
    street = serializers.CharField()


class QuoteRow(serializers.Serializer):
    """A priced checkout. `address` is where it would go; null while the member has none."""

    lines = QuoteLineRow(source="quote.lines", many=True)
    goods_total = fields.YuanField(source="quote.goods_total_fen")
    discount_total = fields.YuanField(source="quote.discount_total_fen")
    freight = fields.YuanField(source="quote.freight_fen")
    payable = fields.YuanField(source="quote.payable_fen")
    fingerprint = serializers.CharField()
    usable_coupons = UsableCouponRow(many=True)
    address = RecipientRow(source="recipient", allow_null=True)


class LineRow(serializers.Serializer):
    """A line of an order. `id` is what a refund takes as `line`; `refundable_*` is what no refund has taken yet."""

    id = serializers.IntegerField()
    line = serializers.IntegerField(source="id")
    sku = serializers.IntegerField(source="sku_id")
    sku_code = serializers.CharField()
    product = serializers.IntegerField(source="product_id")
    name = serializers.CharField()
    specs = serializers.DictField(child=serializers.CharField())
    image = serializers.CharField(source="picture")
    quantity = serializers.IntegerField()
    unit_price = fields.YuanField(source="unit_price_fen")
    subtotal = fields.YuanField(source="subtotal_fen")
    adjustments = AdjustmentRow(many=True)
    payable = fields.YuanField(source="payable_fen")
    refunded = fields.YuanField(source="refunded_fen")
    refundable_quantity = serializers.IntegerField()
    refundable_amount = fields.YuanField(source="refundable_fen")


class OrderRow(serializers.Serializer):
    """An order in a list."""

    no = serializers.CharField()
    state = serializers.ChoiceField(choices=ORDER_STATES)
    lines = LineRow(many=True)
    goods_total = fields.YuanField(source="goods_total_fen")
    discount_total = fields.YuanField(source="discount_total_fen")
    freight = fields.YuanField(source="freight_fen")
    payable = fields.YuanField(source="payable_fen")
    refunded = fields.YuanField(source="refunded_fen")
    placed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    has_open_refund = serializers.BooleanField()


class RefundLineRow(serializers.Serializer):
    line = serializers.IntegerField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    amount = fields.YuanField(source="amount_fen")


class ReturnParcelRow(serializers.Serializer):
    carrier = serializers.CharField(source="return_carrier")
    tracking_no = serializers.CharField(source="return_tracking_no")


class RefundRow(serializers.Serializer):
    """A refund; `amount` includes `freight`."""

    no = serializers.CharField()
    order = serializers.CharField(source="order_no")
    kind = serializers.ChoiceField(choices=REFUND_KINDS)
    state = serializers.ChoiceField(choices=REFUND_STATES)
    amount = fields.YuanField(source="amount_fen")
    freight = fields.YuanField(source="freight_fen")
    lines = RefundLineRow(many=True)
    reason = serializers.CharField()
    description = serializers.CharField()
    photos = serializers.ListField(child=serializers.CharField())
    answer = serializers.CharField()
    return_parcel = serializers.SerializerMethodField()
    applied_at = serializers.DateTimeField()
    handled_at = serializers.DateTimeField(allow_null=True)
    refunded_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(ReturnParcelRow(allow_null=True))
    def get_return_parcel(self, refund: RefundView) -> Any:
        return ReturnParcelRow(refund).data if refund.return_tracking_no else None


class ScanRow(serializers.Serializer):
    at = serializers.DateTimeField()
    text = serializers.CharField()
    state = serializers.CharField()


class ParcelRow(serializers.Serializer):
    """A parcel with its scans, newest first."""

    no = serializers.CharField()
    carrier = serializers.CharField(source="carrier_code")
    carrier_name = serializers.CharField()
    tracking_no = serializers.CharField()
    state = serializers.CharField()
    contents = serializers.SerializerMethodField()
    shipped_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    events = ScanRow(source="traces", many=True)

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_contents(self, parcel: ParcelView) -> Any:
        return parcel.contents


class TrackingRow(serializers.Serializer):
    parcels = ParcelRow(many=True)


class StepRow(serializers.Serializer):
    """One step of an order's history."""

    command = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name of its own
    state = serializers.CharField(source="to_state")
    note = serializers.CharField()
    at = serializers.DateTimeField()


class OrderDetail(OrderRow):
    """An order with all that happened to it."""

    address = serializers.SerializerMethodField()
    remark = serializers.CharField()
    cancel_reason = serializers.CharField()
    payment_method = serializers.CharField()
    paid_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    timeline = StepRow(many=True)
    payments = serializers.SerializerMethodField()
    refunds = RefundRow(many=True)
    parcels = ParcelRow(many=True)

    @extend_schema_field(RecipientRow)
    def get_address(self, order: OrderView) -> Any:
        return {
            "name": order.recipient_name,
            "phone": order.recipient_phone,
            "province": order.province,
            "city": order.city,
            "district": order.district,
            "street": order.street,
        }

    @extend_schema_field(PaymentRow(many=True))
    def get_payments(self, order: OrderView) -> Any:
        # Nobody can have begun to pay an order this very request made.
        attempts = [] if self.context.get("is_new") else payments.payments_of(purpose="order", ref=order.no)
        return PaymentRow(attempts, many=True).data
