"""Carts: what may go in, what is shown, and how a visitor's cart joins the member's."""

import datetime as dt
from typing import Any

import pytest

from catalog.models import SKU, Product, Stock
from catalog.services import stock
from mall.kernel.errors import NotFound
from orders import queries
from orders.models import Cart
from orders.services import cart, goods
from tests.factories import catalog, orders

AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def put(owner, sku, quantity=1):
    return cart.put(**owner, sku_id=sku.pk, quantity=quantity, at=AT)


def view(owner):
    return queries.cart_view(**owner)


@pytest.fixture(params=["member", "session"])
def owner(request):
    return {"member_id": orders.shopper().pk} if request.param == "member" else {"session_token": "visitor"}


def test_quantities_add_up_and_stay_within_stock(owner):
    sku = catalog.sku(on_hand=3, price_fen=1500)
    put(owner, sku)
    item = put(owner, sku, 2)
    with pytest.raises(stock.OutOfStock):
        put(owner, sku)

    [shown] = view(owner).items
    assert (shown.id, shown.quantity, shown.line_total_fen, shown.problem) == (item, 3, 4500, "")
    assert (view(owner).count, view(owner).selected_total_fen) == (3, 4500)


def test_the_limit_counts_all_variants_of_a_product(owner):
    limited = catalog.product(limit_per_order=3)
    red, blue = catalog.sku(of=limited, specs={"色": "红"}), catalog.sku(of=limited, specs={"色": "蓝"})
    put(owner, red, 2)
    item = put(owner, blue)
    with pytest.raises(goods.LimitReached):
        cart.set_quantity(**owner, item_id=item, quantity=2, at=AT)


def test_problems_are_shown_and_not_summed(owner):
    gone, scarce, fine = catalog.sku(), catalog.sku(on_hand=5), catalog.sku(price_fen=700)
    for sku, quantity in ((gone, 1), (scarce, 5), (fine, 1)):
        put(owner, sku, quantity)
    Product.objects.filter(pk=gone.product_id).update(state="off_shelf")
    Stock.objects.filter(pk=scarce.pk).update(on_hand=2)
    SKU.objects.filter(pk=fine.pk).update(price_fen=800)

    shown = view(owner)

    assert {item.sku_id: item.problem for item in shown.items} == {
        gone.pk: "off_shelf",
        scarce.pk: "out_of_stock",
        fine.pk: "",
    }
    assert (shown.selected_total_fen, shown.has_problems) == (800, True)
    assert next(item for item in shown.items if item.sku_id == fine.pk).price_change_fen == 100


def test_items_of_another_cart_are_out_of_reach(owner):
    item = put(owner, catalog.sku())
    stranger: dict[str, Any] = {"member_id": orders.shopper().pk}
    for act in (
        lambda: cart.set_quantity(**stranger, item_id=item, quantity=1, at=AT),
        lambda: cart.select(**stranger, item_ids=[item], is_selected=False, at=AT),
        lambda: cart.remove(**stranger, item_ids=[item], at=AT),
    ):
        with pytest.raises(NotFound):
            act()
    assert view(owner).items[0].is_selected


def test_ticking_and_removing(owner):
    items = [put(owner, catalog.sku()) for _n in range(2)]
    cart.select(**owner, is_selected=False, at=AT)
    assert view(owner).selected_count == 0
    cart.select(**owner, item_ids=items[:1], is_selected=True, at=AT)
    assert view(owner).selected_count == 1
    cart.remove(**owner, item_ids=items, at=AT)
    assert view(owner).items == []


def test_login_pours_the_visitor_s_cart_into_the_member_s_once():
    member, visitor = {"member_id": orders.shopper().pk}, {"session_token": "visitor"}
    both, new = catalog.sku(on_hand=4), catalog.sku()
    put(member, both, 3)
    put(visitor, both, 3)
    put(visitor, new, 2)

    moved = [cart.merge(session_token="visitor", member_id=member["member_id"], at=AT) for _time in range(2)]

    assert moved == [2, 0]
    assert {item.sku_id: item.quantity for item in view(member).items} == {both.pk: 4, new.pk: 2}
    assert not Cart.objects.filter(session_token="visitor").exists()


def test_what_is_not_sold_stays_out(owner):
    with pytest.raises(goods.SkuUnavailable):
        put(owner, catalog.sku(is_active=False))
    with pytest.raises(NotFound):
        cart.put(**owner, sku_id=987_654, quantity=1, at=AT)
