"""Kuaidi100, Aliyun SMS and the bank gateway."""

import hashlib
import hmac
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote

import httpx

from tests.simulator.shop import Shop


def subscribe(shop: Shop, number: str, **changes: str) -> dict[str, Any]:
    param = {
        "company": "zhongtong",
        "number": number,
        "key": shop.keys["kd100_key"],
        "parameters": {"callbackurl": f"{shop.notify_base}/{number}", "salt": "SALT", "resultv2": "4"},
        **changes,
    }
    return shop.http.post("/poll", data={"schema": "json", "param": json.dumps(param)}).json()


def kd100_sign(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def track(shop: Shop, number: str, *, key: str | None = None) -> dict[str, Any]:
    param = json.dumps({"com": "zhongtong", "num": number, "resultv2": "4"})
    text = param + (key or shop.keys["kd100_key"]) + shop.keys["kd100_customer"]
    sign = kd100_sign(text)
    form = {"customer": shop.keys["kd100_customer"], "param": param, "sign": sign}
    return shop.http.post("/poll/query.do", data=form).json()


def pushes(shop: Shop, number: str) -> list[dict[str, Any]]:
    found = []
    for received in shop.of(f"/{number}"):
        form = {name: values[0] for name, values in parse_qs(received["body"].decode()).items()}
        assert form["sign"] == kd100_sign(form["param"] + "SALT")
        found.append(json.loads(form["param"]))
    return found


def test_parcel_does_nothing_until_advanced_then_pushes_each_step(shop: Shop) -> None:
    assert subscribe(shop, "ZT1")["returnCode"] == "200"
    assert subscribe(shop, "ZT1")["returnCode"] == "501"
    assert track(shop, "ZT1")["result"] is False
    time.sleep(0.15)
    assert pushes(shop, "ZT1") == []
    for count, state in enumerate(["collected", "transit", "delivering", "signed"], start=1):
        shop.control("express", tracking_no="ZT1", state=state)
        shop.wait_for(lambda: len(pushes(shop, "ZT1")) == count)  # noqa: B023
    states = [push["lastResult"]["state"] for push in pushes(shop, "ZT1")]
    assert states == ["1", "0", "5", "3"]
    last = pushes(shop, "ZT1")[-1]
    assert (last["status"], last["lastResult"]["ischeck"]) == ("shutdown", "1")
    assert len(last["lastResult"]["data"]) == 5
    assert last["lastResult"]["data"][0]["statusCode"] == "301"
    assert track(shop, "ZT1")["state"] == "3"


def test_advancing_straight_to_signed_fills_the_trace(shop: Shop) -> None:
    subscribe(shop, "ZT2")
    shop.control("express", tracking_no="ZT2", state="signed")
    shop.wait_for(lambda: pushes(shop, "ZT2"))
    assert len(pushes(shop, "ZT2")[0]["lastResult"]["data"]) == 5
    ended = shop.http.post("/__ctl__/express", json={"tracking_no": "ZT2"})
    assert ended.status_code == 409


def test_a_late_subscriber_is_told_what_happened_before(shop: Shop) -> None:
    shop.control("express", tracking_no="ZT9", state="signed")
    assert subscribe(shop, "ZT9")["returnCode"] == "200"
    shop.wait_for(lambda: pushes(shop, "ZT9"))
    (push,) = pushes(shop, "ZT9")
    assert (push["status"], push["lastResult"]["state"], len(push["lastResult"]["data"])) == ("shutdown", "3", 5)


def test_aborted_subscription_may_be_renewed(shop: Shop) -> None:
    subscribe(shop, "ZT3")
    shop.control("express", tracking_no="ZT3", state="abort")
    shop.wait_for(lambda: pushes(shop, "ZT3"))
    assert pushes(shop, "ZT3")[0]["status"] == "abort"
    assert subscribe(shop, "ZT3")["returnCode"] == "200"


def test_express_signs_and_keys_are_checked(shop: Shop) -> None:
    assert track(shop, "ZT1", key="wrong")["returnCode"] == "503"
    assert subscribe(shop, "ZT4", key="wrong")["returnCode"] == "600"
    assert subscribe(shop, "SF1", company="shunfeng")["returnCode"] == "408"


def sms(shop: Shop, *, secret: str | None = None, nonce: str | None = None, phone: str = "13800000001") -> Any:
    params = {
        "PhoneNumbers": phone,
        "SignName": "分销商城",
        "TemplateCode": "SMS_1",
        "TemplateParam": json.dumps({"code": "246810"}),
    }
    query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(params.items()))
    headers = {
        "host": shop.base.removeprefix("http://"),
        "x-acs-action": "SendSms",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce or uuid.uuid4().hex,
        "x-acs-version": "2017-05-25",
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{headers['x-acs-content-sha256']}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = (secret or shop.keys["sms_access_key_secret"]).encode()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={shop.keys['sms_access_key_id']},SignedHeaders={names},Signature={signature}"
    headers["Authorization"] = f"ACS3-HMAC-SHA256 {credential}"
    return shop.http.post(f"/?{query}", headers=headers).json()["Code"]


def test_sms_reaches_the_inbox_only_when_signed(shop: Shop) -> None:
    assert sms(shop, nonce="n1") == "OK"
    assert sms(shop, nonce="n1") == "SignatureNonceUsed"
    assert sms(shop, secret="wrong") == "SignatureDoesNotMatch"
    assert sms(shop, phone="12") == "isv.MOBILE_NUMBER_ILLEGAL"
    inbox = shop.http.get("/__ctl__/sms", params={"phone": "13800000001"}).json()
    assert [message["params"] for message in inbox] == [{"code": "246810"}]
    assert "246810" in shop.http.get("/sim/sms").text


def bank_call(shop: Shop, method: str, path: str, body: bytes = b"", *, nonce: str = "") -> httpx.Response:
    stamp, nonce = str(int(time.time())), nonce or uuid.uuid4().hex
    headers = {
        "X-Bank-Merchant": shop.keys["bank_merchant"],
        "X-Bank-Timestamp": stamp,
        "X-Bank-Nonce": nonce,
        "X-Bank-Signature": bank_sign(shop, stamp, nonce, method, path, body),
    }
    answer = shop.http.request(method, path, content=body, headers=headers)
    if answer.status_code < 400:
        check_bank(shop, answer.headers, method, path, answer.content)
    return answer


def bank_sign(shop: Shop, stamp: str, nonce: str, method: str, path: str, body: bytes) -> str:
    message = f"{stamp}\n{nonce}\n{method}\n{path}\n".encode() + body
    return hmac.new(shop.keys["bank_secret"].encode(), message, hashlib.sha256).hexdigest()


def check_bank(shop: Shop, headers: Any, method: str, path: str, body: bytes) -> None:
    signed = bank_sign(shop, headers["X-Bank-Timestamp"], headers["X-Bank-Nonce"], method, path, body)
    assert headers["X-Bank-Signature"] == signed


def payout(shop: Shop, number: str, *, account: str = "6222021234567890", amount: int = 12_345) -> Any:
    body = {
        "out_no": number,
        "amount_fen": amount,
        "account_name": "林小满",
        "account_no": account,
        "bank_name": "工商银行",
        "remark": "佣金",
        "notify_url": f"{shop.notify_base}/bank",
    }
    return bank_call(shop, "POST", "/bank/v1/transfers", json.dumps(body).encode())


def test_bank_transfer_succeeds_once_and_is_told(shop: Shop) -> None:
    assert payout(shop, "B1").status_code == 201
    assert payout(shop, "B1").status_code == 200
    assert payout(shop, "B1", amount=1).status_code == 409
    shop.wait_for(lambda: shop.of("/bank"))
    notice = shop.of("/bank")[0]
    check_bank(shop, notice["headers"], "POST", "/bank", notice["body"])
    assert json.loads(notice["body"])["state"] == "SUCCESS"
    assert bank_call(shop, "GET", "/bank/v1/transfers/B1").json()["state"] == "SUCCESS"
    assert bank_call(shop, "GET", "/bank/v1/transfers/B2").status_code == 404
    assert shop.http.get("/__ctl__/balance").json()["bank_transferred_fen"] == 12_345


def test_bank_failures_and_replays(shop: Shop) -> None:
    payout(shop, "B3", account="6222021234560000")
    shop.wait_for(lambda: shop.of("/bank"))
    assert json.loads(shop.of("/bank")[0]["body"])["fail_reason"] == "ACCOUNT_NOT_FOUND"
    payout(shop, "B4", account="6222021234569999")
    time.sleep(0.3)
    assert bank_call(shop, "GET", "/bank/v1/transfers/B4").json()["state"] == "PROCESSING"
    shop.control("bank", out_no="B4", state="SUCCESS")
    assert bank_call(shop, "GET", "/bank/v1/transfers/B4", nonce="twice").status_code == 200
    assert bank_call(shop, "GET", "/bank/v1/transfers/B4", nonce="twice").status_code == 401
