"""Coupons: those on offer, claiming one, and the member's own."""

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mall.api import fields, support
from mall.api.idempotency import idempotent
from mall.kernel import clock
from marketing import queries
from marketing.services import coupons

STATES = ("usable", "used", "expired")


class CouponRow(serializers.Serializer):
    """A coupon on offer. `claimed` counts those the member took."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    amount = fields.YuanField(source="amount_fen")
    threshold = fields.YuanField(source="threshold_fen")
    remaining = serializers.IntegerField()
    per_member = serializers.IntegerField()
    valid_days = serializers.IntegerField()
    ends_at = serializers.DateTimeField()
    claimed = serializers.IntegerField()
    can_claim = serializers.BooleanField()


class HeldCouponRow(serializers.Serializer):
    """A coupon the member holds; its `id` is what a quote or an order takes as `coupon`."""

    id = serializers.IntegerField()
    coupon = serializers.IntegerField(source="coupon_id")
    name = serializers.CharField()
    amount = fields.YuanField(source="amount_fen")
    threshold = fields.YuanField(source="threshold_fen")
    state = serializers.ChoiceField(choices=STATES)
    claimed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    order = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_order(self, coupon: queries.HeldCoupon) -> str | None:
        return coupon.order_no or None


class StateQuery(support.PageQuery):
    state = serializers.ChoiceField(choices=STATES, required=False, default="usable")


class Coupons(APIView):
    """Coupons that can be claimed now, the most valuable first."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="api_v1_coupons_list", parameters=[support.PageQuery], responses=support.page_of(CouponRow)
    )
    def get(self, request: Request) -> Response:
        return support.sliced(request, CouponRow, queries.claimable(member_id=request.user.pk, at=clock.now()))


class Claim(APIView):
    """Claim a coupon."""

    @extend_schema(request=None, responses={201: HeldCouponRow}, parameters=[support.IDEMPOTENCY_KEY])
    @idempotent
    def post(self, request: Request, coupon_id: int) -> Response:
        now = clock.now()
        member_id = support.member_id(request)
        claimed = coupons.claim(coupon_id=coupon_id, member_id=member_id, at=now)
        held = queries.member_coupons(member_id=member_id, state="usable", at=now)
        return Response(HeldCouponRow(next(coupon for coupon in held if coupon.id == claimed)).data, status=201)


class MyCoupons(APIView):
    """The member's coupons."""

    @extend_schema(
        operation_id="api_v1_me_coupons_list", parameters=[StateQuery], responses=support.page_of(HeldCouponRow)
    )
    def get(self, request: Request) -> Response:
        state = support.asked(StateQuery, request)["state"]
        held = queries.member_coupons(member_id=support.member_id(request), state=state, at=clock.now())
        return support.sliced(request, HeldCouponRow, held)


urlpatterns = [
    path("coupons/", Coupons.as_view()),
    path("coupons/<int:coupon_id>/claim/", Claim.as_view()),
    path("me/coupons/", MyCoupons.as_view()),
]
