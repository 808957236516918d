"""购物车: every change answers with the cart as it is now, as a fragment to htmx and by redirect to a plain form."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog import queries as catalog
from mall.h5.cards import cards
from mall.h5.visitor import cart_owner
from mall.kernel import clock
from marketing import queries as marketing
from orders import queries as orders
from orders.services import cart, requests


def page(request: HttpRequest) -> HttpResponse:
    return render(
        request, "h5/cart/page.html", {**_context(request), "guesses": cards(catalog.home_sections(size=6).hot)}
    )


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put a SKU in, or with intent=buy go straight to checkout with it."""
    sku, quantity = _number(request, "sku"), _number(request, "quantity")
    if request.POST.get("intent") == "buy":
        requests.check_quantity(quantity)
        target = f"{reverse('checkout')}?sku={sku}&quantity={quantity}"
        return HttpResponse(headers={"HX-Redirect": target}) if request.headers.get("HX-Request") else redirect(target)
    owner = cart_owner(request, create=True)
    cart.put(sku_id=sku, quantity=quantity, at=clock.now(), **owner)
    if not request.headers.get("HX-Request"):
        return redirect("cart")
    return _triggering(HttpResponse(status=204), orders.cart_count(**owner), toast=_("已加入购物车"), close=True)


@require_POST
def set_quantity(request: HttpRequest, item_id: int) -> HttpResponse:
    owner = cart_owner(request)
    cart.set_quantity(item_id=item_id, quantity=_number(request, "quantity"), at=clock.now(), **owner)
    return _answer(request)


@require_POST
def select(request: HttpRequest) -> HttpResponse:
    """Tick or untick one item (`item`) or, without it, all of them."""
    chosen = request.POST.get("item")
    ids = [_number(request, "item")] if chosen else None
    cart.select(is_selected=request.POST.get("on") == "1", item_ids=ids, at=clock.now(), **cart_owner(request))
    return _answer(request)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take one item out; the toast can bring it back."""
    item_id = _number(request, "item")
    owner = cart_owner(request)
    gone = next((item for item in orders.cart_view(**owner).items if item.id == item_id), None)
    cart.remove(item_ids=[item_id], at=clock.now(), **owner)
    undo = f"{reverse('cart-restore')}?sku={gone.sku_id}&quantity={gone.quantity}" if gone and not gone.problem else ""
    return _answer(request, toast=_("已删除"), undo=undo)


@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Undo a removal."""
    sku, quantity = _number(request, "sku", request.GET), _number(request, "quantity", request.GET)
    cart.put(sku_id=sku, quantity=quantity, at=clock.now(), **cart_owner(request, create=True))
    return _answer(request)


@require_POST
def clear_unavailable(request: HttpRequest) -> HttpResponse:
    owner = cart_owner(request)
    dead = [item.id for item in orders.cart_view(**owner).items if item.problem in ("off_shelf", "out_of_stock")]
    if dead:
        cart.remove(item_ids=dead, at=clock.now(), **owner)
    return _answer(request, toast=_("失效商品已清空"))


def _number(request: HttpRequest, name: str, given: Any = None) -> int:
    """A plain positive number from the form. Raises InvalidQuantity for anything else."""
    text = str((given if given is not None else request.POST).get(name, ""))
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise requests.InvalidQuantity(attr=name)
    return int(text)


def _context(request: HttpRequest) -> dict[str, Any]:
    view = orders.cart_view(**cart_owner(request))
    dead = [item for item in view.items if item.problem in ("off_shelf", "out_of_stock")]
    live = [item for item in view.items if item not in dead]
    return {
        "cart": view,
        "live": live,
        "dead": dead,
        "all_selected": bool(live) and all(item.is_selected for item in live),
        "progress": _progress(view.selected_total_fen),
        "cart_count": view.count,
    }


def _progress(total_fen: int) -> dict[str, int] | None:
    """How much more reaches the next 满减 step, and what it takes off."""
    if not total_fen:
        return None
    steps = [step for offer in marketing.reductions_at(at=clock.now()) for step in offer.steps]
    ahead = sorted((step for step in steps if step.threshold_fen > total_fen), key=lambda step: step.threshold_fen)
    reached = max((step.off_fen for step in steps if step.threshold_fen <= total_fen), default=0)
    if not ahead:
        return {"missing_fen": 0, "off_fen": reached, "percent": 100} if reached else None
    nearest = ahead[0]
    return {
        "missing_fen": nearest.threshold_fen - total_fen,
        "off_fen": nearest.off_fen,
        "percent": 100 * total_fen // nearest.threshold_fen,
    }


def _answer(request: HttpRequest, *, toast: str = "", undo: str = "") -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect("cart")
    context = _context(request)
    response = render(request, "h5/cart/_cart.html", context)
    return _triggering(response, context["cart"].count, toast=toast, undo=undo)


def _triggering(
    response: HttpResponse, count: int, *, toast: str = "", undo: str = "", close: bool = False
) -> HttpResponse:
    """Tell the page's scripts: the badge, a toast, and whether to close the sheet."""
    told: dict[str, Any] = {"cart": {"count": count}}
    if toast:
        told["toast"] = {"message": toast, "level": "success"}
        if undo:
            told["toast"] |= {"undo": undo, "target": "#cart"}
    if close:
        told["sheet:dismiss"] = True
    response["HX-Trigger"] = json.dumps(told)
    return response


urlpatterns = [
    path("cart/", page, name="cart"),
    path("cart/add/", add, name="cart-add"),
    path("cart/items/<int:item_id>/", set_quantity, name="cart-quantity"),
    path("cart/select/", select, name="cart-select"),
    path("cart/remove/", remove, name="cart-remove"),
    path("cart/restore/", restore, name="cart-restore"),
    path("cart/clear-unavailable/", clear_unavailable, name="cart-clear"),
]
