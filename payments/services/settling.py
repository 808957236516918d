"""The one place where collected money is booked: lock, check, settle and tell in the caller's transaction."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from mall.kernel import notices, outbox
from mall.kernel.transactions import step
from payments import states
from payments.events import PaymentSucceeded
from payments.models import Payment, UnmatchedPayment
from payments.providers import registry
from payments.providers.base import PayState

CURRENCY = "CNY"


def differences(compared: Mapping[str, tuple[Any, Any]]) -> str:
    """Name -> (got, expected) as a sentence about those that differ; empty when all agree."""
    return "; ".join(f"{name}: {got!r}, expected {want!r}" for name, (got, want) in compared.items() if got != want)


def fault(payment: Payment, state: PayState) -> str:
    """Why a proven state may not settle this payment; empty when everything agrees.

    A signature proves the sender, not the content: app, merchant, amount and currency must be ours.
    """
    app, merchant = registry.collector(payment.provider).identity(payment.method)
    return differences(
        {
            "appid": (state.app, app),
            "mchid": (state.merchant, merchant),
            "amount": (state.amount_fen, payment.amount_fen),
            "currency": (state.currency, CURRENCY),
            "transaction": (bool(state.txn), True),
        }
    )


@step
def settle(*, payment: Payment, txn: str, evidence: Mapping[str, Any], paid_at: dt.datetime, at: dt.datetime) -> bool:
    """Book a locked payment as paid and publish it; False when it already is. Raises StateConflict."""
    if payment.state == Payment.State.SUCCEEDED:
        return False
    states.check(states.PAYMENT, old=payment.state, new=Payment.State.SUCCEEDED)
    payment.state = Payment.State.SUCCEEDED
    payment.provider_txn = txn
    payment.evidence = dict(evidence)
    payment.settled_at = paid_at
    payment.next_query_at = None
    payment.save(update_fields=["state", "provider_txn", "evidence", "settled_at", "next_query_at"])
    # The shopper can still pay other attempts for the same thing: have them looked at, and closed, at once.
    rivals = Payment.objects.filter(purpose=payment.purpose, ref=payment.ref).exclude(pk=payment.pk)
    rivals.filter(state__in=[Payment.State.PENDING, Payment.State.UNKNOWN]).update(next_query_at=at)
    outbox.publish(
        PaymentSucceeded(
            payment_no=payment.no,
            purpose=payment.purpose,
            ref=payment.ref,
            amount_fen=payment.amount_fen,
            method=payment.method,
            paid_at=paid_at,
        ),
        aggregate=f"{payment.purpose}:{payment.ref}",
    )
    return True


@step
def keep_unmatched(*, provider: str, state: PayState, reason: str, at: dt.datetime) -> None:
    """Keep verified money we cannot assign, once per transaction, and tell the staff. Never settles anything."""
    txn = state.txn or f"no:{state.no}"
    UnmatchedPayment.objects.bulk_create(
        [
            UnmatchedPayment(
                provider=provider,
                provider_txn=txn[:64],
                out_no=state.no[:64],
                amount_fen=state.amount_fen,
                reason=reason[:120],
                found_at=at,
            )
        ],
        ignore_conflicts=True,
    )
    notices.post(
        kind="payment_unmatched",
        ref=f"{provider}:{txn}"[:80],
        title="有一笔收款无法入账，请人工处理",
        body=f"{state.no} · {reason}",
        url="/admin/payments/unmatchedpayment/",
    )
