"""Catalogue rows for tests of any app: a product on sale with stock, in one call."""

import datetime as dt
import itertools
from typing import Any

from django.db import transaction

from catalog.models import SKU, Category, Product
from catalog.services import stock
from mall.kernel import clock

_numbers = itertools.count(1)


def category(name: str = "茶叶", parent: Category | None = None) -> Category:
    """A visible category; the name may repeat, the slug does not."""
    made: Category = Category.objects.create(name=name, slug=f"category-{next(_numbers)}", parent=parent)
    return made


def product(name: str = "明前龙井", **fields: Any) -> Product:
    """A product on sale without SKUs."""
    fields.setdefault("category", None)
    fields["category"] = fields["category"] or category()
    fields.setdefault("slug", f"product-{next(_numbers)}")
    fields.setdefault("state", Product.State.ON_SALE)
    fields.setdefault("published_at", clock.now())
    return Product.objects.create(name=name, **fields)


def sku(
    *,
    on_hand: int = 10,
    safety_stock: int = 0,
    price_fen: int = 10_000,
    at: dt.datetime | None = None,
    of: Product | None = None,
    **fields: Any,
) -> SKU:
    """A SKU with an opened stock; its product is made when none is given."""
    number = next(_numbers)
    of = of or product(min_price_fen=price_fen, max_price_fen=price_fen)
    fields.setdefault("code", f"SKU-{number}")
    fields.setdefault("spec_key", "" if not fields.get("specs") else ";".join(map(":".join, fields["specs"].items())))
    made = SKU.objects.create(product=of, price_fen=price_fen, **fields)
    with transaction.atomic():
        stock.open_stock(
            openings={made.pk: stock.Opening(on_hand=on_hand, safety_stock=safety_stock)},
            actor="system",
            at=at or clock.now(),
        )
    return made
