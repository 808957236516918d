"""WeChat Pay's JSON into our words. Missing fields become empty, and the comparison with our row then fails."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from payments.providers.base import (
    NoticeRejected,
    PayNotice,
    PayState,
    PayStatus,
    RefundState,
    RefundStatus,
    TransferState,
    TransferStatus,
)

PAY_STATES = {
    "SUCCESS": PayStatus.PAID,
    "REFUND": PayStatus.PAID,
    "NOTPAY": PayStatus.PENDING,
    "USERPAYING": PayStatus.PENDING,
    "ACCEPT": PayStatus.PENDING,
    "CLOSED": PayStatus.CLOSED,
    "REVOKED": PayStatus.CLOSED,
    "PAYERROR": PayStatus.FAILED,
}
REFUND_STATES = {
    "SUCCESS": RefundStatus.SUCCEEDED,
    "PROCESSING": RefundStatus.PROCESSING,
    "ABNORMAL": RefundStatus.ABNORMAL,
    "CLOSED": RefundStatus.ABNORMAL,
}
TRANSFER_STATES = {
    "WAIT_USER_CONFIRM": TransferStatus.AWAITING_USER,
    "SUCCESS": TransferStatus.SUCCEEDED,
    "FAIL": TransferStatus.FAILED,
    "CANCELLED": TransferStatus.FAILED,
}
EVENTS = {"pay": "TRANSACTION.", "refund": "REFUND.", "transfer": "MCHTRANSFER."}


def notice(kind: str, content: Mapping[str, Any], *, body: bytes, merchant: str) -> PayNotice:
    """A verified, decrypted notice. Raises NoticeRejected when it came to the door of another kind."""
    event, resource = str(content.get("event_type", "")), content.get("resource")
    if not isinstance(resource, dict) or not event.startswith(EVENTS[kind]):
        raise NoticeRejected(f"{event[:40]} at the door of {kind}")
    state: PayState | RefundState | TransferState
    if kind == "pay":
        state = payment(resource, source="notice", serial=str(content.get("id", "")), body=body)
    elif kind == "refund":
        state = refund(resource, merchant=str(resource.get("mchid", "")))
    else:
        state = transfer(resource, merchant=str(resource.get("mch_id") or resource.get("mchid") or ""))
    return PayNotice(kind=kind, event=event, state=state)


def payment(data: Mapping[str, Any], *, source: str, serial: str, body: bytes = b"") -> PayState:
    """A Transaction object, of a query or a notice."""
    amount = _dict(data.get("amount"))
    return PayState(
        no=_text(data, "out_trade_no"),
        status=PAY_STATES.get(_text(data, "trade_state"), PayStatus.PENDING),
        amount_fen=_fen(amount.get("total")),
        currency=str(amount.get("currency", "")),
        txn=_text(data, "transaction_id"),
        app=_text(data, "appid"),
        merchant=_text(data, "mchid"),
        paid_at=_time(data.get("success_time")),
        evidence={
            "source": source,
            "serial": serial,
            "hash": hashlib.sha256(body or repr(sorted(data.items())).encode()).hexdigest(),
        },
    )


def refund(data: Mapping[str, Any], *, merchant: str) -> RefundState:
    """A Refund object; notices name the state `refund_status`, answers `status`."""
    word = _text(data, "refund_status") or _text(data, "status")
    return RefundState(
        no=_text(data, "out_refund_no"),
        status=REFUND_STATES.get(word, RefundStatus.PROCESSING),
        amount_fen=_fen(_dict(data.get("amount")).get("refund")),
        payment_no=_text(data, "out_trade_no"),
        provider_id=_text(data, "refund_id"),
        merchant=merchant,
        at=_time(data.get("success_time")),
        detail=word,
    )


def transfer(data: Mapping[str, Any], *, merchant: str, amount_fen: int = 0) -> TransferState:
    """A transfer bill. The first answer repeats no amount, so the caller's own is taken."""
    word = _text(data, "state")
    return TransferState(
        no=_text(data, "out_bill_no"),
        status=TRANSFER_STATES.get(word, TransferStatus.PROCESSING),
        amount_fen=_fen(data.get("transfer_amount")) or amount_fen,
        provider_no=_text(data, "transfer_bill_no"),
        package_info=_text(data, "package_info"),
        merchant=merchant,
        reason=_text(data, "fail_reason") or (word if word == "CANCELLED" else ""),
        at=_time(data.get("update_time")),
    )


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value[:500] if isinstance(value, str) else ""


def _fen(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _time(value: Any) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None
