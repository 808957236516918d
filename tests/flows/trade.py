"""Steps that several walks share: buy and pay, ship and sign, withdraw. All over HTTP."""

from decimal import Decimal
from typing import Any

from tests.flows.shop import Caller, Shop, eventually

TEAM = ("13800000002", "13800000003", "13800000004")
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


def place(buyer: Caller, *, quantity: int = 2) -> dict[str, Any]:
    """Quote and place; the unpaid order."""
    sku = product(buyer)["sku"]
    address = buyer.post("me/addresses/", ADDRESS, expect=201)["id"]
    wanted = {"items": [{"sku": sku["id"], "quantity": quantity}], "address": address, "delivery": "express"}
    quote = buyer.post("orders/quote/", wanted)
    order = buyer.post("orders/", {**wanted, "fingerprint": quote["fingerprint"]}, expect=201)
    assert order["payable"] == quote["payable"]
    assert order["state"] == "unpaid"
    return dict(order)


def open_payment(buyer: Caller, order: dict[str, Any]) -> dict[str, Any]:
    """A WeChat payment waiting for the payer's scan."""
    payment = buyer.post("payments/", {"order": order["no"], "method": "wechat_native"}, expect=201)
    assert payment["action"]["kind"] == "qr"
    assert (payment["state"], payment["amount"]) == ("pending", order["payable"])
    return dict(payment)


def buy(buyer: Caller, *, quantity: int = 2) -> dict[str, Any]:
    """Place and pay by WeChat through the sandbox cashier; the paid order."""
    order = place(buyer, quantity=quantity)
    payment = open_payment(buyer, order)
    Caller(buyer.http, prefix="/sandbox/").post(f"payments/{payment['no']}/", {"result": "success"})
    eventually(lambda: buyer.get(f"payments/{payment['no']}/")["state"] == "succeeded")
    eventually(lambda: buyer.get(f"orders/{order['no']}/")["state"] == "approved")
    return dict(buyer.get(f"orders/{order['no']}/"))


def commission_of(distributor: Caller, known: set[int]) -> dict[str, Any] | None:
    fresh = [row for row in distributor.get("distribution/commissions/")["results"] if row["id"] not in known]
    return fresh[0] if fresh else None


def deliver(shop: Shop, buyer: Caller, order_no: str) -> None:
    """Ship the order and let the courier hand it over."""
    tracking = f"SF{order_no[-10:]}"
    shop.merchant().post(f"orders/{order_no}/ship/", {"carrier": "SF", "tracking_no": tracking})
    shop.outside("express", {"tracking_no": tracking, "state": "signed"})
    eventually(lambda: buyer.get(f"orders/{order_no}/")["state"] == "signed", seconds=60)


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
        row
        for row in shop.listed("transfers")
        if row["state"] == "WAIT_USER_CONFIRM" and row["transfer_amount"] == fen(asked["net"])
    )
    shop.outside("transfer", {"out_bill_no": transfer["out_bill_no"], "action": "confirm"})
    eventually(lambda: state() == "paid", seconds=60)
    end = distributor.get("distribution/me/")["balances"]
    assert fen(end["paid"]) == fen(start["paid"]) + fen(asked["net"])
    assert end["withdrawing"] == start["withdrawing"]
