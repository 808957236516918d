"""The merchant API: everything under `merchant/`, for systems with a key."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from mall.api import merchant_distribution, merchant_orders, merchant_products, support
from members import queries


class MemberRow(serializers.Serializer):
    """A member, masked."""

    id = serializers.IntegerField()
    nickname = serializers.CharField()
    phone_masked = serializers.CharField()
    level = serializers.CharField()
    joined_at = serializers.DateTimeField(source="date_joined")


class Members(support.Merchant):
    """The members, the newest first."""

    scopes = {"GET": "members:read"}

    @extend_schema(
        operation_id="api_v1_merchant_members_list",
        parameters=[support.PageQuery],
        responses=support.page_of(MemberRow),
    )
    def get(self, request: Request) -> Response:
        found = queries.shoppers()

        def fetch(page: int, size: int) -> tuple[Any, int]:
            return found[(page - 1) * size : page * size], found.count()

        return support.paged(request, MemberRow, fetch)


urlpatterns: list[URLPattern] = [
    *merchant_orders.urlpatterns,
    *merchant_products.urlpatterns,
    *merchant_distribution.urlpatterns,
    path("members/", Members.as_view()),
]
