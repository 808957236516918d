"""The merchant's catalogue: products with their SKU matrix, the category tree, stock and its ledger."""

from catalog.admin import product, stock, taxonomy

__all__ = ["product", "stock", "taxonomy"]
