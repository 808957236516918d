"""A corporate bank's transfer gateway: JSON both ways, HMAC-SHA256 both ways.

Every message carries X-Bank-Merchant, X-Bank-Timestamp, X-Bank-Nonce and X-Bank-Signature: hex HMAC-SHA256 over
`timestamp\\nnonce\\nMETHOD\\npath\\nbody`. An answer repeats the method and path it answers.
"""

import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from mall.kernel import http
from mall.kernel.errors import DomainError, ServiceUnavailable
from payments.providers.base import (
    NotConfigured,
    NotEnoughFunds,
    NoticeRejected,
    OutcomeUnknown,
    PayNotice,
    ProviderRefused,
    TransferRequest,
    TransferState,
    TransferStatus,
)

WINDOW = 300
TRANSFERS = "/bank/v1/transfers"
NOTICE_PATH = "/notify/bank/transfer/"
STATES = {"SUCCESS": TransferStatus.SUCCEEDED, "FAILED": TransferStatus.FAILED}
_ACCOUNT_NO = re.compile(r"\d{8,30}", re.ASCII)


class BankAccountInvalid(DomainError):
    """A bank transfer needs holder, number and bank."""

    code = "bank_account_invalid"
    message = _("请填写完整的开户姓名、银行卡号和开户行")


class Bank:
    """Payer and notifier of the corporate account."""

    def __init__(self) -> None:
        self.merchant: str = settings.BANK_MERCHANT

    def check(self, *, account: Mapping[str, str], amount_fen: int) -> None:
        """Raises BankAccountInvalid."""
        complete = all(account.get(name) for name in ("account_name", "account_no", "bank_name"))
        if not complete or not _ACCOUNT_NO.fullmatch(account["account_no"]):
            raise BankAccountInvalid(attr="account")

    def transfer(self, request: TransferRequest) -> TransferState:
        """The same number again is the same transfer."""
        body = {
            "out_no": request.no,
            "amount_fen": request.amount_fen,
            "account_name": request.account["account_name"],
            "account_no": request.account["account_no"],
            "bank_name": request.account["bank_name"],
            "remark": request.remark,
            "notify_url": request.notify_url,
        }
        return self._read(self._ask("POST", TRANSFERS, json.dumps(body, ensure_ascii=False).encode()))

    def query_transfer(self, no: str) -> TransferState:
        """By our number."""
        try:
            return self._read(self._ask("GET", f"{TRANSFERS}/{no}", b""))
        except ProviderRefused as refused:
            if refused.provider_code == "NOT_FOUND":
                return TransferState(no=no, status=TransferStatus.ABSENT)
            raise

    def parse_notice(self, *, kind: str, headers: Mapping[str, str], body: bytes, at: dt.datetime) -> PayNotice:
        """Proven by the HMAC over the exact bytes, the path included."""
        given = {name.lower(): value for name, value in headers.items()}
        if not _proven(given, "POST", NOTICE_PATH, body, at=int(at.timestamp())):
            raise NoticeRejected("bad signature, merchant or timestamp")
        return PayNotice(kind=kind, event="transfer", state=self._read(_object(body)))

    def _ask(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        try:
            response = http.request(method, settings.BANK_BASE + path, content=body, headers=_sign(method, path, body))
        except ServiceUnavailable as error:
            raise OutcomeUnknown(data=error.data) from error
        if not _proven(response.headers, method, path, response.content, at=int(time.time())):
            raise OutcomeUnknown(data={"reason": f"HTTP {response.status_code}, signature not proven"})
        answer = _object(response.content)
        if response.is_success:
            return answer
        code = str(answer.get("code", ""))
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or response.status_code == 429 or not code:
            raise OutcomeUnknown(data={"reason": f"HTTP {response.status_code} {code}"})
        refusal = NotEnoughFunds if code == "NOT_ENOUGH" else ProviderRefused
        raise refusal(code, str(answer.get("message", ""))[:200])

    def _read(self, data: Mapping[str, Any]) -> TransferState:
        amount = data.get("amount_fen")
        return TransferState(
            no=str(data.get("out_no", ""))[:64],
            status=STATES.get(str(data.get("state")), TransferStatus.PROCESSING),
            amount_fen=amount if isinstance(amount, int) and not isinstance(amount, bool) else 0,
            provider_no=str(data.get("bank_no", ""))[:64],
            merchant=self.merchant,
            reason=str(data.get("fail_reason") or "")[:120],
        )


def _signature(stamp: str, nonce: str, method: str, path: str, body: bytes) -> str:
    message = f"{stamp}\n{nonce}\n{method}\n{path}\n".encode() + body
    return hmac.new(settings.BANK_SECRET.encode(), message, hashlib.sha256).hexdigest()


def _sign(method: str, path: str, body: bytes) -> dict[str, str]:
    stamp, nonce = str(int(time.time())), secrets.token_hex(16)
    return {
        "Content-Type": "application/json",
        "X-Bank-Merchant": settings.BANK_MERCHANT,
        "X-Bank-Timestamp": stamp,
        "X-Bank-Nonce": nonce,
        "X-Bank-Signature": _signature(stamp, nonce, method, path, body),
    }


def _proven(headers: Mapping[str, str], method: str, path: str, body: bytes, *, at: int) -> bool:
    stamp, nonce = headers.get("x-bank-timestamp", ""), headers.get("x-bank-nonce", "")
    if headers.get("x-bank-merchant") != settings.BANK_MERCHANT or not nonce:
        return False
    if not (stamp.isascii() and stamp.isdigit()) or abs(at - int(stamp[:12])) > WINDOW:
        return False
    given = headers.get("x-bank-signature", "").encode()
    return hmac.compare_digest(given, _signature(stamp, nonce, method, path, body).encode())


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def provider() -> Bank:
    """The corporate account of the settings. Raises NotConfigured."""
    if not (settings.BANK_BASE and settings.BANK_MERCHANT and settings.BANK_SECRET):
        raise NotConfigured
    return Bank()
