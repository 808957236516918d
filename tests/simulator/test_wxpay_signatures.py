"""The door of WeChat Pay: bad requests stay out, answers and notices are signed."""

import json
import time
import uuid

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpayv3.utils import build_authorization, load_private_key

from tests.simulator.shop import Shop, load

PATH = "/v3/pay/transactions/out-trade-no/NOBODY001?mchid={}"


def signed(shop: Shop, *, path: str, nonce: str | None = None) -> str:
    key = load_private_key(shop.keys["wxpay_private_key"])
    return build_authorization(path, "GET", shop.keys["wxpay_mchid"], shop.keys["wxpay_serial"], key, nonce_str=nonce)


def test_wrong_key_is_refused(shop: Shop) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = stranger.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    client = shop.pay_client(wxpay_private_key=pem.decode())
    status, answer = load(client.query(out_trade_no="NOBODY001"))
    assert (status, answer["code"]) == (401, "SIGN_ERROR")
    assert load(shop.wxpay.query(out_trade_no="NOBODY001")) == (
        404,
        {"code": "ORDER_NOT_EXIST", "message": "订单不存在"},
    )


def test_signature_covers_the_exact_target(shop: Shop) -> None:
    path = PATH.format(shop.keys["wxpay_mchid"])
    for sent, status in ((path, 404), (path + "&x=1", 401), (path.replace("NOBODY", "SOMEONE"), 401)):
        answer = shop.http.get(sent, headers={"Authorization": signed(shop, path=path)})
        assert answer.status_code == status


def test_repeated_nonce_is_refused(shop: Shop) -> None:
    path, nonce = PATH.format(shop.keys["wxpay_mchid"]), uuid.uuid4().hex
    header = {"Authorization": signed(shop, path=path, nonce=nonce)}
    assert shop.http.get(path, headers=header).status_code == 404
    assert shop.http.get(path, headers=header).status_code == 401


def test_time_more_than_five_minutes_off_is_refused(shop: Shop) -> None:
    shop.control("clock", skew=301)
    assert shop.wxpay.query(out_trade_no="NOBODY001")[0] == 401
    shop.control("clock", skew=0)
    assert shop.wxpay.query(out_trade_no="NOBODY001")[0] == 404


def test_business_time_moves_without_breaking_signatures(shop: Shop) -> None:
    shop.control("clock", advance=86400)
    assert shop.wxpay.query(out_trade_no="NOBODY001")[0] == 404


def test_missing_authorization_is_refused(shop: Shop) -> None:
    assert shop.http.get(PATH.format("1")).json()["code"] == "SIGN_ERROR"


def test_certificate_mode_works(shop: Shop) -> None:
    client = shop.pay_client()
    client._core._public_key_id = None
    client._core._public_key = None
    client._core._update_certificates()
    assert len(client._core._certificates) == 1
    shop.order("CERTMODE1")
    status, answer = load(client.query(out_trade_no="CERTMODE1"))
    assert (status, answer["trade_state"]) == (200, "NOTPAY")


@pytest.mark.parametrize("kind", ["unsigned", "badly_signed"])
def test_unsigned_answer_raises_in_the_sdk_though_the_order_exists(shop: Shop, kind: str) -> None:
    shop.control("faults", endpoint="/v3/pay/transactions/jsapi", kind=kind)
    with pytest.raises(Exception, match=r"signature|algorithm"):
        shop.order("UNSIGNED1")
    assert load(shop.wxpay.query(out_trade_no="UNSIGNED1"))[0] == 200


def test_t27_cut_after_processing_leaves_one_order(shop: Shop) -> None:
    shop.control("faults", endpoint="/v3/pay/transactions/jsapi", kind="cut_after")
    with pytest.raises(OSError, match="onnection"):
        shop.order("CUTAFTER1")
    assert shop.order("CUTAFTER1")[0] == 200
    assert len(shop.http.get("/__ctl__/orders").json()) == 1


def test_timeout_processes_nothing(shop: Shop) -> None:
    shop.control("faults", endpoint="/v3/pay/", kind="timeout", seconds=0.2)
    with pytest.raises(OSError, match="onnection"):
        shop.order("TIMEOUT01")
    assert shop.wxpay.query(out_trade_no="TIMEOUT01")[0] == 404


def test_error_faults_count_down(shop: Shop) -> None:
    shop.control("faults", endpoint="/v3/pay/", kind="error500", times=2)
    assert [shop.order("ERROR5001")[0] for _ in range(3)] == [500, 500, 200]
    shop.control("faults", endpoint="/v3/pay/", kind="error", status=429, body={"code": "FREQUENCY_LIMITED"})
    assert shop.order("ERROR5001")[0] == 429
    log = shop.http.get("/__ctl__/log").json()
    assert [row["fault"] for row in log if row["fault"]] == ["error500", "error500", "error"]


def test_retries_follow_the_table_until_the_shop_takes_the_notice(shop: Shop) -> None:
    shop.answers.extend([500, 400])
    shop.order("RETRIES01")
    key = shop.control("pay", out_trade_no="RETRIES01")["notifications"][0]
    shop.wait_for(lambda: shop.of("RETRIES01"))
    shop.wait_for(lambda: notice(shop, key)["state"] == "delivered")
    assert [attempt["status"] for attempt in notice(shop, key)["attempts"]] == [500, 400, 200]  # type: ignore[attr-defined]


def notice(shop: Shop, key: str) -> dict[str, object]:
    return shop.http.get("/__ctl__/notifications", params={"id": key}).json()[0]


def test_notice_for_another_host_goes_to_the_shop(shop: Shop) -> None:
    shop.order("FOREIGN01", notify_url="https://shop.example/wechat")
    shop.control("pay", out_trade_no="FOREIGN01")
    shop.wait_for(lambda: shop.of("FOREIGN01"))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("forged", 401),
        ("altered_body", 401),
        ("unknown_serial", 401),
        ("old_timestamp", 401),
        ("missing_headers", 401),
        ("signtest", 401),
        ("huge_body", 401),
        ("duplicate", 200),
        ("wrong_amount", 200),
        ("wrong_mch", 200),
        ("wrong_appid", 200),
        ("unknown_order", 200),
        ("unpaid", 200),
    ],
)
def test_t28_tampered_notices(shop: Shop, kind: str, status: int) -> None:
    """A signature check alone stops the first group; the second needs its content compared."""
    shop.paid("TAMPER001")
    original = shop.of("TAMPER001")[0]["resource"]
    sent = shop.control("notifications/resend", ref="TAMPER001", kind=kind)
    assert [attempt["status"] for attempt in sent["attempts"]] == [status]
    if status == 200:
        changed = shop.received[-1]["resource"]
        assert (changed == original) == (kind == "duplicate")


def test_t24_twenty_copies_at_once(shop: Shop) -> None:
    shop.paid("TWENTY001")
    sent = shop.control("notifications/resend", ref="TWENTY001", kind="duplicate", times=20)
    assert [attempt["status"] for attempt in sent["attempts"]] == [200] * 20
    assert len({notice["id"] for notice in shop.of("TWENTY001")}) == 1


def test_duplicate_result_sends_the_same_notice_twice(shop: Shop) -> None:
    shop.order("DOUBLE001")
    shop.control("pay", out_trade_no="DOUBLE001", result="duplicate")
    shop.wait_for(lambda: len(shop.of("DOUBLE001")) == 2)
    time.sleep(0.1)
    assert len(shop.of("DOUBLE001")) == 2
    assert json.dumps(shop.of("DOUBLE001")[0]) == json.dumps(shop.of("DOUBLE001")[1])
