"""Counts for the dashboard."""

from catalog.models import Product, StockAlert


def open_stock_alerts() -> int:
    """SKUs at or below their safety stock."""
    return StockAlert.objects.filter(closed_at=None).count()


def any_on_sale() -> bool:
    """Whether shoppers can see any product."""
    return Product.objects.filter(state=Product.State.ON_SALE).exists()
