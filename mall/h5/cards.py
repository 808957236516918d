"""Product cards as the templates want them, the same on every list."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from catalog import queries as catalog


def card(view: catalog.ProductCard, *, earn_fen: int | None = None) -> dict[str, Any]:
    """The context of `components/product_card.html`; `earn_fen` only for distributors."""
    return {
        "url": reverse("product", args=[view.slug]),
        "name": view.name,
        "price_fen": view.min_price_fen,
        "from_price": view.max_price_fen > view.min_price_fen,
        "market_fen": view.market_price_fen,
        "sold": view.sales_count,
        "sold_out": not view.in_stock,
        "image_url": view.picture.url if view.picture else "",
        "image_srcset": view.picture.srcset if view.picture else "",
        "image_alt": view.picture.alt if view.picture else view.name,
        "earn_fen": earn_fen,
    }


def cards(views: Iterable[catalog.ProductCard], *, earn: Mapping[int, int] | None = None) -> list[dict[str, Any]]:
    """Several cards; `earn` maps product id to the fen its distributor would earn."""
    earnings = earn or {}
    return [card(view, earn_fen=earnings.get(view.id)) for view in views]
