"""WeChat Pay orders as the real SDK sees them."""

import time

import pytest
from wechatpayv3 import WeChatPayType

from tests.simulator.shop import Shop, load


def test_jsapi_order_is_paid_and_told_within_a_second(shop: Shop) -> None:
    status, answer = shop.order("ORDER0001", total=1234)
    assert status == 200
    assert answer["prepay_id"].startswith("wx")
    started = time.monotonic()
    assert shop.control("pay", out_trade_no="ORDER0001")["trade_state"] == "SUCCESS"
    shop.wait_for(lambda: shop.of("ORDER0001"))
    assert time.monotonic() - started < 1
    notice = shop.of("ORDER0001")[0]
    assert notice["event_type"] == "TRANSACTION.SUCCESS"
    assert notice["resource"]["amount"]["total"] == 1234
    assert notice["resource"]["mchid"] == shop.keys["wxpay_mchid"]
    assert notice["resource"]["payer"] == {"openid": "sim_openid_0001"}
    assert load(shop.wxpay.query(out_trade_no="ORDER0001"))[1] == notice["resource"]
    assert load(shop.wxpay.query(transaction_id=notice["resource"]["transaction_id"]))[0] == 200


def test_native_and_h5_orders_give_addresses(shop: Shop) -> None:
    amount = {"total": 5, "currency": "CNY"}
    _, native = load(
        shop.wxpay.pay(description="茶", out_trade_no="NATIVE001", amount=amount, pay_type=WeChatPayType.NATIVE)
    )
    assert shop.http.get(native["code_url"]).status_code == 200
    scene = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
    _, h5 = load(
        shop.wxpay.pay(
            description="茶",
            out_trade_no="H5PAY0001",
            amount=amount,
            scene_info=scene,
            pay_type=WeChatPayType.H5,
        )
    )
    assert "Referer" in shop.http.get(h5["h5_url"]).text
    page = shop.http.get(h5["h5_url"], headers={"Referer": "http://127.0.0.1:8000/pay/1/"})
    assert page.status_code == 200
    assert "支付成功" in page.text
    inside = {"Referer": "http://127.0.0.1:8000/", "User-Agent": "MicroMessenger/8"}
    assert shop.http.get(h5["h5_url"], headers=inside).status_code == 400


def test_repeating_an_order_gives_a_fresh_session_and_a_changed_one_is_refused(shop: Shop) -> None:
    first, again = shop.order("REPEAT001")[1], shop.order("REPEAT001")[1]
    assert first["prepay_id"] != again["prepay_id"]
    assert shop.order("REPEAT001", total=999)[1]["code"] == "OUT_TRADE_NO_USED"
    shop.control("pay", out_trade_no="REPEAT001")
    assert shop.order("REPEAT001")[1]["code"] == "ORDERPAID"


def test_closing_stops_payment_but_not_a_late_one(shop: Shop) -> None:
    shop.order("CLOSE0001")
    assert shop.wxpay.close("CLOSE0001")[0] == 204
    assert load(shop.wxpay.query(out_trade_no="CLOSE0001"))[1]["trade_state"] == "CLOSED"
    assert shop.order("CLOSE0001")[1]["code"] == "ORDER_CLOSED"
    refused = shop.http.post("/__ctl__/pay", json={"out_trade_no": "CLOSE0001"})
    assert refused.status_code == 409
    shop.control("config", late_seconds=0.1)
    assert shop.control("pay", out_trade_no="CLOSE0001", result="late")["trade_state"] == "SUCCESS"
    shop.wait_for(lambda: shop.of("CLOSE0001"))
    assert load(shop.wxpay.close("CLOSE0001"))[1]["code"] == "ORDERPAID"


def test_failure_leaves_the_order_payable(shop: Shop) -> None:
    shop.order("FAIL00001")
    assert shop.control("pay", out_trade_no="FAIL00001", result="failure")["trade_state"] == "PAYERROR"
    assert shop.control("pay", out_trade_no="FAIL00001")["trade_state"] == "SUCCESS"


def test_lost_payment_is_only_found_by_query(shop: Shop) -> None:
    shop.order("LOST00001")
    assert shop.control("pay", out_trade_no="LOST00001", result="lost")["notifications"] == []
    assert load(shop.wxpay.query(out_trade_no="LOST00001"))[1]["trade_state"] == "SUCCESS"
    assert shop.http.get("/__ctl__/notifications", params={"ref": "LOST00001"}).json() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": {"total": "100"}}, "PARAM_ERROR"),
        ({"amount": {"total": 1, "currency": "USD"}}, "PARAM_ERROR"),
        ({"payer": {"openid": "sim_mini_openid_0001"}}, "INVALID_REQUEST"),
        ({"payer": {"openid": "nobody"}}, "PARAM_ERROR"),
        ({"notify_url": "https://shop.example/notify?a=1"}, "PARAM_ERROR"),
        ({"notify_url": "http://shop.example/notify"}, "PARAM_ERROR"),
        ({"attach": "x" * 129}, "PARAM_ERROR"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "PARAM_ERROR"),
        ({"time_expire": "tomorrow"}, "PARAM_ERROR"),
        ({"appid": "wx0000000000000000"}, "APPID_MCHID_NOT_MATCH"),
        ({"mchid": "1"}, "PARAM_ERROR"),
    ],
)
def test_field_rules(shop: Shop, changes: dict[str, object], code: str) -> None:
    status, answer = shop.order("FIELDS001", **changes)
    assert (status, answer["code"]) == (400, code)


def test_blocked_user_cannot_pay(shop: Shop) -> None:
    shop.order("BLOCKED01", payer={"openid": "sim_openid_0011"})
    answer = shop.http.post("/__ctl__/pay", json={"out_trade_no": "BLOCKED01"})
    assert answer.status_code == 409


def test_expired_order_cannot_be_paid(shop: Shop) -> None:
    shop.order("EXPIRED01")
    shop.control("clock", advance=8 * 86400)
    answer = shop.http.post("/__ctl__/pay", json={"out_trade_no": "EXPIRED01"})
    assert answer.status_code == 409
