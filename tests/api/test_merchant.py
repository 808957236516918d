"""`/api/v1/merchant/…`: scopes, orders, refunds, products, stock and members."""

from typing import Any

import pytest

from catalog.models import SKU, Product, Stock, StockMovement
from members.models import Member
from orders.models import Order, OrderPolicy, Refund
from tests.api.client import SQL, T12, Api, code_of
from tests.factories import catalog, members
from tests.factories import orders as factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    return Api(scopes=["all"])


@pytest.fixture
def sku() -> SKU:
    return catalog.sku(price_fen=10_000, on_hand=100)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "orders/", "orders:read"),
        ("GET", "orders/D1/", "orders:read"),
        ("POST", "orders/D1/approve/", "orders:write"),
        ("POST", "orders/D1/ship/", "orders:write"),
        ("POST", "parcels/SF1/signed/", "orders:write"),
        ("GET", "refunds/", "refunds:read"),
        ("POST", "refunds/R1/approve/", "refunds:write"),
        ("POST", "refunds/R1/reject/", "refunds:write"),
        ("POST", "refunds/R1/received/", "refunds:write"),
        ("GET", "products/", "products:read"),
        ("POST", "products/", "products:write"),
        ("PATCH", "products/1/", "products:write"),
        ("PUT", "skus/A/stock/", "stock:write"),
        ("GET", "members/", "members:read"),
        ("GET", "distribution/applications/", "distribution:read"),
        ("POST", "distribution/applications/1/approve/", "distribution:write"),
        ("GET", "distribution/programme/", "distribution:read"),
        ("PUT", "distribution/programme/", "distribution:write"),
        ("POST", "distribution/settlements/", "settlements:write"),
        ("POST", "distribution/withdrawals/W1/approve/", "withdrawals:write"),
    ],
)
def test_every_end_point_asks_for_its_scope(method: str, path: str, scope: str) -> None:
    stranger = Api()
    stranger.base += "merchant/"
    assert stranger.call(method, path, {}).status_code == 401
    member = Api(member=members.member())
    member.base += "merchant/"
    assert member.call(method, path, {}).status_code == 401
    assert Api(scopes=[]).call(method, path, {}).status_code == 403
    assert Api(scopes=["statistics:read"]).call(method, path, {}).status_code == 403
    # Let in: whatever is wrong with the request now, it is not the key.
    assert Api(scopes=[scope]).call(method, path, {}).status_code in (200, 201, 400, 404)


def test_a_key_opens_no_members_door(api: Api) -> None:
    api.base = "/api/v1/"
    assert api.get("orders/").status_code == 401


def test_orders_are_listed_by_state_and_change(api: Api, sku: SKU) -> None:
    order = factory.placed((sku, 1))
    factory.paid((sku, 1))
    page = api.get("orders/?state=unpaid").json()
    assert [row["no"] for row in page["results"]] == [order.no]
    assert api.get("orders/").json()["count"] == 2
    assert api.get("orders/?updated_after=2020-01-01T00:00:00Z").json()["count"] == 2
    assert api.get("orders/?updated_after=2099-01-01T00:00:00%2B08:00").json()["count"] == 0
    for query in ("state=lost", "updated_after=yesterday", "updated_after=1", "page_size=101"):
        assert api.get(f"orders/?{query}").status_code == 400
    assert api.get(f"orders/{order.no}/").json()["address"]["phone"] == factory.RECIPIENT.phone


@pytest.mark.parametrize("text", SQL)
def test_t68_sql_in_filters_is_refused(api: Api, text: str) -> None:
    for path in ("orders/", "refunds/", "products/", "distribution/applications/"):
        assert api.client.get(f"/api/v1/merchant/{path}", {"state": text}).status_code == 400
    assert api.client.get("/api/v1/merchant/orders/", {"updated_after": text}).status_code == 400


def test_a_paid_order_is_approved_shipped_and_signed(api: Api, sku: SKU, drain: Any) -> None:
    OrderPolicy.objects.update_or_create(pk=1, defaults={"auto_approve": False})
    order = factory.paid((sku, 2))
    assert api.post(f"orders/{order.no}/approve/").json()["state"] == "approved"
    assert code_of(api.post(f"orders/{order.no}/approve/")) == "order_state"
    line = order.lines.get().pk
    parcel = {"carrier": "SF", "tracking_no": "SF1000000001"}
    for wrong in (
        [],
        [{"line": line, "quantity": 1}],
        [{"line": 1, "quantity": 2}],
        [{"line": line, "quantity": 2}] * 2,
    ):
        assert code_of(api.post(f"orders/{order.no}/ship/", {**parcel, "lines": wrong})) == "partial_shipment"
    whole = {**parcel, "lines": [{"line": line, "quantity": 2}]}
    shipped = api.post(f"orders/{order.no}/ship/", whole).json()
    assert (shipped["state"], shipped["parcels"][0]["tracking_no"]) == ("shipped", "SF1000000001")
    assert code_of(api.post(f"orders/{order.no}/ship/", parcel)) == "order_state"
    assert api.post("parcels/SF1000000001/signed/").status_code == 204
    while drain():
        pass
    assert api.get(f"orders/{order.no}/").json()["state"] == "signed"
    assert api.post("parcels/SF9999999999/signed/").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"carrier": "SF"},
        {"carrier": "nobody", "tracking_no": "SF1000000001"},
        {"carrier": 1, "tracking_no": "SF1000000001"},
        {"carrier": "SF", "tracking_no": "<script>"},
        {"carrier": "SF", "tracking_no": None},
        {"carrier": "SF", "tracking_no": "SF1000000001", "lines": [{"line": True, "quantity": 1}]},
    ],
    ids=repr,
)
def test_t12_a_parcel_needs_a_carrier_and_a_number(api: Api, sku: SKU, body: dict[str, Any]) -> None:
    order = factory.paid((sku, 1))
    assert api.post(f"orders/{order.no}/ship/", body).status_code == 400
    order.refresh_from_db()
    assert order.state == "approved"


def test_a_parcel_is_not_signed_by_hand_in_production(api: Api, sku: SKU, settings: Any) -> None:
    order = factory.shipped((sku, 1))
    tracking_no = api.get(f"orders/{order.no}/").json()["parcels"][0]["tracking_no"]
    settings.SANDBOX = False
    assert api.post(f"parcels/{tracking_no}/signed/").status_code == 404
    assert api.get(f"orders/{order.no}/").json()["parcels"][0]["state"] != "signed"


def test_a_claim_is_agreed_to_for_less(api: Api, sku: SKU) -> None:
    refund = factory.claim(factory.signed((sku, 1)), whole=True)
    assert [row["no"] for row in api.get("refunds/?state=applied").json()["results"]] == [refund.no]
    too_much = api.post(f"refunds/{refund.no}/approve/", {"amount": "100.01"})
    assert (too_much.status_code, code_of(too_much)) == (409, "refund_too_large")
    body = api.post(f"refunds/{refund.no}/approve/", {"amount": "60.00"}).json()
    assert (body["state"], body["amount"]) == ("refunding", "60.00")
    assert code_of(api.post(f"refunds/{refund.no}/approve/", {"amount": "60.00"})) == "refund_state"


@pytest.mark.parametrize("amount", [value for value in T12 if value is not None] + [None, "0.00", "1.234"], ids=repr)
def test_t12_what_is_agreed_to_is_an_amount_in_yuan(api: Api, sku: SKU, amount: Any) -> None:
    refund = factory.claim(factory.signed((sku, 1)), whole=True)
    assert api.post(f"refunds/{refund.no}/approve/", {"amount": amount}).status_code == 400
    assert Refund.objects.get().state == "applied"


def test_goods_come_back_before_the_money_goes(api: Api, sku: SKU) -> None:
    order = factory.signed((sku, 1))
    refund = factory.claim(order, kind="return", whole=True)
    assert api.post(f"refunds/{refund.no}/approve/").json()["state"] == "approved"
    assert api.post(f"refunds/{refund.no}/received/").json()["state"] == "refunding"


def test_a_claim_is_refused_with_a_reason(api: Api, sku: SKU) -> None:
    refund = factory.claim(factory.signed((sku, 1)), whole=True)
    for wrong in ({}, {"reason": ""}, {"reason": 1}, {"reason": "长" * 201}):
        assert api.post(f"refunds/{refund.no}/reject/", wrong).status_code == 400
    body = api.post(f"refunds/{refund.no}/reject/", {"reason": "已拆封"}).json()
    assert (body["state"], body["answer"]) == ("rejected", "已拆封")


def new_product(**more: Any) -> dict[str, Any]:
    return {
        "name": "龙井",
        "category": catalog.category().pk,
        "options": [{"name": "规格", "values": ["50g", "100g"]}],
        "skus": [
            {"specs": {"规格": "50g"}, "price": "50.00", "stock": 5, "code": "LJ-50"},
            {"specs": {"规格": "100g"}, "price": "90.00", "stock": 3},
        ],
        **more,
    }


def test_a_product_is_made_and_put_on_sale(api: Api) -> None:
    response = api.post("products/", new_product(state="on_sale", description_html="<p onclick=x>茶</p><script>"))
    assert response.status_code == 201, response.content
    body = response.json()
    assert (body["state"], len(body["skus"]), body["description_html"]) == ("on_sale", 2, "<p>茶</p>")
    assert (body["skus"][0]["code"], body["skus"][0]["price"], body["skus"][0]["on_hand"]) == ("LJ-50", "50.00", 5)
    assert Api().get(f"products/{body['id']}/").json()["price"] == "50.00"
    assert api.get(f"products/{body['id']}/").json() == body
    assert api.get("products/?state=on_sale").json()["count"] == 1


def test_a_change_keeps_what_it_does_not_mention(api: Api) -> None:
    made = api.post("products/", new_product(subtitle="明前", slug="longjing")).json()
    changed = api.call("PATCH", f"products/{made['id']}/", {"name": "西湖龙井"}).json()
    assert {k: v for k, v in changed.items() if k != "updated_at"} == {
        k: v for k, v in {**made, "name": "西湖龙井"}.items() if k != "updated_at"
    }
    skus = [{"specs": {"规格": "50g"}, "price": "55.00", "code": "LJ-50"}]
    priced = api.call("PATCH", f"products/{made['id']}/", {"skus": skus}).json()["skus"]
    by_code = {sku["code"]: sku for sku in priced}
    assert (by_code["LJ-50"]["id"], by_code["LJ-50"]["price"], by_code["LJ-50"]["on_hand"]) == (
        made["skus"][0]["id"],
        "55.00",
        5,
    )
    assert [sku["is_active"] for sku in priced if sku["code"] != "LJ-50"] == [False]
    assert api.call("PATCH", f"products/{made['id']}/", {"state": "on_sale"}).json()["state"] == "on_sale"
    assert api.call("PATCH", f"products/{made['id']}/", {"state": "draft"}).status_code == 400
    assert api.call("PATCH", f"products/{made['id']}/", {"state": "off_shelf"}).json()["state"] == "off_shelf"
    assert api.call("PATCH", "products/999999/", {"name": "无"}).status_code == 404


@pytest.mark.parametrize("value", T12, ids=repr)
def test_t12_prices_are_yuan_and_stock_is_units(api: Api, value: Any) -> None:
    sku = {"specs": {}, "price": "50.00"}
    wrong = [{**sku, "price": value}]
    if value != 0:
        wrong += [{**sku, "weight_g": value}, {**sku, "stock": value}, {**sku, "safety_stock": value}]
    for given in wrong:
        assert api.post("products/", new_product(options=[], skus=[given])).status_code == 400
    assert api.post("products/", new_product(category=value)).status_code == 400
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": 1},
        {"category": 999_999},
        {"brand": 999_999},
        {"skus": []},
        {"skus": None},
        {"skus": [{"specs": {"规格": "1kg"}, "price": "1.00"}]},
        {"skus": [{"specs": {"规格": "50g"}, "price": "1.00"}] * 2},
        {"options": "规格"},
        {"options": [{"name": str(n), "values": ["a"]} for n in range(4)]},
        {"options": [{"name": "规格", "values": [str(n) for n in range(201)]}]},
        {"slug": "../x"},
        {"audience": "robots"},
        {"attributes": [{"name": "产地"}]},
        {"state": "gone"},
        {"state": "off_shelf"},
        {"limit_per_order": -1},
    ],
    ids=lambda change: str(change)[:60],
)
def test_t12_an_impossible_product_is_refused(api: Api, change: dict[str, Any]) -> None:
    assert api.post("products/", new_product(**change)).status_code == 400
    assert not Product.objects.exists()


def test_t86_at_most_200_variants_at_once(api: Api) -> None:
    skus = [{"specs": {"规格": str(n)}, "price": "1.00"} for n in range(201)]
    assert api.post("products/", new_product(skus=skus)).status_code == 400


def test_counting_the_stock_writes_a_movement(api: Api, sku: SKU) -> None:
    body = api.call("PUT", f"skus/{sku.code}/stock/", {"on_hand": 42, "reason": "盘点"}).json()
    assert (body["code"], body["on_hand"], body["sellable"]) == (sku.code, 42, 42)
    movement = StockMovement.objects.order_by("pk").last()
    assert movement
    assert (movement.on_hand_delta, movement.reason, movement.actor) == (-58, "盘点", "api:ERP")
    factory.placed((sku, 2))
    below = api.call("PUT", f"skus/{sku.code}/stock/", {"on_hand": 1, "reason": "盘点"})
    assert (below.status_code, Stock.objects.get().on_hand) == (409, 42)
    assert api.call("PUT", "skus/nothing/stock/", {"on_hand": 1, "reason": "盘点"}).status_code == 404


@pytest.mark.parametrize("value", [value for value in T12 if value != 0], ids=repr)
def test_t12_counted_stock_is_a_whole_number(api: Api, sku: SKU, value: Any) -> None:
    path = f"skus/{sku.code}/stock/"
    assert api.call("PUT", path, {"on_hand": value, "reason": "盘点"}).status_code == 400
    assert api.call("PUT", path, {"on_hand": 1}).status_code == 400
    assert Stock.objects.get().on_hand == 100


def test_members_are_masked_and_staff_is_not_among_them(api: Api) -> None:
    member = members.member()
    Member.objects.create_user("boss", is_staff=True)
    (row,) = api.get("members/").json()["results"]
    assert row["id"] == member.pk
    assert member.phone
    assert member.phone not in str(row)
    assert row["phone_masked"] == f"{member.phone[:3]}****{member.phone[-4:]}"


def test_nothing_was_ordered_by_these(api: Api) -> None:
    assert api.post("orders/").status_code == 405
    assert not Order.objects.exists()
