"""One-time codes by SMS: six digits, five minutes, five tries, one use, for one phone and one purpose.

The code is derived from the row's random seed with the server's key, so neither the database, the queue nor a log
ever holds it.
"""

import datetime as dt
import hashlib
import hmac
import secrets

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mall.kernel import ratelimit
from mall.kernel.errors import DomainError, RateLimited
from mall.kernel.transactions import remote, step, use_case
from members import sms
from members.models import SmsCode

LIFE = dt.timedelta(minutes=5)
PAUSE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
PER_DAY = 10
TRIES = 5


class CodeWrong(DomainError):
    """The code does not match; `data["tries_left"]` says how often one may still try."""

    code = "sms_code_wrong"
    status = 400
    message = _("验证码不正确")


class CodeExpired(DomainError):
    """No live code: never sent, too old, used, or tried too often."""

    code = "sms_code_expired"
    status = 400
    message = _("验证码已失效，请重新获取")


def send_code(*, phone: str, purpose: str, ip: str, at: dt.datetime) -> int:
    """Send a code to `phone`; returns its life in seconds. Raises RateLimited (1 a minute, 10 a day, a ceiling per IP)."""
    ratelimit.hit(settings.SMS_IP_LIMIT, "sms-ip", ip)
    _store(phone=phone, purpose=purpose, at=at)
    return int(LIFE.total_seconds())


@use_case
def _store(*, phone: str, purpose: str, at: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sms:{phone}"])
    sent = list(
        SmsCode.objects.filter(phone=phone, created_at__gt=at - DAY).order_by("created_at").values_list("created_at")
    )
    if sent and sent[-1][0] > at - PAUSE:
        raise RateLimited(data={"retry_after": _seconds_until(sent[-1][0] + PAUSE, at)})
    if len(sent) >= PER_DAY:
        raise RateLimited(
            _t("今天的验证码已发完，请明天再试"), data={"retry_after": _seconds_until(sent[-PER_DAY][0] + DAY, at)}
        )
    seed = secrets.token_hex(16)
    row = SmsCode.objects.create(
        phone=phone,
        purpose=purpose,
        seed=seed,
        code_hash=_hash(phone, purpose, _derive(seed)),
        expires_at=at + LIFE,
        created_at=at,
    )
    transaction.on_commit(
        lambda: current_app.send_task("members.tasks.send_sms", [row.pk], ignore_result=True, retry=False), robust=True
    )


@remote
def deliver(*, code_id: int, at: dt.datetime) -> None:
    """Hand one stored code to the provider. Repeats and codes past their life are no-ops. Raises ServiceUnavailable."""
    row = SmsCode.objects.filter(pk=code_id, sent_at=None, used_at=None, expires_at__gt=at).first()
    if row is None:
        return
    sms.send(phone=row.phone, code=_derive(row.seed), out_id=str(row.pk))
    _mark_sent(code_id=row.pk, at=at)


@use_case
def _mark_sent(*, code_id: int, at: dt.datetime) -> None:
    SmsCode.objects.filter(pk=code_id).update(sent_at=at)


def spend_code(*, phone: str, purpose: str, code: str, at: dt.datetime) -> None:
    """Use up the latest code of `phone` for `purpose`. Raises CodeWrong, CodeExpired.

    Runs in its own transaction, so that a wrong try counts whatever the caller does next.
    """
    tries_left = _try(phone=phone, purpose=purpose, code=code, at=at)
    if tries_left is not None:
        raise CodeWrong(_t("验证码不正确，还可以试 %d 次") % tries_left, attr="code", data={"tries_left": tries_left})


@use_case
def _try(*, phone: str, purpose: str, code: str, at: dt.datetime) -> int | None:
    """None when the code matched, else how many tries are left."""
    row = _latest(phone=phone, purpose=purpose)
    if row is None or row.used_at or row.expires_at <= at or row.tries >= TRIES:
        raise CodeExpired(attr="code")
    if constant_time_compare(row.code_hash, _hash(phone, purpose, code)):
        SmsCode.objects.filter(pk=row.pk).update(used_at=at)
        return None
    SmsCode.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
    return TRIES - row.tries - 1


@step
def _latest(*, phone: str, purpose: str) -> SmsCode | None:
    rows = SmsCode.objects.select_for_update().filter(phone=phone, purpose=purpose)
    return rows.order_by("-created_at", "-pk").first()


def _seconds_until(moment: dt.datetime, at: dt.datetime) -> int:
    return max(1, int((moment - at).total_seconds()) + 1)


def _derive(seed: str) -> str:
    if settings.SANDBOX:
        return str(settings.SANDBOX_SMS_CODE)
    number = int.from_bytes(hmac.digest(_key(), f"code:{seed}".encode(), "sha256")[:8])
    return f"{number % 1_000_000:06d}"


def _hash(phone: str, purpose: str, code: str) -> str:
    return hmac.new(_key(), f"hash:{purpose}:{phone}:{code}".encode(), hashlib.sha256).hexdigest()


def _key() -> bytes:
    return hashlib.sha256(f"members.sms:{settings.SECRET_KEY}".encode()).digest()
