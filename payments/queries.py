"""What others may know of payments, refunds, transfers and wallets: frozen views, amounts in fen."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, Sum

from mall.kernel.errors import NotFound
from payments.models import Payment, ProviderRefund, Transfer, UnmatchedPayment, Wallet, WalletEntry


@dataclasses.dataclass(frozen=True, kw_only=True)
class PaymentView:
    """One attempt to collect money. `action` opens the cashier while the state is pending."""

    no: str
    purpose: str
    ref: str
    member_id: int
    provider: str
    method: str
    method_text: str
    state: str
    state_text: str
    amount_fen: int
    refunding_fen: int
    refunded_fen: int
    is_surplus: bool
    provider_txn: str
    action: Mapping[str, Any]
    created_at: dt.datetime
    expires_at: dt.datetime
    settled_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class RefundView:
    """Money on its way back, by our refund number."""

    no: str
    ref: str
    payment_no: str
    amount_fen: int
    state: str
    state_text: str
    error: str
    succeeded_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransferView:
    """Money on its way out. `package_info` lets the receiver confirm in WeChat while `awaiting_user`."""

    no: str
    purpose: str
    ref: str
    member_id: int
    channel: str
    amount_fen: int
    state: str
    state_text: str
    package_info: str
    fail_reason: str
    created_at: dt.datetime
    finished_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class WalletView:
    """A member's balance."""

    member_id: int
    balance_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class WalletEntryView:
    """One change of a balance, newest first."""

    kind: str
    kind_text: str
    ref: str
    delta_fen: int
    balance_after_fen: int
    note: str
    at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class FinanceSums:
    """Fen settled, refunded and transferred in a period, and what waits for a person now."""

    collected_fen: int
    refunded_fen: int
    transferred_fen: int
    abnormal_refunds: int
    unmatched_payments: int
    unmatched_fen: int


def payment_view(row: Payment) -> PaymentView:
    """The view of a row already at hand."""
    return PaymentView(
        no=row.no,
        purpose=row.purpose,
        ref=row.ref,
        member_id=row.member_id,
        provider=row.provider,
        method=row.method,
        method_text=row.get_method_display(),
        state=row.state,
        state_text=row.get_state_display(),
        amount_fen=row.amount_fen,
        refunding_fen=row.refunding_fen,
        refunded_fen=row.refunded_fen,
        is_surplus=row.is_surplus,
        provider_txn=row.provider_txn or "",
        action=row.action if row.state == Payment.State.PENDING else {"kind": "none"},
        created_at=row.created_at,
        expires_at=row.expires_at,
        settled_at=row.settled_at,
    )


def payment(*, no: str, member_id: int | None = None) -> PaymentView:
    """One payment, of this member if given. Raises NotFound."""
    rows = Payment.objects.filter(no=no)
    row = (rows if member_id is None else rows.filter(member_id=member_id)).first()
    if row is None:
        raise NotFound
    return payment_view(row)


def payments_of(*, purpose: str, ref: str) -> list[PaymentView]:
    """All attempts for one business number, oldest first."""
    return [payment_view(row) for row in Payment.objects.filter(purpose=purpose, ref=ref).order_by("pk")]


def refunds_of(*, payment_nos: list[str]) -> list[RefundView]:
    """The refunds of these payments, oldest first."""
    rows = ProviderRefund.objects.filter(payment__no__in=payment_nos).select_related("payment").order_by("pk")
    return [
        RefundView(
            no=row.no,
            ref=row.ref,
            payment_no=row.payment.no,
            amount_fen=row.amount_fen,
            state=row.state,
            state_text=row.get_state_display(),
            error=row.error,
            succeeded_at=row.succeeded_at,
        )
        for row in rows
    ]


def _transfer_view(row: Transfer) -> TransferView:
    return TransferView(
        no=row.no,
        purpose=row.purpose,
        ref=row.ref,
        member_id=row.member_id,
        channel=row.channel,
        amount_fen=row.amount_fen,
        state=row.state,
        state_text=row.get_state_display(),
        package_info=row.package_info,
        fail_reason=row.fail_reason,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def transfer(*, no: str) -> TransferView:
    """One transfer. Raises NotFound."""
    row = Transfer.objects.filter(no=no).first()
    if row is None:
        raise NotFound
    return _transfer_view(row)


def transfer_of(*, purpose: str, ref: str) -> TransferView | None:
    """The transfer of one business number, if it was asked for."""
    row = Transfer.objects.filter(purpose=purpose, ref=ref).first()
    return _transfer_view(row) if row else None


def wallet(*, member_id: int) -> WalletView:
    """The balance; zero for a member who never had one."""
    row = Wallet.objects.filter(member_id=member_id).first()
    return WalletView(member_id=member_id, balance_fen=row.balance_fen if row else 0)


def wallet_entries(*, member_id: int, page: int = 1, page_size: int = 20) -> list[WalletEntryView]:
    """One page of changes, newest first."""
    start = (page - 1) * page_size
    rows = WalletEntry.objects.filter(wallet_id=member_id).order_by("-pk")[start : start + page_size]
    return [
        WalletEntryView(
            kind=row.kind,
            kind_text=row.get_kind_display(),
            ref=row.ref,
            delta_fen=row.delta_fen,
            balance_after_fen=row.balance_after_fen,
            note=row.note,
            at=row.at,
        )
        for row in rows
    ]


def wallet_entry_count(*, member_id: int) -> int:
    """How many changes there are."""
    return WalletEntry.objects.filter(wallet_id=member_id).count()


def finance_sums(*, since: dt.datetime, until: dt.datetime) -> FinanceSums:
    """Money in, back and out in [since, until), and the open work lists."""
    unmatched = UnmatchedPayment.objects.filter(resolved_at=None)
    return FinanceSums(
        collected_fen=_sum(Payment, Q(state="succeeded", settled_at__gte=since, settled_at__lt=until)),
        refunded_fen=_sum(ProviderRefund, Q(state="succeeded", succeeded_at__gte=since, succeeded_at__lt=until)),
        transferred_fen=_sum(Transfer, Q(state="succeeded", finished_at__gte=since, finished_at__lt=until)),
        abnormal_refunds=abnormal_refund_count(),
        unmatched_payments=unmatched.count(),
        unmatched_fen=unmatched.aggregate(total=Sum("amount_fen"))["total"] or 0,
    )


def abnormal_refund_count() -> int:
    """Refunds the provider could not carry out: a person has to retry."""
    return ProviderRefund.objects.filter(state="abnormal").count()


def unmatched_payment_count() -> int:
    """Payments that arrived without an order of ours and are not yet dealt with."""
    return UnmatchedPayment.objects.filter(resolved_at=None).count()


def _sum(model: type[Payment] | type[ProviderRefund] | type[Transfer], condition: Q) -> int:
    return model._default_manager.filter(condition).aggregate(total=Sum("amount_fen"))["total"] or 0
