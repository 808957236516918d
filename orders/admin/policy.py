"""The order policy: one row, edited in place."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from orders.models import OrderPolicy


@admin.register(OrderPolicy)
class OrderPolicyAdmin(ModelAdmin):
    """Opens the one row directly."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Go to the policy; it comes with the migrations, so there is always one."""
        return redirect(reverse("admin:orders_orderpolicy_change", args=[1]))
