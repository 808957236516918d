"""Codes by SMS: hashed, short-lived, counted, and sent signed."""

import datetime as dt
import hashlib
import hmac
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection

from mall.kernel import clock
from mall.kernel.errors import RateLimited
from members.models import SmsCode
from members.services import sms
from tests.factories import members as factory

MINUTE = dt.timedelta(minutes=1)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.fixture
def real(settings: Any) -> None:
    settings.SANDBOX = False


def sent(phone: str, at: dt.datetime, purpose: str = "login") -> str:
    """Request a code and return what the provider would be told."""
    assert sms.send_code(phone=phone, purpose=purpose, ip=factory.ip(), at=at) == 300
    return sms._derive(SmsCode.objects.filter(phone=phone).latest("pk").seed)


@pytest.mark.django_db
@pytest.mark.usefixtures("real")
def test_t80_a_code_works_once_for_its_phone_and_purpose() -> None:
    at, phone, other = clock.now(), factory.phone(), factory.phone()
    code = sent(phone, at)
    assert len(code) == 6
    for attempt in ({"phone": other, "purpose": "login"}, {"phone": phone, "purpose": "withdraw"}):
        with pytest.raises(sms.CodeExpired):
            sms.spend_code(**attempt, code=code, at=at)
    sms.spend_code(phone=phone, purpose="login", code=code, at=at)
    with pytest.raises(sms.CodeExpired):
        sms.spend_code(phone=phone, purpose="login", code=code, at=at)


@pytest.mark.django_db
@pytest.mark.usefixtures("real")
def test_t80_five_minutes_and_five_tries() -> None:
    at, phone = clock.now(), factory.phone()
    code = sent(phone, at)
    with pytest.raises(sms.CodeExpired):
        sms.spend_code(phone=phone, purpose="login", code=code, at=at + 5 * MINUTE)
    left = []
    for _ in range(5):
        with pytest.raises(sms.CodeWrong) as refusal:
            sms.spend_code(phone=phone, purpose="login", code=wrong(code), at=at)
        left.append(refusal.value.data["tries_left"])
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(sms.CodeExpired):
        sms.spend_code(phone=phone, purpose="login", code=code, at=at)


@pytest.mark.django_db
@pytest.mark.usefixtures("real")
def test_t80_one_a_minute_and_ten_a_day() -> None:
    at, phone = clock.now(), factory.phone()
    for number in range(10):
        sent(phone, at + number * MINUTE)
        with pytest.raises(RateLimited) as refusal:
            sms.send_code(phone=phone, purpose="login", ip=factory.ip(), at=at + number * MINUTE + MINUTE / 2)
        assert 29 <= refusal.value.data["retry_after"] <= 31
    with pytest.raises(RateLimited):
        sms.send_code(phone=phone, purpose="withdraw", ip=factory.ip(), at=at + 20 * MINUTE)
    sent(phone, at + dt.timedelta(days=1, seconds=1))


@pytest.mark.django_db
def test_t80_a_ceiling_per_address(settings: Any) -> None:
    settings.SMS_IP_LIMIT = "3/hour"
    ip = factory.ip()
    for _ in range(3):
        sms.send_code(phone=factory.phone(), purpose="login", ip=ip, at=clock.now())
    with pytest.raises(RateLimited):
        sms.send_code(phone=factory.phone(), purpose="login", ip=ip, at=clock.now())


@pytest.mark.django_db
@pytest.mark.usefixtures("real")
def test_t80_neither_row_nor_log_holds_the_code(caplog: pytest.LogCaptureFixture) -> None:
    at, phone = clock.now(), factory.phone()
    code = sent(phone, at)
    row = SmsCode.objects.get(phone=phone)
    assert code not in {row.seed, row.code_hash}
    assert code not in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real")
def test_t80_parallel_guesses_are_all_counted() -> None:
    at, phone = clock.now(), factory.phone()
    code = sent(phone, at)

    def guess(_: int) -> type[Exception]:
        try:
            sms.spend_code(phone=phone, purpose="login", code=wrong(code), at=at)
        except (sms.CodeWrong, sms.CodeExpired) as error:
            return type(error)
        finally:
            connection.close()
        raise AssertionError("a wrong code was accepted")

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(guess, range(20)))
    assert answers.count(sms.CodeWrong) == 5
    assert answers.count(sms.CodeExpired) == 15


class Provider(BaseHTTPRequestHandler):
    """Checks the ACS3 signature from the raw request, as Aliyun documents it."""

    received: list[dict[str, str]]
    secret = "sms-secret"

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        header = self.headers["Authorization"]
        names = header.split("SignedHeaders=")[1].split(",")[0]
        lines = "".join(f"{name}:{self.headers[name]}\n" for name in names.split(";"))
        empty = hashlib.sha256(b"").hexdigest()
        canonical = f"POST\n/\n{url.query}\n{lines}\n{names}\n{empty}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        expected = hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest()
        valid = header.endswith(f"Signature={expected}") and "host" in names
        self.received.append(dict(parse_qsl(url.query)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"Code":"OK","BizId":"b1"}' if valid else b'{"Code":"SignatureDoesNotMatch"}')

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.mark.django_db
@pytest.mark.usefixtures("real")
def test_a_code_is_sent_once_and_signed(settings: Any) -> None:
    Provider.received = []
    server = HTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_BASE = f"http://127.0.0.1:{server.server_port}"
    settings.SMS_ACCESS_KEY_ID, settings.SMS_ACCESS_KEY_SECRET = "key", Provider.secret
    settings.SMS_SIGN_NAME = "良品 集*~"
    at, phone = clock.now(), factory.phone()
    code = sent(phone, at)
    row = SmsCode.objects.get(phone=phone)
    sms.deliver(code_id=row.pk, at=at)
    sms.deliver(code_id=row.pk, at=at)
    server.shutdown()
    server.server_close()
    assert len(Provider.received) == 1
    message = Provider.received[0]
    assert (message["PhoneNumbers"], message["TemplateParam"]) == (phone, f'{{"code": "{code}"}}')
    row.refresh_from_db()
    assert row.sent_at == at
