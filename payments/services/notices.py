"""What providers tell us by HTTP, in a fixed order of checks.

Size → raw kept → signature, serial, time → decrypt → our row → app, merchant, amount, currency → lock → state → booked
with its event in one transaction → answer. What cannot be assigned is kept and shown to the staff, and acknowledged:
repeating it would not help. What is not proven is refused and changes nothing.
"""

import dataclasses
import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from mall.kernel import notices, ratelimit
from mall.kernel.errors import RateLimited
from mall.kernel.transactions import step, use_case
from payments.models import Payment, ProviderNotice
from payments.providers import registry
from payments.providers.base import (
    NotConfigured,
    NoticeRejected,
    PayNotice,
    PayState,
    PayStatus,
    RefundState,
    TransferState,
)
from payments.services import refunds, settling, transfers

logger = logging.getLogger(__name__)

Outcome = ProviderNotice.Outcome
MAX_BODY = 64 * 1024
KEPT_OF_FORGED = 4096
# A flood of forgeries must not fill the disk: beyond this they are only logged.
FORGERIES_KEPT = "120/minute"
KEPT_HEADERS = ("wechatpay-", "x-bank-", "content-type", "user-agent")


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoticeReply:
    """What to answer the provider: an HTTP status and a JSON object (none for 204)."""

    status: int
    body: Mapping[str, Any] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Arrival:
    """A notice as it came in."""

    provider: str
    kind: str
    headers: Mapping[str, str]
    body: bytes
    at: dt.datetime


def receive(*, provider: str, kind: str, headers: Mapping[str, str], body: bytes, at: dt.datetime) -> NoticeReply:
    """Take one notice of `kind` pay, refund or transfer. Raises MethodUnknown for a provider that does not exist."""
    if len(body) > MAX_BODY:
        return NoticeReply(status=413, body={"code": "FAIL", "message": "too large"})
    arrival = _Arrival(provider=provider, kind=kind, headers=headers, body=body, at=at)
    try:
        notice = registry.notifier(provider).parse_notice(kind=kind, headers=headers, body=body, at=at)
    except (NoticeRejected, NotConfigured) as rejected:
        _reject(arrival, detail=rejected.detail)
        return NoticeReply(status=rejected.status, body={"code": "FAIL", "message": "signature not accepted"})
    _book(arrival, notice)
    return NoticeReply(status=200, body={"code": "SUCCESS", "message": ""})


def _reject(arrival: _Arrival, *, detail: str) -> None:
    logger.warning("%s %s notice rejected: %s", arrival.provider, arrival.kind, detail)
    try:
        ratelimit.hit(FORGERIES_KEPT, "notice-rejected", arrival.provider)
    except RateLimited:
        return
    _keep_forgery(dataclasses.replace(arrival, body=arrival.body[:KEPT_OF_FORGED]), detail)


@use_case
def _keep_forgery(arrival: _Arrival, detail: str) -> None:
    _record(arrival, outcome=Outcome.REJECTED, ref="", detail=detail)


@step
def _record(arrival: _Arrival, *, outcome: str, ref: str, detail: str) -> None:
    kept = {k: _clean(v)[:600] for k, v in arrival.headers.items() if k.lower().startswith(KEPT_HEADERS)}
    ProviderNotice.objects.create(
        provider=arrival.provider,
        kind=arrival.kind,
        outcome=outcome,
        ref=_clean(ref)[:64],
        detail=_clean(detail)[:200],
        headers=kept,
        body=_clean(arrival.body.decode("utf-8", "replace")),
        received_at=arrival.at,
    )


def _clean(text: str) -> str:
    """PostgreSQL stores no NUL."""
    return text.replace("\x00", "\ufffd")


@use_case
def _book(arrival: _Arrival, notice: PayNotice) -> None:
    state, provider, at = notice.state, arrival.provider, arrival.at
    if isinstance(state, PayState):
        outcome, detail = _book_payment(provider, state, at)
    elif isinstance(state, RefundState):
        outcome, detail = _book_refund(state, at)
    else:
        outcome, detail = _book_transfer(provider, state, at)
    _record(arrival, outcome=outcome, ref=state.no, detail=detail)
    if outcome in {Outcome.MISMATCH, Outcome.UNMATCHED}:
        notices.post(
            kind=f"notice_{outcome}",
            ref=f"{provider}:{notice.kind}:{state.no}"[:80],
            title=f"{provider} {notice.kind} 通知与本地单据不符",
            body=f"{state.no} · {detail}",
            url="/admin/payments/providernotice/",
        )


@step
def _book_payment(provider: str, state: PayState, at: dt.datetime) -> tuple[str, str]:
    payment = Payment.objects.select_for_update().filter(no=state.no, provider=provider).first()
    paid = state.status == PayStatus.PAID
    if payment is None:
        if paid:
            settling.keep_unmatched(provider=provider, state=state, reason="找不到支付单", at=at)
        return Outcome.UNMATCHED, "no such payment"
    if not paid:
        # Only a success is ever announced. Believe nothing, and ask.
        if payment.next_query_at is not None:
            payment.next_query_at = at
            payment.save(update_fields=["next_query_at"])
        return Outcome.MISMATCH, f"state {state.status}"
    if reason := settling.fault(payment, state):
        settling.keep_unmatched(provider=provider, state=state, reason=reason, at=at)
        return Outcome.MISMATCH, reason
    if payment.state == Payment.State.SUCCEEDED:
        if payment.provider_txn == state.txn:
            return Outcome.REPEATED, ""
        settling.keep_unmatched(provider=provider, state=state, reason="同一支付单的另一笔交易", at=at)
        return Outcome.MISMATCH, "paid by another transaction"
    settling.settle(payment=payment, txn=state.txn, evidence=state.evidence, paid_at=state.paid_at or at, at=at)
    return Outcome.APPLIED, ""


@step
def _book_refund(state: RefundState, at: dt.datetime) -> tuple[str, str]:
    found = refunds.find_locked(refund_no=state.no)
    if found is None:
        return Outcome.UNMATCHED, "no such refund"
    payment, refund = found
    _app, merchant = registry.collector(payment.provider).identity(payment.method)
    compared = {
        "mchid": (state.merchant, merchant),
        "payment": (state.payment_no, payment.no),
        "amount": (state.amount_fen, refund.amount_fen),
    }
    if wrong := settling.differences(compared):
        return Outcome.MISMATCH, wrong
    changed = refunds.apply_locked(payment=payment, refund=refund, state=state, at=at)
    return (Outcome.APPLIED if changed else Outcome.REPEATED), state.detail


@step
def _book_transfer(channel: str, state: TransferState, at: dt.datetime) -> tuple[str, str]:
    transfer = transfers.find_locked(transfer_no=state.no)
    if transfer is None or transfer.channel != channel:
        return Outcome.UNMATCHED, "no such transfer"
    compared = {
        "mchid": (state.merchant, registry.payer(channel).merchant),
        "amount": (state.amount_fen, transfer.amount_fen),
    }
    if wrong := settling.differences(compared):
        return Outcome.MISMATCH, wrong
    changed = transfers.apply_locked(transfer=transfer, state=state, at=at)
    return (Outcome.APPLIED if changed else Outcome.REPEATED), state.reason
