"""Payments whose notice is lost, late or repeated: found by asking, returned once, booked once."""

import pytest

from tests.flows.shop import Caller, Shop, eventually
from tests.flows.trade import open_payment, place

pytestmark = pytest.mark.serial


def state_of(buyer: Caller, order_no: str) -> str:
    state: str = buyer.get(f"orders/{order_no}/")["state"]
    return state


def test_a_payment_without_notice_is_found_by_asking(shop: Shop):
    buyer = shop.member("13911113331")
    order = place(buyer)
    payment = open_payment(buyer, order)
    shop.outside("pay", {"out_trade_no": payment["no"], "result": "lost"})
    eventually(lambda: state_of(buyer, order["no"]) == "approved", seconds=90)
    assert buyer.get(f"payments/{payment['no']}/")["state"] == "succeeded"
    assert not shop.listed("notifications", ref=payment["no"])


def test_t21_money_that_arrives_after_the_cancellation_goes_back_once(shop: Shop):
    buyer = shop.member("13911113332")
    order = place(buyer)
    payment = open_payment(buyer, order)
    assert buyer.post(f"orders/{order['no']}/cancel/", {"reason": "不想要了"})["state"] == "cancelled"
    shop.outside("pay", {"out_trade_no": payment["no"], "result": "late"})
    refunds = eventually(lambda: shop.listed("refunds", out_trade_no=payment["no"]), seconds=60)
    eventually(lambda: shop.listed("refunds", out_trade_no=payment["no"])[0]["status"] == "SUCCESS")
    assert state_of(buyer, order["no"]) == "cancelled"
    assert len(shop.listed("refunds", out_trade_no=payment["no"])) == len(refunds) == 1


def test_twenty_notices_are_one_payment(shop: Shop):
    buyer = shop.member("13911113333")
    order = place(buyer)
    payment = open_payment(buyer, order)
    shop.outside("pay", {"out_trade_no": payment["no"], "result": "success"})
    eventually(lambda: state_of(buyer, order["no"]) == "approved")
    answers = shop.outside("notifications/resend", {"ref": payment["no"], "kind": "duplicate", "times": 20})
    assert {attempt["status"] for attempt in answers["attempts"]} == {200}
    steps = [step["state"] for step in buyer.get(f"orders/{order['no']}/")["timeline"] if step["state"]]
    assert steps.count("paid") == 1
    assert len(buyer.get(f"orders/{order['no']}/")["payments"]) == 1
    assert not shop.listed("refunds", out_trade_no=payment["no"])
    shop.manage("audit", "--check", "PAY1,PAY2,PAY3,PAY4,PAY6,RFD1")
