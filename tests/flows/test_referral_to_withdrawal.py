"""The main job, over HTTP against running servers: a referred purchase ends as money in three people's hands.

Follows the walk in ARCHITECTURE.md. Every figure is recomputed here from the order's own numbers.
"""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.shop import Caller, Shop, eventually

pytestmark = pytest.mark.serial

TEAM = ("13800000002", "13800000003", "13800000004")
RATES = (20, 10, 5)
ADDRESS = {
    "name": "王小明",
    "phone": "13911112222",
    "province": "广东省",
    "city": "深圳市",
    "district": "南山区",
    "street": "科技园 1 号",
    "is_default": True,
}


def fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


def product(caller: Caller) -> dict[str, Any]:
    """A product of 50 yuan or more with plenty in stock."""
    cards = caller.get("products/", in_stock="true", price_min="50", ordering="-sales")["results"]
    for card in cards:
        detail = caller.get(f"products/{card['id']}/")
        skus = [sku for sku in detail["skus"] if sku["stock"] >= 10]
        if skus:
            return {**detail, "sku": skus[0]}
    raise AssertionError("the demo has nothing to sell")


def buy(shop: Shop, buyer: Caller, *, quantity: int = 2) -> dict[str, Any]:
    """Quote, place and pay by WeChat through the sandbox cashier; the paid order."""
    sku = product(buyer)["sku"]
    address = buyer.post("me/addresses/", ADDRESS, expect=201)["id"]
    wanted = {"items": [{"sku": sku["id"], "quantity": quantity}], "address": address, "delivery": "express"}
    quote = buyer.post("orders/quote/", wanted)
    order = buyer.post("orders/", {**wanted, "fingerprint": quote["fingerprint"]}, expect=201)
    assert order["payable"] == quote["payable"]
    payment = buyer.post("payments/", {"order": order["no"], "method": "wechat_native"}, expect=201)
    assert payment["action"]["kind"] == "qr"
    sandbox = Caller(buyer.http, prefix="/sandbox/")
    sandbox.post(f"payments/{payment['no']}/", {"result": "success"})
    eventually(lambda: buyer.get(f"payments/{payment['no']}/")["state"] == "succeeded")
    eventually(lambda: buyer.get(f"orders/{order['no']}/")["state"] == "approved")
    return buyer.get(f"orders/{order['no']}/")


def commission_of(distributor: Caller, known: set[int]) -> dict[str, Any] | None:
    fresh = [row for row in distributor.get("distribution/commissions/")["results"] if row["id"] not in known]
    return fresh[0] if fresh else None


def test_a_referred_purchase_ends_as_withdrawn_money(shop: Shop):
    team = [shop.known(phone) for phone in TEAM]
    before = [{row["id"] for row in d.get("distribution/commissions/")["results"]} for d in team]
    code = team[0].get("distribution/me/")["code"]
    buyer = shop.member("13911112222", referral_code=code)
    order = buy(shop, buyer)
    base = fen(order["payable"]) - fen(order["freight"])

    rows = [eventually(lambda d=d, k=k: commission_of(d, k)) for d, k in zip(team, before, strict=True)]
    for tier, (row, rate) in enumerate(zip(rows, RATES, strict=True), start=1):
        assert (row["tier"], row["state"]) == (tier, "estimated")
        assert fen(row["amount"]) == base * rate // 100
        assert order["no"] not in json.dumps(row), "the order number is shown masked"

    merchant = shop.merchant()
    tracking = f"SF{order['no'][-10:]}"
    merchant.post(f"orders/{order['no']}/ship/", {"carrier": "SF", "tracking_no": tracking})
    eventually(lambda: buyer.get(f"orders/{order['no']}/")["state"] == "shipped")
    eventually(lambda: shop.outside("express", {"tracking_no": tracking, "state": "signed"}))
    eventually(lambda: buyer.get(f"orders/{order['no']}/")["state"] == "signed", seconds=60)
    parcels = buyer.get(f"orders/{order['no']}/tracking/")["parcels"]
    assert parcels[0]["state"] == "signed"
    assert parcels[0]["events"]

    eventually(lambda: commission_of(team[0], before[0])["state"] == "frozen")
    available = [fen(d.get("distribution/me/")["balances"]["withdrawable"]) for d in team]
    as_of = (dt.datetime.now(dt.UTC) + dt.timedelta(days=70)).isoformat()
    assert "0 写入" in shop.manage("settle_commissions", "--as-of", as_of, "--dry-run")
    assert [fen(d.get("distribution/me/")["balances"]["withdrawable"]) for d in team] == available
    shop.manage("settle_commissions", "--as-of", as_of)
    for distributor, known, row, had in zip(team, before, rows, available, strict=True):
        assert commission_of(distributor, known)["state"] == "settled"
        gained = fen(distributor.get("distribution/me/")["balances"]["withdrawable"]) - had
        assert gained >= fen(row["amount"])

    explanation = team[0].get(f"distribution/commissions/{rows[0]['id']}/explanation/")
    assert explanation["rate"] in ("20", "20.0000", "20.00")
    assert sum(fen(line["base"]) for line in explanation["base"]["lines"]) == base
    explained = json.loads(shop.manage("explain_commission", order["no"], "--json"))
    assert str(base * 20 // 100) in json.dumps(explained) or rows[0]["amount"] in json.dumps(explained)

    withdraw_through_wechat(shop, team[0])
    shop.manage("audit")


def withdraw_through_wechat(shop: Shop, distributor: Caller) -> None:
    """Request, approve, confirm in WeChat; the money leaves `withdrawable` for `paid` exactly once."""
    start = distributor.get("distribution/me/")["balances"]
    amount = f"{min(fen(start['withdrawable']), 20000) / 100:.2f}"
    asked = distributor.post("distribution/withdrawals/", {"amount": amount, "channel": "wechat"}, expect=201)
    held = distributor.get("distribution/me/")["balances"]
    assert fen(held["withdrawable"]) == fen(start["withdrawable"]) - fen(amount)
    assert fen(held["withdrawing"]) == fen(start["withdrawing"]) + fen(amount)
    again = distributor.post("distribution/withdrawals/", {"amount": "10.00", "channel": "wechat"}, expect=409)
    assert again["errors"][0]["code"] == "withdrawal_pending"

    shop.merchant().post(f"distribution/withdrawals/{asked['no']}/approve/", {})

    def state() -> str:
        return distributor.get(f"distribution/withdrawals/{asked['no']}/")["state"]

    eventually(lambda: state() == "awaiting_user", seconds=60)
    transfer = next(
        row for row in _transfers(shop) if row["amount"] == fen(asked["net"]) and row["state"] == "WAIT_USER_CONFIRM"
    )
    shop.outside("transfer", {"out_bill_no": transfer["out_bill_no"], "action": "confirm"})
    eventually(lambda: state() == "paid", seconds=60)
    end = distributor.get("distribution/me/")["balances"]
    assert fen(end["paid"]) == fen(start["paid"]) + fen(amount)
    assert end["withdrawing"] == start["withdrawing"]


def _transfers(shop: Shop) -> list[dict[str, Any]]:
    client = Caller(shop.anonymous().http, prefix=f"{shop.settings['SIMULATOR_URL']}/__ctl__/")
    return list(client.get("transfers"))
