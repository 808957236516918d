"""`/api/v1/cart/`: the member's own cart and nobody else's."""

from typing import Any

import pytest

from orders.models import CartItem
from tests.api.client import T12, Api, code_of
from tests.factories import catalog, members

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    return Api(member=members.member())


def put(api: Api, sku: Any, quantity: Any = 1) -> Any:
    return api.post("cart/items/", {"sku": sku, "quantity": quantity})


def test_an_empty_cart(api: Api) -> None:
    body = api.get("cart/").json()
    assert body["items"] == []
    assert body["summary"] == {"count": 0, "selected_count": 0, "selected_total": "0.00", "has_problems": False}


def test_putting_adds_up_and_shows_the_cart(api: Api) -> None:
    sku = catalog.sku(price_fen=1_250)
    assert put(api, sku.pk).status_code == 201
    body = put(api, sku.pk, 2).json()
    (item,) = body["items"]
    assert {"id", "sku", "quantity", "selected", "unit_price", "line_total", "problem"} <= set(item)
    assert (item["sku"], item["quantity"], item["selected"], item["problem"]) == (sku.pk, 3, True, None)
    assert (item["unit_price"], item["line_total"]) == ("12.50", "37.50")
    assert body["summary"]["selected_total"] == "37.50"


def test_an_item_changes_and_goes(api: Api) -> None:
    item = put(api, catalog.sku().pk).json()["items"][0]
    changed = api.call("PATCH", f"cart/items/{item['id']}/", {"quantity": 4, "selected": False})
    assert changed.status_code == 200
    assert (changed.json()["items"][0]["quantity"], changed.json()["items"][0]["selected"]) == (4, False)
    assert api.call("DELETE", f"cart/items/{item['id']}/").status_code == 204
    assert api.get("cart/").json()["items"] == []
    assert api.call("DELETE", f"cart/items/{item['id']}/").status_code == 404


def test_more_than_there_is_is_a_conflict(api: Api) -> None:
    response = put(api, catalog.sku(on_hand=2).pk, 3)
    assert (response.status_code, code_of(response)) == (409, "out_of_stock")
    limited = catalog.sku(of=catalog.product(limit_per_order=1))
    assert code_of(put(api, limited.pk, 2)) == "limit_reached"
    assert put(api, 999_999).status_code == 404
    assert not CartItem.objects.exists()


@pytest.mark.parametrize("value", T12, ids=repr)
def test_t12_quantities_and_ids_are_whole_numbers(api: Api, value: Any) -> None:
    sku = catalog.sku(on_hand=10**6)
    item = put(api, sku.pk).json()["items"][0]["id"]
    assert put(api, sku.pk, value).status_code == 400
    assert put(api, value).status_code == 400
    assert api.call("PATCH", f"cart/items/{item}/", {"quantity": value}).status_code == 400
    assert CartItem.objects.get().quantity == 1


@pytest.mark.parametrize("body", [None, [], "x", {}, {"sku": 1}, {"quantity": 1}, b"{", b"null"], ids=repr)
def test_t12_broken_bodies_are_refused(api: Api, body: Any) -> None:
    assert api.call("POST", "cart/items/", body).status_code == 400


@pytest.mark.parametrize("selected", ["true", 1, None, "yes"], ids=repr)
def test_a_tick_is_true_or_false(api: Api, selected: Any) -> None:
    item = put(api, catalog.sku().pk).json()["items"][0]["id"]
    assert api.call("PATCH", f"cart/items/{item}/", {"selected": selected}).status_code == 400


def test_t15_the_price_is_not_the_callers_to_set(api: Api) -> None:
    sku = catalog.sku(price_fen=10_000)
    body = {"sku": sku.pk, "quantity": 1, "unit_price": "0.01", "price_seen_fen": 1, "cart": 1, "member": 1}
    assert api.post("cart/items/", body).json()["items"][0]["unit_price"] == "100.00"


def test_t78_another_members_item_does_not_exist(api: Api) -> None:
    item = put(api, catalog.sku().pk).json()["items"][0]["id"]
    other = Api(member=members.member())
    assert other.call("PATCH", f"cart/items/{item}/", {"quantity": 2}).status_code == 404
    assert other.call("DELETE", f"cart/items/{item}/").status_code == 404
    assert other.get("cart/").json()["items"] == []
    assert CartItem.objects.get().quantity == 1


def test_nobody_has_no_cart() -> None:
    assert Api().get("cart/").status_code == 401
    assert put(Api(), catalog.sku().pk).status_code == 401
