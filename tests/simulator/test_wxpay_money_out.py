"""Refunds, merchant transfers and bills through the real SDK."""

import csv
import gzip
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator.clock import SHANGHAI
from tests.simulator.shop import Shop, load

INFOS = [
    {"info_type": "岗位类型", "info_content": "推广员"},
    {"info_type": "报酬说明", "info_content": "推广佣金"},
]


def refund(shop: Shop, number: str, order: str, amount: int, *, total: int = 1000) -> Any:
    money = {"refund": amount, "total": total, "currency": "CNY"}
    return load(shop.wxpay.refund(out_refund_no=number, out_trade_no=order, amount=money))


def transfer(shop: Shop, number: str, amount: int = 500, **changes: Any) -> Any:
    fields = {
        "out_bill_no": number,
        "transfer_scene_id": "1005",
        "openid": "sim_openid_0002",
        "transfer_amount": amount,
        "transfer_remark": "佣金提现",
        "transfer_scene_report_infos": INFOS,
        **changes,
    }
    return load(shop.wxpay.mch_transfer_bills(**fields))


def balance(shop: Shop) -> dict[str, int]:
    return shop.http.get("/__ctl__/balance").json()


def test_refund_is_processing_then_told(shop: Shop) -> None:
    shop.paid("REFUND001")
    status, answer = refund(shop, "R1", "REFUND001", 300)
    assert (status, answer["status"]) == (200, "PROCESSING")
    shop.wait_for(lambda: shop.of("R1"))
    notice = shop.of("R1")[0]
    assert notice["event_type"] == "REFUND.SUCCESS"
    assert notice["resource"]["refund_status"] == "SUCCESS"
    assert notice["resource"]["amount"]["refund"] == 300
    assert load(shop.wxpay.query_refund("R1"))[1]["status"] == "SUCCESS"
    assert load(shop.wxpay.query(out_trade_no="REFUND001"))[1]["trade_state"] == "REFUND"
    assert balance(shop)["balance_fen"] == 700


def test_t38_same_refund_number_is_one_refund(shop: Shop) -> None:
    shop.paid("REFUND002")
    first, again = refund(shop, "R2", "REFUND002", 600)[1], refund(shop, "R2", "REFUND002", 600)[1]
    assert first["refund_id"] == again["refund_id"]
    assert refund(shop, "R2", "REFUND002", 500)[1]["code"] == "INVALID_REQUEST"
    shop.wait_for(lambda: balance(shop)["refunds"] == 1)
    assert balance(shop)["refunded_fen"] == 600


def test_t37_refunds_never_exceed_the_payment(shop: Shop) -> None:
    shop.paid("REFUND003")
    assert refund(shop, "R3A", "REFUND003", 600)[0] == 200
    assert refund(shop, "R3B", "REFUND003", 401)[1]["code"] == "INVALID_REQUEST"
    assert refund(shop, "R3C", "REFUND003", 400, total=999)[1]["code"] == "INVALID_REQUEST"
    assert refund(shop, "R3D", "REFUND003", 400)[0] == 200


def test_refund_refusals(shop: Shop) -> None:
    shop.order("UNPAID001")
    assert refund(shop, "R4", "UNPAID001", 1)[1]["code"] == "TRADE_ERROR"
    assert refund(shop, "R5", "NOSUCHORDER", 1)[0] == 404
    shop.paid("REFUND004")
    shop.control("config", opening_fen=-1000)
    assert refund(shop, "R6", "REFUND004", 1)[1]["code"] == "NOT_ENOUGH"
    shop.control("config", opening_fen=0)
    assert refund(shop, "R6", "REFUND004", 1)[0] == 200


def test_payment_of_the_past_can_be_refunded(shop: Shop) -> None:
    past = {"out_trade_no": "HISTORY01", "total": 5000, "success_time": "2026-01-31T10:00:00+08:00"}
    assert shop.control("orders", **past)["trade_state"] == "SUCCESS"
    assert shop.control("orders", **{**past, "total": 1})["total"] == 5000
    moment = datetime.fromisoformat(past["success_time"]) + timedelta(days=30)
    shop.control("clock", set=moment.isoformat())
    assert refund(shop, "HR1", "HISTORY01", 5000, total=5000)[0] == 200
    shop.wait_for(lambda: balance(shop)["refunded_fen"] == 5000)
    assert shop.of("HISTORY01") == []
    wrong = shop.http.post("/__ctl__/orders", json={**past, "out_trade_no": "HISTORY02", "total": "1"})
    assert wrong.status_code == 400


def test_abnormal_refund_can_be_applied_again(shop: Shop) -> None:
    shop.paid("REFUND005")
    shop.control("config", auto_refund=False)
    refund_id = refund(shop, "R7", "REFUND005", 100)[1]["refund_id"]
    shop.control("refund", out_refund_no="R7", status="ABNORMAL")
    shop.wait_for(lambda: shop.of("R7"))
    assert shop.of("R7")[0]["event_type"] == "REFUND.ABNORMAL"
    answer = shop.wxpay.abnormal_refund(refund_id, "R7", "MERCHANT_BANK_CARD")
    assert load(answer)[1]["status"] == "PROCESSING"
    shop.wait_for(lambda: len(shop.of("R7")) == 2)
    assert shop.of("R7")[1]["event_type"] == "REFUND.SUCCESS"


def test_transfer_waits_for_the_receiver_on_the_linked_page(shop: Shop) -> None:
    status, answer = transfer(shop, "W1")
    assert (status, answer["state"]) == (200, "WAIT_USER_CONFIRM")
    page = shop.http.get(answer["package_info"])
    assert "确认收款" in page.text
    assert "¥</small>5.00" in page.text
    token = answer["package_info"].partition("package=")[2]
    assert "已确认收款" in shop.http.post("/sim/transfer/confirm", data={"package": token}).text
    shop.wait_for(lambda: shop.of("W1"))
    notice = shop.of("W1")[0]
    assert notice["event_type"] == "MCHTRANSFER.BILL.FINISHED"
    assert notice["resource"]["state"] == "SUCCESS"
    assert notice["resource"]["mch_id"] == shop.keys["wxpay_mchid"]
    assert load(shop.wxpay.mch_transfer_bills_query(out_bill_no="W1"))[1]["state"] == "SUCCESS"
    assert shop.http.post("/sim/transfer/confirm", data={"package": token}).status_code == 409
    assert balance(shop)["transferred_fen"] == 500


def test_t61_same_transfer_number_pays_once(shop: Shop) -> None:
    numbers = {transfer(shop, "W2")[1]["transfer_bill_no"] for _ in range(3)}
    assert len(numbers) == 1
    assert transfer(shop, "W2", 501)[1]["code"] == "INVALID_REQUEST"
    shop.control("transfer", out_bill_no="W2")
    shop.wait_for(lambda: balance(shop)["transfers"] == 1)
    assert transfer(shop, "W2")[1]["state"] == "SUCCESS"
    assert balance(shop)["transferred_fen"] == 500


def test_unconfirmed_transfer_ends_after_a_day(shop: Shop) -> None:
    transfer(shop, "W3")
    shop.control("clock", advance=86401)
    shop.wait_for(lambda: shop.of("W3"))
    assert shop.of("W3")[0]["resource"]["fail_reason"] == "OVERDUE_CLOSE"


def test_cancel_and_confirm_cannot_both_win(shop: Shop) -> None:
    transfer(shop, "W4")
    assert load(shop.wxpay.mch_transfer_bills_cancel("W4"))[1]["state"] == "CANCELING"
    assert shop.http.post("/__ctl__/transfer", json={"out_bill_no": "W4"}).status_code == 409
    shop.wait_for(lambda: shop.of("W4"))
    assert shop.of("W4")[0]["resource"]["state"] == "CANCELLED"
    transfer(shop, "W5")
    shop.control("transfer", out_bill_no="W5")
    assert load(shop.wxpay.mch_transfer_bills_cancel("W5"))[0] == 400


def test_transfer_fails_for_wrong_name_and_frozen_account(shop: Shop) -> None:
    shop.control("users", openid="sim_openid_0002", real_name="林小满")
    assert transfer(shop, "W6", user_name="王大力")[1]["state"] == "ACCEPTED"
    shop.wait_for(lambda: shop.of("W6"))
    assert shop.of("W6")[0]["resource"]["fail_reason"] == "NAME_NOT_CORRECT"
    assert transfer(shop, "W7", user_name="林小满")[1]["state"] == "WAIT_USER_CONFIRM"
    transfer(shop, "W8", openid="sim_openid_0011")
    shop.control("transfer", out_bill_no="W8")
    shop.wait_for(lambda: shop.of("W8"))
    assert shop.of("W8")[0]["resource"]["fail_reason"] == "ACCOUNT_FROZEN"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 9}, "PARAM_ERROR"),
        ({"transfer_scene_report_infos": INFOS[:1]}, "PARAM_ERROR"),
        ({"transfer_scene_id": "9999"}, "INVALID_REQUEST"),
        ({"user_recv_perception": "恭喜发财"}, "INVALID_REQUEST"),
        ({"openid": "nobody"}, "PARAM_ERROR"),
        ({"transfer_remark": "长" * 33}, "PARAM_ERROR"),
    ],
)
def test_transfer_field_rules(shop: Shop, changes: dict[str, Any], code: str) -> None:
    assert transfer(shop, "W9", **changes)[1]["code"] == code


def test_transfer_number_must_be_alphanumeric(shop: Shop) -> None:
    assert transfer(shop, "W-9")[1]["code"] == "PARAM_ERROR"


def test_bill_agrees_with_the_books_and_can_be_made_to_differ(shop: Shop) -> None:
    shop.paid("BILL00001", total=1000)
    shop.paid("BILL00002", total=2050)
    refund(shop, "BR1", "BILL00001", 250)
    transfer(shop, "BW1", 500)
    shop.control("transfer", out_bill_no="BW1")
    shop.wait_for(lambda: shop.of("BR1") and shop.of("BW1"))
    day = datetime.now(SHANGHAI).date().isoformat()
    assert load(shop.wxpay.trade_bill(day))[1]["code"] == "STATEMENT_CREATING"
    tomorrow = datetime.now(SHANGHAI) + timedelta(days=1)
    shop.control("clock", set=tomorrow.replace(hour=10, minute=5).isoformat())
    text = bill(shop, load(shop.wxpay.trade_bill(day))[1])
    header, *rows, _, totals = list(csv.reader(text.splitlines()))
    assert len(header) == 27
    assert {len(row) for row in rows} == {27}
    assert [value.lstrip("`") for value in totals] == [*("3", "30.50", "2.50", "0.00", "0.00000", "30.50", "2.50")]
    fund = bill(shop, load(shop.wxpay.fundflow_bill(day))[1]).splitlines()
    assert fund[-1] == "`4,`2,`30.50,`2,`7.50"

    shop.control("bills", kind="local_only", no="BILL00001")
    shop.control("bills", kind="amount", no="BILL00002", amount=2051)
    shop.control("bills", kind="channel_only", no="STRANGER1", amount=77, day=day)
    changed = bill(shop, load(shop.wxpay.trade_bill(day, bill_type="SUCCESS"))[1])
    assert "BILL00001" not in changed
    assert "`20.51" in changed
    assert "STRANGER1" in changed
    shop.control("bills", kind="hash")
    offer = load(shop.wxpay.trade_bill(day))[1]
    assert hashlib.sha1(fetch(shop, offer).encode(), usedforsecurity=False).hexdigest() != offer["hash_value"]


def fetch(shop: Shop, offer: dict[str, str]) -> str:
    status, content = shop.wxpay.download_bill(offer["download_url"])
    assert status == 200
    return gzip.decompress(content).decode()


def bill(shop: Shop, offer: dict[str, str]) -> str:
    text = fetch(shop, offer)
    assert hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() == offer["hash_value"]
    return text


def test_empty_day_has_no_bill(shop: Shop) -> None:
    shop.control("config", instant_bills=True)
    day = datetime.now(SHANGHAI).date().isoformat()
    assert json.loads(shop.wxpay.trade_bill(day)[1])["code"] == "NO_STATEMENT_EXIST"
