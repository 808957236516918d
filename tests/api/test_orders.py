"""`/api/v1/orders/…` and `refunds/…` as a member."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from catalog.models import SKU, Stock
from members.models import Member
from orders.models import Order, Refund
from tests.api.client import ADDRESS, SQL, T12, Api, code_of
from tests.factories import catalog, members
from tests.factories import orders as factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return factory.shopper()


@pytest.fixture
def api(member: Member) -> Api:
    return Api(member=member)


@pytest.fixture
def sku() -> SKU:
    return catalog.sku(price_fen=10_000, on_hand=100)


def basket(sku: SKU, quantity: Any = 1, **more: Any) -> dict[str, Any]:
    return {"items": [{"sku": sku.pk, "quantity": quantity}], "address": ADDRESS, **more}


def test_a_quote_prices_without_promising(api: Api, sku: SKU) -> None:
    response = api.post("orders/quote/", basket(sku, 2))
    assert response.status_code == 200, response.content
    body = response.json()
    shape = {"lines", "goods_total", "discount_total", "freight", "payable", "fingerprint", "usable_coupons"}
    assert shape <= set(body)
    line = body["lines"][0]
    assert set(line) == {"sku", "quantity", "unit_price", "subtotal", "adjustments", "payable"}
    assert (line["sku"], line["unit_price"], line["subtotal"], line["payable"]) == (
        sku.pk,
        "100.00",
        "200.00",
        "200.00",
    )
    assert (body["goods_total"], body["discount_total"]) == ("200.00", "0.00")
    assert not Order.objects.exists()
    assert Stock.objects.get().reserved == 0


def test_a_quoted_order_is_placed_at_its_price(api: Api, sku: SKU) -> None:
    quote = api.post("orders/quote/", basket(sku, 2)).json()
    response = api.post("orders/", basket(sku, 2, fingerprint=quote["fingerprint"], remark="轻放"))
    assert response.status_code == 201, response.content
    body = response.json()
    shape = {"no", "state", "lines", "goods_total", "discount_total", "freight", "payable", "expires_at"}
    assert shape <= set(body)
    assert (body["state"], body["payable"], body["remark"]) == ("unpaid", quote["payable"], "轻放")
    assert body["expires_at"].endswith(("+08:00", "Z", "+00:00"))
    detail = api.get(f"orders/{body['no']}/").json()
    assert {"timeline", "payments", "refunds", "parcels"} <= set(detail)
    assert [step["state"] for step in detail["timeline"]] == ["unpaid"]
    assert detail["address"] == ADDRESS


def test_an_order_over_http_costs_twenty_statements(api: Api, sku: SKU, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(20):
        assert api.post("orders/", basket(sku, 2)).status_code == 201


def test_an_old_fingerprint_is_refused(api: Api, sku: SKU) -> None:
    quote = api.post("orders/quote/", basket(sku)).json()
    SKU.objects.update(price_fen=20_000)
    response = api.post("orders/", basket(sku, fingerprint=quote["fingerprint"]))
    assert (response.status_code, code_of(response)) == (409, "price_changed")
    assert not Order.objects.exists()


def test_the_cart_is_ordered_and_emptied(api: Api, sku: SKU) -> None:
    api.post("cart/items/", {"sku": sku.pk, "quantity": 3})
    body = api.post("orders/", {"items": "cart", "address": ADDRESS}).json()
    assert body["lines"][0]["quantity"] == 3
    assert api.get("cart/").json()["items"] == []


def test_an_address_of_the_book(api: Api, member: Member, sku: SKU) -> None:
    own, other = members.address(member), members.address(members.member())
    body = api.post("orders/", {**basket(sku), "address": own.pk}).json()
    assert body["address"]["street"] == own.street
    assert api.post("orders/", {**basket(sku), "address": other.pk}).status_code == 404
    nowhere = Api(member=factory.shopper()).post("orders/", {"items": basket(sku)["items"]})
    assert (nowhere.status_code, code_of(nowhere)) == (400, "address_required")


def test_out_of_stock_is_a_conflict(api: Api) -> None:
    response = api.post("orders/", basket(catalog.sku(on_hand=1), 2))
    assert (response.status_code, code_of(response)) == (409, "out_of_stock")


@pytest.mark.parametrize("path", ["orders/quote/", "orders/"])
@pytest.mark.parametrize("value", T12, ids=repr)
def test_t12_quantities_ids_and_points_are_whole_numbers(api: Api, sku: SKU, path: str, value: Any) -> None:
    assert api.post(path, basket(sku, value)).status_code == 400
    assert api.post(path, {**basket(sku), "items": [{"sku": value, "quantity": 1}]}).status_code == 400
    if value is not None:
        assert api.post(path, basket(sku, coupon=value)).status_code == 400
        assert api.post(path, basket(sku, address=value)).status_code == 400
    if value != 0:
        assert api.post(path, basket(sku, points=value)).status_code == 400
    assert not Order.objects.exists()
    assert Stock.objects.get().reserved == 0


@pytest.mark.parametrize(
    "change",
    [
        {"items": []},
        {"items": "basket"},
        {"items": None},
        {"items": {}},
        {"items": [1]},
        {"items": [None]},
        {"items": [{}]},
        {"address": "杭州"},
        {"address": {}},
        {"address": {**ADDRESS, "phone": "123"}},
        {"address": {**ADDRESS, "name": ""}},
        {"address": {**ADDRESS, "street": "长" * 121}},
        {"delivery": "drone"},
        {"delivery": "pickup"},
        {"activity": {"kind": "flash", "id": 1}},
        {"activity": "flash"},
        {"activity": {}},
        {"points": 10},
        {"coupon": "1"},
        {"remark": "长" * 201},
        {"remark": 1},
        {"fingerprint": 1},
        {"invoice": {"title": "某公司"}},
    ],
    ids=repr,
)
def test_t12_what_the_shop_does_not_know_is_refused(api: Api, sku: SKU, change: dict[str, Any]) -> None:
    assert api.post("orders/", basket(sku) | change).status_code == 400
    if not {"remark", "fingerprint", "invoice"} & set(change):
        assert api.post("orders/quote/", basket(sku) | change).status_code == 400
    assert not Order.objects.exists()


def test_t15_amounts_states_and_owners_are_not_the_callers_to_set(api: Api, member: Member, sku: SKU) -> None:
    wishes = {
        "payable": "0.01",
        "payable_fen": 1,
        "freight": "0.00",
        "discount_total": "99.99",
        "state": "paid",
        "no": "D1",
        "member": 1,
        "member_id": 1,
        "expires_at": "2099-01-01T00:00:00Z",
        "payment_no": "P1",
        "channel": "staff",
    }
    item = {"sku": sku.pk, "quantity": 1, "unit_price": "0.01", "price_fen": 1, "payable": "0.01"}
    plain = api.post("orders/", basket(sku)).json()
    wished = api.post("orders/", {"items": [item], "address": ADDRESS, **wishes}).json()
    changing = {"no", "placed_at", "expires_at", "lines", "timeline"}
    assert {k: v for k, v in plain.items() if k not in changing} == {
        k: v for k, v in wished.items() if k not in changing
    }
    assert wished["lines"][0]["unit_price"] == "100.00"
    assert Order.objects.get(no=wished["no"]).member_id == member.pk


def test_t19_the_same_key_makes_one_order(api: Api, sku: SKU) -> None:
    first = api.post("orders/", basket(sku), "order-1")
    again = api.post("orders/", basket(sku), "order-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = api.post("orders/", basket(sku, 2), "order-1")
    assert (other.status_code, code_of(other)) == (422, "idempotency_conflict")
    theirs = Api(member=factory.shopper()).post("orders/", basket(sku), "order-1")
    assert theirs.status_code == 201
    assert theirs.json()["no"] != first.json()["no"]
    assert Order.objects.count() == 2
    missing = api.client.post("/api/v1/orders/", basket(sku), format="json")
    assert (missing.status_code, code_of(missing)) == (400, "idempotency_key_required")


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t19_twenty_parallel_posts_make_one_order() -> None:
    member, sku = factory.shopper(), catalog.sku(price_fen=10_000, on_hand=100)

    def one(_: int) -> Any:
        try:
            return Api(member=member).post("orders/", basket(sku), "parallel")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(20)))
    busy = [answer for answer in answers if answer.status_code != 201]
    made = [answer.json() for answer in answers if answer.status_code == 201]
    assert made
    assert all(answer.status_code == 409 and code_of(answer) == "idempotency_in_progress" for answer in busy)
    assert all(answer["Retry-After"] for answer in busy)
    again = Api(member=member).post("orders/", basket(sku), "parallel")
    assert all(body == again.json() for body in made)
    assert Order.objects.count() == 1
    assert Stock.objects.get().reserved == 1


def test_t86_an_order_has_at_most_100_lines_and_256_kb(api: Api, sku: SKU) -> None:
    many = {"items": [{"sku": sku.pk, "quantity": 1}] * 101, "address": ADDRESS}
    assert api.post("orders/", many).status_code == 400
    assert api.post("orders/", basket(sku, remark="x" * 300_000)).status_code == 400
    assert not Order.objects.exists()


def test_lists_are_filtered_by_state(api: Api, sku: SKU) -> None:
    api.post("orders/", basket(sku))
    api.post("orders/", basket(sku))
    page = api.get("orders/?state=unpaid&page_size=1").json()
    assert (page["count"], len(page["results"])) == (2, 1)
    assert page["next"]
    assert api.get("orders/?state=paid").json()["count"] == 0
    for query in ("state=lost", "page_size=101", "page=0", "page=x"):
        assert api.get(f"orders/?{query}").status_code == 400
    assert Api(member=factory.shopper()).get("orders/").json()["count"] == 0


@pytest.mark.parametrize("text", SQL)
def test_t68_sql_in_the_state_is_refused(api: Api, text: str) -> None:
    assert api.client.get("/api/v1/orders/", {"state": text}).status_code == 400


def test_an_unpaid_order_is_cancelled_once(api: Api, sku: SKU) -> None:
    no = api.post("orders/", basket(sku)).json()["no"]
    body = api.post(f"orders/{no}/cancel/", {"reason": "拍错了"}).json()
    assert (body["state"], body["cancel_reason"]) == ("cancelled", "拍错了")
    assert Stock.objects.get().reserved == 0
    again = api.post(f"orders/{no}/cancel/")
    assert (again.status_code, code_of(again)) == (409, "order_state")


def test_a_shipped_order_is_tracked_and_received(api: Api, member: Member, sku: SKU) -> None:
    order = factory.shipped((sku, 1), member=member)
    (parcel,) = api.get(f"orders/{order.no}/tracking/").json()["parcels"]
    assert {"carrier", "tracking_no", "state", "events"} <= set(parcel)
    assert parcel["carrier"] == "SF"
    assert api.post(f"orders/{order.no}/receive/").json()["state"] == "signed"
    assert code_of(api.post(f"orders/{order.no}/receive/")) == "order_state"
    assert code_of(api.post(f"orders/{order.no}/cancel/")) == "order_state"


def claim(order: Order, quantity: Any = 1, **more: Any) -> dict[str, Any]:
    line = {"line": order.lines.get().pk, "quantity": quantity}
    if "amount" in more:
        line["amount"] = more.pop("amount")
    return {"kind": "refund", "lines": [line], "reason": "不想要了", **more}


def test_a_claim_and_its_withdrawal(api: Api, member: Member, sku: SKU) -> None:
    order = factory.signed((sku, 2), member=member)
    response = api.post(f"orders/{order.no}/refunds/", claim(order))
    assert response.status_code == 201, response.content
    body = response.json()
    assert {"no", "state", "amount"} <= set(body)
    assert (body["state"], body["amount"]) == ("applied", "100.00")
    assert api.get(f"refunds/{body['no']}/").json() == body
    assert api.get(f"orders/{order.no}/").json()["refunds"][0]["no"] == body["no"]
    assert api.post(f"refunds/{body['no']}/cancel/").json()["state"] == "cancelled"
    assert code_of(api.post(f"refunds/{body['no']}/cancel/")) == "refund_state"


def test_a_return_is_sent_back(api: Api, member: Member, sku: SKU) -> None:
    order = factory.signed((sku, 1), member=member)
    no = api.post(f"orders/{order.no}/refunds/", claim(order, kind="return")).json()["no"]
    parcel = {"carrier": "SF", "tracking_no": "SF1234567890"}
    assert code_of(api.post(f"refunds/{no}/return-parcel/", parcel)) == "refund_state"
    Refund.objects.update(state="approved")
    body = api.post(f"refunds/{no}/return-parcel/", parcel).json()
    assert (body["state"], body["return_parcel"]) == ("returning", parcel)
    for wrong in (
        {},
        {"carrier": "SF"},
        {"carrier": 1, "tracking_no": "SF1234567890"},
        {**parcel, "tracking_no": "<b>"},
    ):
        assert api.post(f"refunds/{no}/return-parcel/", wrong).status_code == 400


def test_a_claim_never_exceeds_what_was_paid(api: Api, member: Member, sku: SKU) -> None:
    order = factory.signed((sku, 2), member=member)
    for wrong in (claim(order, 3), claim(order, 1, amount="200.01")):
        response = api.post(f"orders/{order.no}/refunds/", wrong)
        assert (response.status_code, code_of(response)) == (409, "refund_too_large")
    assert api.post(f"orders/{order.no}/refunds/", claim(order, 2)).status_code == 201
    assert api.post(f"orders/{order.no}/refunds/", claim(order, 1)).status_code == 409
    unpaid = factory.placed((sku, 1), member=member)
    assert code_of(api.post(f"orders/{unpaid.no}/refunds/", claim(unpaid))) == "order_state"


@pytest.mark.parametrize("value", T12, ids=repr)
def test_t12_a_claim_takes_whole_units_and_yuan(api: Api, member: Member, sku: SKU, value: Any) -> None:
    order = factory.signed((sku, 2), member=member)
    path = f"orders/{order.no}/refunds/"
    assert api.post(path, claim(order, value)).status_code == 400
    assert api.post(path, claim(order, 1, amount=value)).status_code == 400
    assert api.post(path, {**claim(order), "lines": [{"line": value, "quantity": 1}]}).status_code == 400
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gift"},
        {"lines": []},
        {"lines": None},
        {"lines": "all"},
        {"lines": [{"line": 999_999, "quantity": 1}]},
        {"reason": ""},
        {"reason": None},
        {"photos": ["javascript:alert(1)"]},
        {"photos": ["https://evil.example/a.png"]},
        {"photos": ["/media/../../etc/passwd"]},
        {"photos": ["/media/a.png"] * 7},
    ],
    ids=repr,
)
def test_t12_claims_the_shop_does_not_know_are_refused(
    api: Api, member: Member, sku: SKU, change: dict[str, Any]
) -> None:
    order = factory.signed((sku, 2), member=member)
    assert api.post(f"orders/{order.no}/refunds/", claim(order) | change).status_code == 400
    assert not Refund.objects.exists()


def test_t19_a_claim_is_made_once(api: Api, member: Member, sku: SKU) -> None:
    order = factory.signed((sku, 2), member=member)
    path = f"orders/{order.no}/refunds/"
    first, again = api.post(path, claim(order), "refund-1"), api.post(path, claim(order), "refund-1")
    assert first.json() == again.json()
    assert api.post(path, claim(order, 2), "refund-1").status_code == 422
    assert Refund.objects.count() == 1


def test_t78_another_members_orders_and_refunds_do_not_exist(api: Api, sku: SKU) -> None:
    order = factory.signed((sku, 2))
    refund = factory.claim(order, whole=True)
    for method, path, body in (
        ("GET", f"orders/{order.no}/", None),
        ("POST", f"orders/{order.no}/cancel/", {}),
        ("POST", f"orders/{order.no}/receive/", {}),
        ("GET", f"orders/{order.no}/tracking/", None),
        ("POST", f"orders/{order.no}/refunds/", claim(order)),
        ("GET", f"refunds/{refund.no}/", None),
        ("POST", f"refunds/{refund.no}/cancel/", {}),
        ("POST", f"refunds/{refund.no}/return-parcel/", {"carrier": "SF", "tracking_no": "SF1234567890"}),
        ("POST", "payments/", {"order": order.no, "method": "balance"}),
    ):
        response = api.call(method, path, body)
        assert (response.status_code, code_of(response)) == (404, "not_found"), path
    order.refresh_from_db()
    refund.refresh_from_db()
    assert (order.state, refund.state) == ("signed", "applied")
