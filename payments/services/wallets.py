"""The member's balance: every change is an append-only entry under the wallet's lock."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from mall.kernel.errors import DomainError
from mall.kernel.transactions import step, use_case
from payments.models import Wallet, WalletEntry


class InsufficientBalance(DomainError):
    """The wallet holds less than the amount. `data["balance_fen"]` is what it holds."""

    code = "insufficient_balance"
    status = 409
    message = _("余额不足")


@use_case
def grant(*, member_id: int, amount_fen: int, ref: str, note: str, at: dt.datetime) -> int:
    """Give a member balance (positive fen); the balance afterwards. The same `ref` again changes nothing."""
    return credit(member_id=member_id, kind=WalletEntry.Kind.GRANT, ref=ref, amount_fen=amount_fen, note=note, at=at)


@step
def credit(*, member_id: int, kind: str, ref: str, amount_fen: int, note: str, at: dt.datetime) -> int:
    """Add `amount_fen` (> 0) once per (`kind`, `ref`); the balance afterwards."""
    return _move(member_id=member_id, kind=kind, ref=ref, delta_fen=_positive(amount_fen), note=note, at=at)


@step
def debit(*, member_id: int, kind: str, ref: str, amount_fen: int, note: str, at: dt.datetime) -> int:
    """Take `amount_fen` (> 0) once per (`kind`, `ref`); the balance afterwards. Raises InsufficientBalance."""
    return _move(member_id=member_id, kind=kind, ref=ref, delta_fen=-_positive(amount_fen), note=note, at=at)


def _positive(amount_fen: int) -> int:
    if amount_fen <= 0:
        raise ValueError("a wallet moves by a positive amount")
    return amount_fen


def _move(*, member_id: int, kind: str, ref: str, delta_fen: int, note: str, at: dt.datetime) -> int:
    wallet = _lock(member_id)
    known = WalletEntry.objects.filter(kind=kind, ref=ref).first()
    if known is not None:
        return wallet.balance_fen
    if wallet.balance_fen + delta_fen < 0:
        raise InsufficientBalance(data={"balance_fen": wallet.balance_fen})
    wallet.balance_fen += delta_fen
    wallet.save(update_fields=["balance_fen"])
    WalletEntry.objects.create(
        wallet=wallet,
        kind=kind,
        ref=ref,
        delta_fen=delta_fen,
        balance_after_fen=wallet.balance_fen,
        note=note[:120],
        at=at,
    )
    return wallet.balance_fen


def _lock(member_id: int) -> Wallet:
    Wallet.objects.bulk_create([Wallet(member_id=member_id)], ignore_conflicts=True)
    return Wallet.objects.select_for_update().get(member_id=member_id)
