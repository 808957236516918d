"""Giving money back to where it came from. The row is its own outbox: asked for in the caller's transaction, sent later.

The number of a refund is the provider's idempotency key for ever: a retry, after whatever failure, repeats it.
"""

import datetime as dt
import logging

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from mall.kernel import notices, numbers, outbox
from mall.kernel.errors import DomainError, NotFound, ServiceUnavailable
from mall.kernel.transactions import remote, step, use_case
from payments import states
from payments.events import RefundSucceeded
from payments.models import Payment, ProviderRefund, WalletEntry
from payments.providers import registry
from payments.providers.base import (
    NotEnoughFunds,
    ProviderRefused,
    RefundRequest,
    RefundState,
    RefundStatus,
)
from payments.services import wallets

logger = logging.getLogger(__name__)

State = ProviderRefund.State
# Seconds until a refund is looked at again, by attempts; the last repeats.
INTERVALS = (15, 60, 120, 300, 600, 1800, 3600)
BATCH = 50


class RefundTooLarge(DomainError):
    """More than what is left of the payment. `data["left_fen"]` says how much is."""

    code = "refund_too_large"
    status = 409
    message = _("退款金额超过可退金额")


class NotRefundable(DomainError):
    """No money of this payment is here to give back."""

    code = "not_refundable"
    status = 409
    message = _("这笔支付没有到账，不能退款")


@step
def request(*, payment_no: str, ref: str, amount_fen: int, reason: str, at: dt.datetime) -> str:
    """Owe `amount_fen` (> 0) of a settled payment back to the payer; our refund number for the provider.

    Balance is credited at once and RefundSucceeded published in the same transaction. The same `ref` again gives the
    same number. Raises NotFound, NotRefundable, RefundTooLarge.
    """
    payment = _lock_payment(payment_no)
    known = ProviderRefund.objects.filter(payment=payment, ref=ref).first()
    if known is not None:
        return known.no
    if payment.state != Payment.State.SUCCEEDED:
        raise NotRefundable
    left = payment.amount_fen - payment.refunding_fen - payment.refunded_fen
    if not 0 < amount_fen <= left:
        raise RefundTooLarge(data={"left_fen": left})
    payment.refunding_fen += amount_fen
    payment.save(update_fields=["refunding_fen"])
    refund = ProviderRefund.objects.create(
        no=numbers.new(numbers.PROVIDER_REFUND, at),
        payment=payment,
        ref=ref,
        amount_fen=amount_fen,
        reason=reason[:60],
        created_at=at,
        next_attempt_at=at,
    )
    if payment.provider == registry.INTERNAL:
        wallets.credit(
            member_id=payment.member_id,
            kind=WalletEntry.Kind.REFUND,
            ref=refund.no,
            amount_fen=amount_fen,
            note=payment.description,
            at=at,
        )
        _succeed(payment, refund, at=at)
    return refund.no


@step
def return_surplus(*, payment_no: str, at: dt.datetime) -> str:
    """Send back, once, all of a payment nobody needs: a second payment, or one for something cancelled.

    Publishes no RefundSucceeded: the money was never the caller's.
    """
    payment = _lock_payment(payment_no)
    ref = _surplus_ref(payment)
    known = ProviderRefund.objects.filter(payment=payment, ref=ref).first()
    if known is not None:
        return known.no
    payment.is_surplus = True
    payment.save(update_fields=["is_surplus"])
    left = payment.amount_fen - payment.refunding_fen - payment.refunded_fen
    number = request(payment_no=payment_no, ref=ref, amount_fen=left, reason="重复支付退回", at=at)
    notices.post(
        member_id=payment.member_id,
        kind="payment_surplus",
        ref=payment.no,
        title=str(_("多付的款项正在原路退回")),
        body=payment.description,
    )
    return number


def _surplus_ref(payment: Payment) -> str:
    return f"surplus:{payment.no}"


@step
def _lock_payment(payment_no: str) -> Payment:
    try:
        return Payment.objects.select_for_update().get(no=payment_no)
    except Payment.DoesNotExist:
        raise NotFound from None


def _succeed(payment: Payment, refund: ProviderRefund, *, at: dt.datetime) -> None:
    states.check(states.REFUND, old=refund.state, new=State.SUCCEEDED)
    refund.state = State.SUCCEEDED
    refund.succeeded_at = at
    refund.error = ""
    refund.save(update_fields=["state", "succeeded_at", "error", "provider_refund_id"])
    payment.refunding_fen -= refund.amount_fen
    payment.refunded_fen += refund.amount_fen
    payment.save(update_fields=["refunding_fen", "refunded_fen"])
    if refund.ref == _surplus_ref(payment):
        return
    outbox.publish(
        RefundSucceeded(
            provider_refund_no=refund.no,
            payment_no=payment.no,
            purpose=payment.purpose,
            ref=refund.ref,
            amount_fen=refund.amount_fen,
            refunded_at=at,
        ),
        aggregate=f"{payment.purpose}:{payment.ref}",
    )


@remote
def send_requested(*, at: dt.datetime) -> int:
    """Send refunds that are due and ask about those under way; how many were handled."""
    due = ProviderRefund.objects.filter(state__in=[State.REQUESTED, State.SENT], next_attempt_at__lte=at)
    numbers_due = list(due.order_by("next_attempt_at").values_list("no", flat=True)[:BATCH])
    for refund_no in numbers_due:
        send(refund_no=refund_no, at=at)
    return len(numbers_due)


@remote
def send(*, refund_no: str, at: dt.datetime) -> None:
    """Bring one due refund a step on: SENT is committed before the provider hears of it."""
    before = _take_turn(refund_no=refund_no, at=at)
    if before is None:
        return
    refund = ProviderRefund.objects.select_related("payment").get(no=refund_no)
    try:
        provider = registry.collector(refund.payment.provider)
        asked = before == State.SENT
        state = provider.query_refund(refund_no) if asked else provider.refund(_request_of(refund))
    except NotEnoughFunds as error:
        _postpone(refund_no=refund_no, error=f"{error.provider_code} {error.text}", at=at)
    except ServiceUnavailable as error:
        logger.warning("refund %s: outcome unknown, %s", refund_no, error.data)
    except ProviderRefused as error:
        _mark_abnormal(refund_no=refund_no, error=f"{error.provider_code} {error.text}")
    else:
        apply(refund_no=refund_no, state=state, at=at)


def _request_of(refund: ProviderRefund) -> RefundRequest:
    return RefundRequest(
        no=refund.no,
        payment_no=refund.payment.no,
        amount_fen=refund.amount_fen,
        total_fen=refund.payment.amount_fen,
        reason=refund.reason,
        notify_url=f"{settings.SITE_URL}/notify/{refund.payment.provider}/refund/",
    )


@use_case
def _take_turn(*, refund_no: str, at: dt.datetime) -> str | None:
    """The state before this attempt, or None when another worker has it or nothing is to do."""
    rows = ProviderRefund.objects.select_for_update(skip_locked=True)
    refund = rows.filter(no=refund_no, state__in=[State.REQUESTED, State.SENT], next_attempt_at__lte=at).first()
    if refund is None:
        return None
    before = refund.state
    refund.state = State.SENT
    refund.attempts = min(refund.attempts + 1, 1000)
    refund.next_attempt_at = at + dt.timedelta(seconds=INTERVALS[min(refund.attempts, len(INTERVALS)) - 1])
    refund.save(update_fields=["state", "attempts", "next_attempt_at"])
    return before


@use_case
def apply(*, refund_no: str, state: RefundState, at: dt.datetime) -> bool:
    """Book what the provider says of a refund; False when it changes nothing."""
    payment, refund = _lock(refund_no)
    return apply_locked(payment=payment, refund=refund, state=state, at=at)


@step
def apply_locked(*, payment: Payment, refund: ProviderRefund, state: RefundState, at: dt.datetime) -> bool:
    """As `apply`, for rows the caller has locked (payment first). A late or stale word never undoes a success."""
    if refund.state == State.SUCCEEDED:
        return False
    refund.provider_refund_id = state.provider_id or refund.provider_refund_id
    if state.status == RefundStatus.SUCCEEDED:
        _succeed(payment, refund, at=state.at or at)
        return True
    if state.status == RefundStatus.ABNORMAL:
        return _abnormal(refund, error=state.detail)
    if state.status == RefundStatus.ABSENT:
        refund.state = State.REQUESTED
    refund.save(update_fields=["state", "provider_refund_id"])
    return False


@step
def _lock(refund_no: str) -> tuple[Payment, ProviderRefund]:
    """The payment first, then the refund: the order every writer keeps."""
    owner = ProviderRefund.objects.filter(no=refund_no).values_list("payment_id", flat=True).first()
    if owner is None:
        raise NotFound
    payment = Payment.objects.select_for_update().get(pk=owner)
    return payment, ProviderRefund.objects.select_for_update().get(no=refund_no)


@step
def find_locked(*, refund_no: str) -> tuple[Payment, ProviderRefund] | None:
    """Payment and refund, locked in order; None when the number is not ours."""
    try:
        return _lock(refund_no)
    except NotFound:
        return None


@use_case
def _postpone(*, refund_no: str, error: str, at: dt.datetime) -> None:
    _, refund = _lock(refund_no)
    if refund.state != State.SENT:
        return
    refund.state = State.REQUESTED
    refund.error = error[:300]
    refund.save(update_fields=["state", "error"])
    _tell_staff(refund)


@use_case
def _mark_abnormal(*, refund_no: str, error: str) -> None:
    _, refund = _lock(refund_no)
    _abnormal(refund, error=error)


def _abnormal(refund: ProviderRefund, *, error: str) -> bool:
    if refund.state == State.ABNORMAL:
        return False
    states.check(states.REFUND, old=refund.state, new=State.ABNORMAL)
    refund.state = State.ABNORMAL
    refund.error = error[:300]
    refund.save(update_fields=["state", "error", "provider_refund_id"])
    _tell_staff(refund)
    return True


def _tell_staff(refund: ProviderRefund) -> None:
    notices.post(
        kind="refund_abnormal",
        ref=refund.no,
        title=str(_("有一笔退款没有成功，请处理")),
        body=f"{refund.no} · {refund.error}",
        url=f"/admin/payments/providerrefund/{refund.pk}/change/",
    )


@use_case
def retry(*, refund_no: str, actor: str, at: dt.datetime) -> None:
    """Send an abnormal refund again under the same number. Raises NotFound, StateConflict."""
    _, refund = _lock(refund_no)
    states.check(states.REFUND, old=refund.state, new=State.REQUESTED)
    refund.state = State.REQUESTED
    refund.next_attempt_at = at
    refund.save(update_fields=["state", "next_attempt_at"])
    logger.info("refund %s: retried by %s", refund_no, actor)
