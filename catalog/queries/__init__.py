"""Reads of the catalogue. Callers write `queries.search(...)`; each topic has its own module."""

from catalog.queries.categories import category, category_tree
from catalog.queries.home import banners, home_sections
from catalog.queries.journal import stock_journal
from catalog.queries.listing import facets, hot_words, search, suggestions
from catalog.queries.product import product_page, similar
from catalog.queries.sku_facts import sku_facts
from catalog.queries.views import (
    BannerView,
    BrandFacet,
    CategoryNode,
    CategoryPage,
    Facets,
    HomeSections,
    Link,
    MovementView,
    Page,
    Picture,
    PriceBand,
    ProductCard,
    ProductPage,
    SkuFacts,
    SkuView,
    Suggestion,
    UnknownOrdering,
)

__all__ = [
    "BannerView",
    "BrandFacet",
    "CategoryNode",
    "CategoryPage",
    "Facets",
    "HomeSections",
    "Link",
    "MovementView",
    "Page",
    "Picture",
    "PriceBand",
    "ProductCard",
    "ProductPage",
    "SkuFacts",
    "SkuView",
    "Suggestion",
    "UnknownOrdering",
    "banners",
    "category",
    "category_tree",
    "facets",
    "home_sections",
    "hot_words",
    "product_page",
    "search",
    "similar",
    "sku_facts",
    "stock_journal",
    "suggestions",
]
