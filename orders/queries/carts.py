"""The cart as the shopper sees it, priced at today's prices."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from catalog import queries as catalog_queries
from catalog.queries import SkuFacts
from orders.models import CartItem


@dataclasses.dataclass(frozen=True, kw_only=True)
class CartItemView:
    """One item. `problem` is "", or why it cannot be bought as it is: off_shelf, out_of_stock, limit."""

    id: int
    sku_id: int
    sku_code: str
    product_id: int
    product_slug: str
    name: str
    specs: Mapping[str, Any]
    spec_text: str
    picture: str
    quantity: int
    is_selected: bool
    unit_price_fen: int
    list_price_fen: int
    line_total_fen: int
    # The price has changed by this much since it was put in (negative: cheaper).
    price_change_fen: int
    sellable: int
    limit_per_order: int
    problem: str
    problem_text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class CartView:
    """A cart, newest item first. `selected_*` count ticked items without problems only."""

    items: list[CartItemView]

    @property
    def count(self) -> int:
        """Units of everything in the cart, for the badge."""
        return sum(item.quantity for item in self.items)

    @property
    def selected(self) -> list[CartItemView]:
        return [item for item in self.items if item.is_selected and not item.problem]

    @property
    def selected_count(self) -> int:
        return sum(item.quantity for item in self.selected)

    @property
    def selected_total_fen(self) -> int:
        return sum(item.line_total_fen for item in self.selected)

    @property
    def has_problems(self) -> bool:
        """Something ticked cannot be bought as it is."""
        return any(item.is_selected and item.problem for item in self.items)


def cart_view(*, member_id: int | None = None, session_token: str | None = None) -> CartView:
    """The cart of a member or a session; empty when there is none."""
    owner = {"cart__member_id": member_id} if member_id is not None else {"cart__session_token": session_token}
    rows = list(CartItem.objects.filter(**owner).order_by("-pk")) if any(owner.values()) else []
    facts = catalog_queries.sku_facts(sku_ids=[row.sku_id for row in rows]) if rows else {}
    per_product: dict[int, int] = {}
    for row in rows:
        if row.sku_id in facts:
            product_id = facts[row.sku_id].product_id
            per_product[product_id] = per_product.get(product_id, 0) + row.quantity
    return CartView(items=[_item(row, facts[row.sku_id], per_product) for row in rows if row.sku_id in facts])


def cart_count(*, member_id: int | None = None, session_token: str | None = None) -> int:
    """Units in the cart of a member or a session, in one statement."""
    owner = {"cart__member_id": member_id} if member_id is not None else {"cart__session_token": session_token}
    return CartItem.objects.filter(**owner).aggregate(units=Sum("quantity"))["units"] or 0


def _item(row: CartItem, fact: SkuFacts, per_product: dict[int, int]) -> CartItemView:
    problem, text = _problem(row, fact, per_product[fact.product_id])
    return CartItemView(
        id=row.pk,
        sku_id=row.sku_id,
        sku_code=fact.code,
        product_id=fact.product_id,
        product_slug=fact.product_slug,
        name=fact.product_name,
        specs=fact.specs,
        spec_text=fact.spec_text,
        picture=fact.picture,
        quantity=row.quantity,
        is_selected=row.is_selected,
        unit_price_fen=fact.price_fen,
        list_price_fen=fact.list_price_fen,
        line_total_fen=fact.price_fen * row.quantity,
        price_change_fen=fact.price_fen - row.price_seen_fen,
        sellable=fact.sellable,
        limit_per_order=fact.limit_per_order,
        problem=problem,
        problem_text=text,
    )


def _problem(row: CartItem, fact: SkuFacts, product_total: int) -> tuple[str, str]:
    if not fact.active:
        return "off_shelf", _("商品已下架")
    if fact.sellable <= 0:
        return "out_of_stock", _("已售罄")
    if fact.sellable < row.quantity:
        return "out_of_stock", _("库存仅剩 %(n)s 件") % {"n": fact.sellable}
    if fact.limit_per_order and product_total > fact.limit_per_order:
        return "limit", _("每单限购 %(n)s 件") % {"n": fact.limit_per_order}
    return "", ""
