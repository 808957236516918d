"""What a checkout and a claim for money back look like on the wire."""

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mall.api import fields, support
from mall.kernel.errors import DomainError
from orders.services.checkout import CheckoutRequest, Recipient, Wanted
from orders.services.claims import ClaimLine

CART = "cart"
MAX_LINES = 100
MAX_PHOTOS = 6


class ActivityUnavailable(DomainError):
    """No activity of this kind is running."""

    code = "activity_unavailable"
    message = _("没有这个活动")


class PointsUnavailable(DomainError):
    """The shop takes no points for payment."""

    code = "points_unavailable"
    message = _("暂不支持积分抵扣")


class InvoiceUnavailable(DomainError):
    """Invoices are not asked for with the order."""

    code = "invoice_unavailable"
    message = _("暂不支持在下单时申请发票")


class WantedForm(serializers.Serializer):
    sku = support.IdField()
    quantity = fields.QuantityField()


class RecipientForm(serializers.Serializer):
    name = fields.TextField(max_length=30)
    phone = fields.PhoneField()
    province = fields.TextField(max_length=40)
    city = fields.TextField(max_length=40, allow_blank=True, required=False, default="")
    district = fields.TextField(max_length=40, allow_blank=True, required=False, default="")
    street = fields.TextField(max_length=120)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "array", "items": {"$ref": "#/components/schemas/WantedFormRequest"}, "maxItems": MAX_LINES},
            {"type": "string", "enum": [CART]},
        ]
    }
)
class ItemsField(serializers.Field):
    """A list of {sku, quantity}, or "cart" for the ticked items of the cart (None inside)."""

    default_error_messages = {"invalid": _('应为商品列表，或 "cart"'), "length": _("每单 1 至 100 种商品")}

    def to_internal_value(self, data: object) -> tuple[Wanted, ...] | None:
        if data == CART:
            return None
        if not isinstance(data, list):
            self.fail("invalid")
        if not 1 <= len(data) <= MAX_LINES:
            self.fail("length")
        form = WantedForm(data=data, many=True)
        form.is_valid(raise_exception=True)
        return tuple(Wanted(sku_id=item["sku"], quantity=item["quantity"]) for item in form.validated_data)


@extend_schema_field(
    {"oneOf": [{"type": "integer", "minimum": 1}, {"$ref": "#/components/schemas/RecipientFormRequest"}]}
)
class AddressField(serializers.Field):
    """The id of an address of the member's, or an address."""

    def to_internal_value(self, data: object) -> int | Recipient:
        if not isinstance(data, dict):
            return int(support.IdField().run_validation(data))
        form = RecipientForm(data=data)
        form.is_valid(raise_exception=True)
        return Recipient(**form.validated_data)


class QuoteForm(serializers.Serializer):
    items = ItemsField()
    address = AddressField(required=False, allow_null=True, default=None)
    coupon = support.IdField(required=False, allow_null=True, default=None)
    points = fields.StrictIntegerField(required=False, default=0)
    delivery = serializers.ChoiceField(choices=("express", "pickup"), required=False, default="express")
    activity = serializers.DictField(required=False, allow_null=True, default=None)


class OrderForm(QuoteForm):
    fingerprint = fields.TextField(max_length=64, required=False, allow_null=True, default=None)
    remark = fields.TextField(max_length=200, required=False, allow_blank=True, default="")
    invoice = serializers.DictField(required=False, allow_null=True, default=None)


class CancelForm(serializers.Serializer):
    reason = fields.TextField(max_length=60, required=False, allow_blank=True, default="")


class ClaimForm(serializers.Serializer):
    line = support.IdField()
    quantity = fields.StrictIntegerField(max_value=fields.MAX_QUANTITY)
    amount = fields.YuanField(min_fen=1, required=False)


class PhotoField(fields.TextField):
    """A picture uploaded to this shop, as the path of its URL."""

    default_error_messages = {"photo": _("只能是本站上传的图片")}

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        if not re.fullmatch(re.escape(settings.MEDIA_URL) + r"[\w/-]{1,150}\.\w{3,4}", text, re.ASCII):
            self.fail("photo")
        return text


class RefundForm(serializers.Serializer):
    kind = serializers.ChoiceField(choices=("refund", "return"))
    lines = ClaimForm(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]  # of the list
    reason = fields.TextField(max_length=60)
    description = fields.TextField(max_length=200, required=False, allow_blank=True, default="")
    photos = serializers.ListField(child=PhotoField(), max_length=MAX_PHOTOS, required=False, default=list)


class ReturnParcelForm(serializers.Serializer):
    carrier = fields.TextField(max_length=20)
    tracking_no = serializers.RegexField(r"^[0-9A-Za-z-]{6,40}$")


def checkout(form: dict[str, Any]) -> CheckoutRequest:
    """The checkout a checked form asks for. Raises ActivityUnavailable, PointsUnavailable, InvoiceUnavailable."""
    if form["activity"] is not None:
        raise ActivityUnavailable(attr="activity")
    if form["points"]:
        raise PointsUnavailable(attr="points")
    if form.get("invoice") is not None:
        raise InvoiceUnavailable(attr="invoice")
    address = form["address"]
    return CheckoutRequest(
        items=form["items"],
        address_id=address if isinstance(address, int) else None,
        address=address if isinstance(address, Recipient) else None,
        coupon_id=form["coupon"],
        delivery=form["delivery"],
        remark=form.get("remark", ""),
        channel="api",
    )


def claim(form: dict[str, Any]) -> list[ClaimLine]:
    """The lines of a checked claim."""
    return [
        ClaimLine(line=line["line"], quantity=line["quantity"], amount_fen=line.get("amount")) for line in form["lines"]
    ]
