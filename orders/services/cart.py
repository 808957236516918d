"""The cart of a member, or of a browser session until its owner logs in."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from catalog import queries as catalog_queries
from mall.kernel.errors import DomainError, NotFound
from mall.kernel.transactions import step, use_case
from orders.models import Cart, CartItem
from orders.services import goods, requests

MAX_ITEMS = 100


class CartFull(DomainError):
    """A cart holds at most 100 different SKUs."""

    code = "cart_full"
    status = 409
    message = _("购物车已满，请先整理")


@use_case
def put(
    *, sku_id: int, quantity: int, at: dt.datetime, member_id: int | None = None, session_token: str | None = None
) -> int:
    """Add `quantity` units to what the cart holds of the SKU; the item's id.

    Raises InvalidQuantity, NotFound, SkuUnavailable, OutOfStock, LimitReached, CartFull.
    """
    requests.check_quantity(quantity)
    cart = _lock_cart(member_id, session_token)
    item = CartItem.objects.filter(cart=cart, sku_id=sku_id).first()
    if item is None and cart.items.count() >= MAX_ITEMS:
        raise CartFull
    total = requests.check_quantity(quantity + (item.quantity if item else 0))
    price_fen = _check(cart, sku_id, total)
    item = item or CartItem(cart=cart, sku_id=sku_id)
    item.quantity, item.is_selected, item.price_seen_fen = total, True, price_fen
    item.save()
    return item.pk


@use_case
def set_quantity(
    *, item_id: int, quantity: int, at: dt.datetime, member_id: int | None = None, session_token: str | None = None
) -> None:
    """Set the units of one item. Raises InvalidQuantity, NotFound, SkuUnavailable, OutOfStock, LimitReached."""
    requests.check_quantity(quantity)
    cart = _lock_cart(member_id, session_token)
    item = CartItem.objects.filter(cart=cart, pk=item_id).first()
    if item is None:
        raise NotFound
    item.price_seen_fen = _check(cart, item.sku_id, quantity)
    item.quantity = quantity
    item.save(update_fields=["quantity", "price_seen_fen"])


@use_case
def select(
    *,
    is_selected: bool,
    at: dt.datetime,
    item_ids: Sequence[int] | None = None,
    member_id: int | None = None,
    session_token: str | None = None,
) -> None:
    """Tick or untick items; `item_ids` None means all of them. Raises NotFound for an item of another cart."""
    items = CartItem.objects.filter(cart=_lock_cart(member_id, session_token))
    if item_ids is not None:
        items = items.filter(pk__in=item_ids)
    changed = items.update(is_selected=is_selected)
    if item_ids is not None and changed != len(set(item_ids)):
        raise NotFound


@use_case
def remove(
    *, item_ids: Sequence[int], at: dt.datetime, member_id: int | None = None, session_token: str | None = None
) -> None:
    """Take items out. Raises NotFound if one is not in the cart."""
    items = CartItem.objects.filter(cart=_lock_cart(member_id, session_token), pk__in=item_ids)
    if items.delete()[0] != len(set(item_ids)):
        raise NotFound


@use_case
def merge(*, session_token: str, member_id: int, at: dt.datetime) -> int:
    """Pour the session's cart into the member's at login; how many items moved. A repeat moves nothing.

    Quantities add up, but never past what can be bought; what is off the shelf moves too and shows its problem.
    """
    visitor = Cart.objects.select_for_update().filter(session_token=session_token).first()
    if visitor is None:
        return 0
    cart = _lock_cart(member_id, None)
    own = {item.sku_id: item for item in cart.items.all()}
    arriving = list(visitor.items.order_by("pk"))
    facts = catalog_queries.sku_facts(sku_ids=[item.sku_id for item in arriving])
    for item in arriving:
        if item.sku_id not in own and len(own) >= MAX_ITEMS:
            break
        mine = own.setdefault(
            item.sku_id, CartItem(cart=cart, sku_id=item.sku_id, quantity=0, price_seen_fen=item.price_seen_fen)
        )
        fact = facts.get(item.sku_id)
        ceiling = min(
            requests.MAX_QUANTITY,
            fact.sellable if fact else requests.MAX_QUANTITY,
            (fact.limit_per_order if fact else 0) or requests.MAX_QUANTITY,
        )
        mine.quantity = max(mine.quantity, 1, min(mine.quantity + item.quantity, ceiling))
        mine.save()
    visitor.delete()
    return len(arriving)


@step
def _lock_cart(member_id: int | None, session_token: str | None) -> Cart:
    owner = {"member_id": member_id} if member_id is not None else {"session_token": session_token}
    cart, _created = Cart.objects.get_or_create(**owner)
    locked = Cart.objects.select_for_update().get(pk=cart.pk)
    locked.save(update_fields=["updated_at"])
    return locked


def _check(cart: Cart, sku_id: int, quantity: int) -> int:
    """The SKU's price if `quantity` of it, with its siblings already in the cart, may be bought."""
    fact = goods.check({sku_id: quantity})[sku_id]
    if fact.limit_per_order:
        siblings = cart.items.filter(sku__product_id=fact.product_id).exclude(sku_id=sku_id)
        others = siblings.aggregate(n=Sum("quantity"))["n"] or 0
        if others + quantity > fact.limit_per_order:
            raise goods.LimitReached(attr="quantity", data={"sku": fact.code, "limit": fact.limit_per_order})
    return fact.price_fen
