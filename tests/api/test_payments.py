"""`/api/v1/payments/` and coupons, as a member."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from catalog.models import SKU
from mall.kernel import clock
from marketing.models import Coupon, MemberCoupon
from members.models import Member
from payments import queries
from payments.models import Payment
from tests.api.client import ADDRESS, T12, Api, code_of
from tests.factories import catalog, members
from tests.factories import orders as factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return factory.shopper(balance_fen=50_000)


@pytest.fixture
def api(member: Member) -> Api:
    return Api(member=member)


@pytest.fixture
def sku() -> SKU:
    return catalog.sku(price_fen=10_000, on_hand=100)


def test_a_balance_pays_an_order(api: Api, member: Member, sku: SKU, drain: Any) -> None:
    order = factory.placed((sku, 1), member=member)
    response = api.post("payments/", {"order": order.no, "method": "balance"})
    assert response.status_code == 201, response.content
    body = response.json()
    assert {"no", "state", "amount", "action"} <= set(body)
    assert (body["state"], body["amount"], body["action"]["kind"]) == ("succeeded", "100.00", "none")
    assert api.get(f"payments/{body['no']}/").json()["state"] == "succeeded"
    while drain():
        pass
    detail = api.get(f"orders/{order.no}/").json()
    assert detail["state"] in ("paid", "approved")
    assert [payment["no"] for payment in detail["payments"]] == [body["no"]]
    again = api.post("payments/", {"order": order.no, "method": "balance"})
    assert again.status_code == 409


def test_too_small_a_balance_is_refused(api: Api, member: Member, sku: SKU) -> None:
    order = factory.placed((sku, 6), member=member)
    response = api.post("payments/", {"order": order.no, "method": "balance"})
    assert (response.status_code, code_of(response)) == (409, "insufficient_balance")
    assert not Payment.objects.filter(state="succeeded", ref=order.no).exists()


def test_t15_the_amount_is_the_orders_own(api: Api, member: Member, sku: SKU) -> None:
    order = factory.placed((sku, 1), member=member)
    wishes = {"amount": "0.01", "amount_fen": 1, "state": "succeeded", "member": 1, "purpose": "order"}
    body = api.post("payments/", {"order": order.no, "method": "balance", **wishes}).json()
    assert body["amount"] == "100.00"
    assert queries.wallet(member_id=member.pk).balance_fen == 40_000


@pytest.mark.parametrize("value", [*T12, "", {}, "cash", "free"], ids=repr)
def test_t12_only_known_orders_and_methods(api: Api, member: Member, sku: SKU, value: Any) -> None:
    order = factory.placed((sku, 1), member=member)
    assert api.post("payments/", {"order": order.no, "method": value}).status_code == 400
    assert api.post("payments/", {"order": value, "method": "balance"}).status_code in (400, 404)
    assert not Payment.objects.filter(ref=order.no).exists()


@pytest.mark.parametrize("method", ["alipay_wap", "alipay_page", "unionpay"])
def test_a_method_without_a_contract_is_refused(api: Api, member: Member, sku: SKU, method: str) -> None:
    order = factory.placed((sku, 1), member=member)
    response = api.post("payments/", {"order": order.no, "method": method})
    assert (response.status_code, code_of(response)) == (400, "method_unknown")


def test_t19_the_same_key_pays_once(api: Api, member: Member, sku: SKU) -> None:
    order = factory.placed((sku, 1), member=member)
    body = {"order": order.no, "method": "balance"}
    first, again = api.post("payments/", body, "pay-1"), api.post("payments/", body, "pay-1")
    assert (first.json(), again.status_code) == (again.json(), 201)
    assert api.post("payments/", {**body, "method": "wechat_h5"}, "pay-1").status_code == 422
    assert queries.wallet(member_id=member.pk).balance_fen == 40_000


def test_t78_another_members_payment_does_not_exist(api: Api, member: Member, sku: SKU) -> None:
    order = factory.placed((sku, 1), member=member)
    no = api.post("payments/", {"order": order.no, "method": "balance"}).json()["no"]
    other = Api(member=members.member())
    assert other.get(f"payments/{no}/").status_code == 404
    assert other.post("payments/", {"order": order.no, "method": "balance"}).status_code == 404


def coupon(**more: Any) -> Coupon:
    now = clock.now()
    values = {
        "starts_at": now - dt.timedelta(days=1),
        "ends_at": now + dt.timedelta(days=1),
        "total": 5,
        "valid_days": 7,
    }
    return Coupon.objects.create(name="十元券", amount_fen=1_000, threshold_fen=5_000, **(values | more))


def test_a_coupon_is_claimed_quoted_and_used(api: Api, sku: SKU) -> None:
    offered = coupon()
    (row,) = Api().get("coupons/").json()["results"]
    assert (row["id"], row["amount"], row["threshold"], row["can_claim"]) == (offered.pk, "10.00", "50.00", True)
    claimed = api.post(f"coupons/{offered.pk}/claim/")
    assert claimed.status_code == 201, claimed.content
    held = claimed.json()["id"]
    assert code_of(api.post(f"coupons/{offered.pk}/claim/")) == "limit_reached"
    assert api.get("coupons/").json()["results"][0]["can_claim"] is False
    basket = {"items": [{"sku": sku.pk, "quantity": 1}], "address": ADDRESS}
    assert [usable["id"] for usable in api.post("orders/quote/", basket).json()["usable_coupons"]] == [held]
    quote = api.post("orders/quote/", {**basket, "coupon": held}).json()
    assert (quote["discount_total"], quote["lines"][0]["adjustments"][0]["amount"]) == ("10.00", "10.00")
    order = api.post("orders/", {**basket, "coupon": held}).json()
    assert order["discount_total"] == "10.00"
    assert api.get("me/coupons/?state=used").json()["results"][0]["order"] == order["no"]
    assert api.get("me/coupons/").json()["count"] == 0
    again = api.post("orders/", {**basket, "coupon": held})
    assert (again.status_code, code_of(again)) == (409, "coupon_unusable")


def test_t78_another_members_coupon_is_unusable(api: Api, sku: SKU) -> None:
    held = api.post(f"coupons/{coupon().pk}/claim/").json()["id"]
    basket = {"items": [{"sku": sku.pk, "quantity": 1}], "address": ADDRESS, "coupon": held}
    other = Api(member=members.member())
    assert other.post("orders/quote/", basket).status_code in (404, 409)
    assert other.post("orders/", basket).status_code in (404, 409)
    assert MemberCoupon.objects.get().state == "usable"


def test_what_cannot_be_claimed(api: Api) -> None:
    assert api.post("coupons/999999/claim/").status_code == 404
    assert api.post(f"coupons/{coupon(total=0).pk}/claim/").status_code == 409
    assert Api().post(f"coupons/{coupon().pk}/claim/").status_code == 401
    assert api.client.post(f"/api/v1/coupons/{coupon().pk}/claim/").status_code == 400
    assert api.get("me/coupons/?state=lost").status_code == 400
    assert not MemberCoupon.objects.exists()


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t43_twenty_parallel_claims_give_one_coupon() -> None:
    member, offered = members.member(), coupon()

    def one(number: int) -> int:
        try:
            return int(Api(member=member).post(f"coupons/{offered.pk}/claim/", key=f"claim-{number}").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(one, range(20)))
    assert statuses == [201] + [409] * 19
    assert MemberCoupon.objects.count() == 1
