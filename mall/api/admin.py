"""Merchant API keys in the back office: see what each may do and revoke it. Keys are made by `create_api_key`."""

from django.contrib import admin
from django.http import HttpRequest
from rest_framework_api_key.models import APIKey
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.admin import ModelAdmin

from mall.api.models import ApiKey

# Tables of libraries that nobody works with by hand.
admin.site.unregister([APIKey, BlacklistedToken, OutstandingToken])


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """A revoked key stays listed and cannot be revived."""

    list_display = ["name", "prefix", "scopes", "created", "expiry_date", "revoked"]
    list_filter = ["revoked"]
    search_fields = ["name", "prefix"]
    fields = ["name", "prefix", "scopes", "created", "expiry_date", "revoked"]
    readonly_fields = ["prefix", "scopes", "created"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
