"""The merchant's catalogue."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from catalog.models import Stock


@admin.register(Stock)
class StockAdmin(ModelAdmin):
    list_display = ["sku", "on_hand", "reserved", "safety_stock"]
    search_fields = ["sku__code", "sku__product__name"]
