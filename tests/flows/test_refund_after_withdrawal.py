"""The buyer gets the money back after the distributor withdrew the commission: a debt, which the next one repays."""

import pytest

from tests.flows.shop import Caller, Shop, eventually
from tests.flows.trade import buy, commission_of, deliver, fen

pytestmark = pytest.mark.serial


def balances(distributor: Caller) -> dict[str, int]:
    return {name: fen(yuan) for name, yuan in distributor.get("distribution/me/")["balances"].items()}


def earn(shop: Shop, buyer: Caller, distributor: Caller) -> tuple[str, int]:
    """One delivered, settled and paid-out purchase: its number and the distributor's commission in fen."""
    known = {row["id"] for row in distributor.get("distribution/commissions/")["results"]}
    order = buy(buyer)
    row = eventually(lambda: commission_of(distributor, known))
    deliver(shop, buyer, order["no"])
    eventually(lambda: commission_of(distributor, known)["state"] == "frozen")
    shop.settle()
    return order["no"], fen(row["amount"])


def promoted(shop: Shop, phone: str) -> Caller:
    """A new distributor: applied for by the member, approved by the merchant."""
    member = shop.member(phone)
    wanted = {"kind": "person", "name": "林小满", "phone": phone, "channel": "朋友圈", "agreement": True}
    asked = member.post("distribution/applications/", wanted, expect=201)
    assert asked["state"] == "submitted"
    shop.merchant().post(f"distribution/applications/{asked['id']}/approve/", {})
    return member


def withdraw_everything(shop: Shop, distributor: Caller) -> None:
    amount = distributor.get("distribution/me/")["balances"]["withdrawable"]
    asked = distributor.post("distribution/withdrawals/", {"amount": amount, "channel": "balance"}, expect=201)
    shop.merchant().post(f"distribution/withdrawals/{asked['no']}/approve/", {})
    eventually(lambda: distributor.get(f"distribution/withdrawals/{asked['no']}/")["state"] == "paid")
    assert balances(distributor)["withdrawable"] == 0


def test_t51_a_refund_after_the_withdrawal_becomes_a_debt_that_the_next_commission_repays(shop: Shop):
    distributor = promoted(shop, "13911116660")
    buyer = shop.member("13911116661", referral_code=distributor.get("distribution/me/")["code"])
    order_no, amount = earn(shop, buyer, distributor)
    assert balances(distributor)["withdrawable"] == amount
    withdraw_everything(shop, distributor)

    lines = [{"line": line["line"], "quantity": line["quantity"]} for line in buyer.get(f"orders/{order_no}/")["lines"]]
    wanted = {"kind": "refund", "lines": lines, "reason": "不想要了"}
    asked = buyer.post(f"orders/{order_no}/refunds/", wanted, expect=201)
    assert asked["state"] == "applied"
    shop.merchant().post(f"refunds/{asked['no']}/approve/", {})
    eventually(lambda: buyer.get(f"refunds/{asked['no']}/")["state"] == "refunded", seconds=60)
    eventually(lambda: balances(distributor)["debt"] == amount)
    assert balances(distributor)["withdrawable"] == 0

    _again, earned = earn(shop, buyer, distributor)
    assert earned == amount
    assert (balances(distributor)["debt"], balances(distributor)["withdrawable"]) == (0, 0)
    shop.manage("audit")
