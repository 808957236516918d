"""Collecting money: the intent is committed first, then the provider is asked, then the outcome is booked.

A time-out or an unproven answer leaves UNKNOWN; `query_unsettled` finds out by the same number.
"""

import dataclasses
import datetime as dt
import logging

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mall.kernel import numbers
from mall.kernel.errors import DomainError, NotFound, ServiceUnavailable
from mall.kernel.transactions import remote, step, use_case
from payments import queries, states
from payments.models import Payment, WalletEntry
from payments.providers import registry
from payments.providers.base import (
    AlreadyPaidAtProvider,
    ClosedAtProvider,
    Collector,
    OutcomeUnknown,
    PayIntent,
    PayRequest,
    PayState,
    PayStatus,
    ProviderRefused,
)
from payments.services import settling, wallets

logger = logging.getLogger(__name__)

OPEN = (Payment.State.PENDING, Payment.State.UNKNOWN)
# Seconds until the next active query, by how many were made; the last repeats.
INTERVALS = (15, 30, 60, 120, 300, 600)
# An attempt may be paid in its last second; only after this long is it closed.
GRACE = dt.timedelta(seconds=60)
# WeChat refuses an order that ends in less than a minute.
SHORTEST = dt.timedelta(seconds=70)
BATCH = 50


class AlreadyPaid(DomainError):
    """Something asks for money that has arrived already."""

    code = "already_paid"
    status = 409
    message = _("这笔订单已经支付，请勿重复支付")


class PaymentExpired(DomainError):
    """The time to pay is over, or too short for a provider to accept."""

    code = "payment_expired"
    status = 409
    message = _("支付已超时，请重新下单")


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Ask:
    """What `open` was asked for."""

    purpose: str
    ref: str
    member_id: int
    amount_fen: int
    method: str
    description: str
    expires_at: dt.datetime
    at: dt.datetime


@remote
def open(
    *,
    purpose: str,
    ref: str,
    member_id: int,
    amount_fen: int,
    method: str,
    description: str,
    expires_at: dt.datetime,
    client_ip: str,
    openid: str | None = None,
    at: dt.datetime,
) -> queries.PaymentView:
    """Ask `member_id` for `amount_fen`; balance and free payments settle at once.

    A live attempt of the same method is used again with a fresh cashier. Raises AlreadyPaid, PaymentExpired,
    InsufficientBalance, OpenidRequired, MethodUnknown, ProviderRefused, or OutcomeUnknown: the attempt then stays and
    is found out by query.
    """
    ask = _Ask(
        purpose=purpose,
        ref=ref,
        member_id=member_id,
        amount_fen=amount_fen,
        method=method,
        description=description[:60],
        expires_at=expires_at,
        at=at,
    )
    provider = registry.provider_of(method)
    if provider == registry.INTERNAL:
        return _pay_internally(ask)
    registry.collector(provider).require(method=method, openid=openid)
    return _create(_intend(ask), client_ip=client_ip, openid=openid, at=at)


@use_case
def _pay_internally(ask: _Ask) -> queries.PaymentView:
    _refuse_second(ask)
    if (ask.method == Payment.Method.FREE) != (ask.amount_fen == 0):
        raise registry.MethodUnknown(attr="method")
    payment = _store(ask, next_query_at=None)
    if ask.method == Payment.Method.BALANCE:
        wallets.debit(
            member_id=ask.member_id,
            kind=WalletEntry.Kind.PAY,
            ref=payment.no,
            amount_fen=ask.amount_fen,
            note=ask.description,
            at=ask.at,
        )
    settling.settle(payment=payment, txn=payment.no, evidence={"source": "internal"}, paid_at=ask.at, at=ask.at)
    return queries.payment_view(payment)


@use_case
def _intend(ask: _Ask) -> Payment:
    _refuse_second(ask)
    live = Payment.objects.select_for_update().filter(
        purpose=ask.purpose,
        ref=ask.ref,
        member_id=ask.member_id,
        method=ask.method,
        amount_fen=ask.amount_fen,
        state__in=OPEN,
        expires_at__gt=ask.at,
    )
    if payment := live.order_by("-pk").first():
        return payment
    if ask.expires_at < ask.at + SHORTEST:
        raise PaymentExpired
    return _store(ask, next_query_at=ask.at + dt.timedelta(seconds=INTERVALS[0]))


def _refuse_second(ask: _Ask) -> None:
    # One at a time per business number, before any row exists that could be locked.
    with connection.cursor() as cursor:
        key = f"collect:{ask.purpose}:{ask.ref}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    if _paid(ask.purpose, ask.ref):
        raise AlreadyPaid


def _paid(purpose: str, ref: str) -> bool:
    settled = Payment.objects.filter(purpose=purpose, ref=ref, state=Payment.State.SUCCEEDED, is_surplus=False)
    return settled.exists()


def _store(ask: _Ask, *, next_query_at: dt.datetime | None) -> Payment:
    return Payment.objects.create(
        no=numbers.new(numbers.PAYMENT, ask.at),
        purpose=ask.purpose,
        ref=ask.ref,
        member_id=ask.member_id,
        provider=registry.provider_of(ask.method),
        method=ask.method,
        amount_fen=ask.amount_fen,
        description=ask.description,
        action={"kind": "none"},
        created_at=ask.at,
        expires_at=ask.expires_at,
        next_query_at=next_query_at,
    )


def _create(payment: Payment, *, client_ip: str, openid: str | None, at: dt.datetime) -> queries.PaymentView:
    provider = registry.collector(payment.provider)
    request = PayRequest(
        no=payment.no,
        amount_fen=payment.amount_fen,
        description=payment.description,
        method=payment.method,
        expires_at=payment.expires_at,
        client_ip=client_ip,
        openid=openid,
        notify_url=f"{settings.SITE_URL}/notify/{payment.provider}/pay/",
        return_url=f"{settings.SITE_URL}/pay/{payment.ref}/result/",
    )
    try:
        intent = provider.create(request)
    except AlreadyPaidAtProvider:
        return refresh(payment_no=payment.no, at=at)
    except OutcomeUnknown:
        _mark(payment_no=payment.no, state=Payment.State.UNKNOWN, at=at)
        raise
    except ClosedAtProvider:
        _mark(payment_no=payment.no, state=Payment.State.CLOSED, at=at)
        raise
    except DomainError:
        _give_up(provider, payment_no=payment.no, state=Payment.State.FAILED, at=at)
        raise
    return _save_action(payment_no=payment.no, intent=intent)


@use_case
def _save_action(*, payment_no: str, intent: PayIntent) -> queries.PaymentView:
    payment = _lock(payment_no)
    # The notice may have been faster than the answer: then the payment is settled and stays so.
    if payment.state in OPEN:
        payment.state = Payment.State.PENDING
        payment.action = dict(intent.action)
        payment.save(update_fields=["state", "action"])
    return queries.payment_view(payment)


@use_case
def _mark(*, payment_no: str, state: str, at: dt.datetime) -> None:
    payment = _lock(payment_no)
    if not states.may(states.PAYMENT, old=payment.state, new=state):
        return
    payment.state = state
    if state not in OPEN:
        payment.next_query_at = None
    elif state == Payment.State.UNKNOWN:
        payment.next_query_at = at
    payment.save(update_fields=["state", "next_query_at"])


@step
def _lock(payment_no: str) -> Payment:
    try:
        return Payment.objects.select_for_update().get(no=payment_no)
    except Payment.DoesNotExist:
        raise NotFound from None


@remote
def refresh(*, payment_no: str, at: dt.datetime) -> queries.PaymentView:
    """Ask the provider how an open payment stands and book what it says. Raises NotFound, OutcomeUnknown."""
    view = queries.payment(no=payment_no)
    if view.state not in OPEN:
        return view
    provider = registry.collector(view.provider)
    state = provider.query(payment_no)
    if state.status == PayStatus.PAID:
        book(payment_no=payment_no, state=state, at=at)
    elif state.status == PayStatus.CLOSED:
        _mark(payment_no=payment_no, state=Payment.State.CLOSED, at=at)
    elif state.status == PayStatus.FAILED:
        _give_up(provider, payment_no=payment_no, state=Payment.State.FAILED, at=at)
    elif _is_over(view, at):
        _give_up(provider, payment_no=payment_no, state=Payment.State.CLOSED, at=at)
    else:
        # Unpaid, or never arrived there: the shopper may open the cashier again under the same number.
        _mark(payment_no=payment_no, state=Payment.State.PENDING, at=at)
    return queries.payment(no=payment_no)


def _is_over(view: queries.PaymentView, at: dt.datetime) -> bool:
    rival = Payment.objects.filter(purpose=view.purpose, ref=view.ref, state=Payment.State.SUCCEEDED)
    return view.expires_at + GRACE < at or rival.exists()


def _give_up(provider: Collector, *, payment_no: str, state: str, at: dt.datetime) -> None:
    """Close at the provider first, then here; money that slipped in meanwhile is booked instead."""
    try:
        provider.close(payment_no)
    except AlreadyPaidAtProvider:
        book(payment_no=payment_no, state=provider.query(payment_no), at=at)
    except OutcomeUnknown:
        _mark(payment_no=payment_no, state=Payment.State.UNKNOWN, at=at)
    else:
        _mark(payment_no=payment_no, state=state, at=at)


@use_case
def book(*, payment_no: str, state: PayState, at: dt.datetime) -> bool:
    """Settle by a proven answer, if it is about this very payment; a different content waits for a person."""
    payment = _lock(payment_no)
    if state.status != PayStatus.PAID:
        return False
    if reason := settling.fault(payment, state):
        settling.keep_unmatched(provider=payment.provider, state=state, reason=reason, at=at)
        if payment.state in OPEN:
            payment.state = Payment.State.UNKNOWN
            payment.next_query_at = None
            payment.save(update_fields=["state", "next_query_at"])
        return False
    return settling.settle(payment=payment, txn=state.txn, evidence=state.evidence, paid_at=state.paid_at or at, at=at)


@remote
def query_unsettled(*, at: dt.datetime) -> int:
    """Ask about open payments that are due, at growing intervals; how many were asked."""
    due = Q(state__in=OPEN, next_query_at__lte=at)
    numbers_due = list(Payment.objects.filter(due).order_by("next_query_at").values_list("no", flat=True)[:BATCH])
    for payment_no in numbers_due:
        if not _take_turn(payment_no=payment_no, at=at):
            continue
        try:
            refresh(payment_no=payment_no, at=at)
        except (ServiceUnavailable, ProviderRefused) as error:
            logger.warning("payment %s: query failed, %s", payment_no, error.data)
    return len(numbers_due)


@use_case
def _take_turn(*, payment_no: str, at: dt.datetime) -> bool:
    payment = Payment.objects.select_for_update(skip_locked=True).filter(no=payment_no).first()
    if payment is None or payment.next_query_at is None or payment.next_query_at > at:
        return False
    payment.queries = min(payment.queries + 1, 1000)
    payment.next_query_at = at + dt.timedelta(seconds=INTERVALS[min(payment.queries, len(INTERVALS) - 1)])
    payment.save(update_fields=["queries", "next_query_at"])
    return True


@remote
def close(*, purpose: str, ref: str, at: dt.datetime) -> str:
    """Make everything open for `ref` unpayable: "closed", or "paid" when money had arrived (it is then booked).

    Raises OutcomeUnknown when a provider cannot say: nothing may be cancelled on that ground.
    """
    for view in queries.payments_of(purpose=purpose, ref=ref):
        if view.state not in OPEN:
            continue
        provider = registry.collector(view.provider)
        try:
            provider.close(view.no)
        except AlreadyPaidAtProvider:
            book(payment_no=view.no, state=provider.query(view.no), at=at)
        else:
            _mark(payment_no=view.no, state=Payment.State.CLOSED, at=at)
    return "paid" if _paid(purpose, ref) else "closed"
