"""Paying out to people. A number is never replaced while its outcome is unknown: that would pay twice."""

import datetime as dt
import logging
from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from mall.kernel import notices, numbers, outbox
from mall.kernel.errors import ServiceUnavailable
from mall.kernel.events import Event
from mall.kernel.transactions import remote, step, use_case
from payments import states
from payments.events import TransferAwaitsUser, TransferFailed, TransferSucceeded
from payments.models import Transfer, WalletEntry
from payments.providers import registry
from payments.providers.base import (
    NotEnoughFunds,
    Payer,
    ProviderRefused,
    TransferRequest,
    TransferState,
    TransferStatus,
)
from payments.services import wallets

logger = logging.getLogger(__name__)

State = Transfer.State
LIVE = (State.REQUESTED, State.SENT, State.AWAITING_USER)
# Seconds until a transfer is looked at again, by attempts; the last repeats.
INTERVALS = (15, 30, 60, 120, 300, 600, 1800)
BATCH = 50


@step
def request(
    *,
    purpose: str,
    ref: str,
    member_id: int,
    channel: str,
    account: Mapping[str, str],
    amount_fen: int,
    remark: str,
    at: dt.datetime,
) -> str:
    """Owe a person `amount_fen` (> 0) over `channel`; our transfer number. The same (`purpose`, `ref`) gives the same.

    `account`: WeChat {"openid", "name"? (required from 2,000 yuan), "appid"?}; bank {"account_name", "account_no",
    "bank_name"}; balance {} and the wallet is credited at once, with TransferSucceeded in the same transaction.
    Raises OpenidRequired, TransferTooSmall, NameRequired, BankAccountInvalid, MethodUnknown.
    """
    known = Transfer.objects.filter(purpose=purpose, ref=ref).first()
    if known is not None:
        return known.no
    if channel != Transfer.Channel.BALANCE:
        registry.payer(channel).check(account=account, amount_fen=amount_fen)
    transfer = Transfer.objects.create(
        no=numbers.new(numbers.TRANSFER, at),
        purpose=purpose,
        ref=ref,
        member_id=member_id,
        channel=channel,
        account=dict(account),
        amount_fen=amount_fen,
        remark=remark[:32],
        created_at=at,
        next_attempt_at=at,
    )
    if channel == Transfer.Channel.BALANCE:
        wallets.credit(
            member_id=member_id,
            kind=WalletEntry.Kind.WITHDRAWAL,
            ref=transfer.no,
            amount_fen=amount_fen,
            note=remark,
            at=at,
        )
        _move(transfer, State.SUCCEEDED, at=at)
    return transfer.no


@remote
def send_requested(*, at: dt.datetime) -> int:
    """Send the transfers that were asked for; how many were handled."""
    return _work_off([State.REQUESTED], at)


@remote
def query_sent(*, at: dt.datetime) -> int:
    """Ask about transfers under way or waiting for the receiver; how many were asked."""
    return _work_off([State.SENT, State.AWAITING_USER], at)


def _work_off(wanted: list[Transfer.State], at: dt.datetime) -> int:
    due = Transfer.objects.filter(state__in=wanted, next_attempt_at__lte=at)
    numbers_due = list(due.order_by("next_attempt_at").values_list("no", flat=True)[:BATCH])
    for transfer_no in numbers_due:
        send(transfer_no=transfer_no, at=at)
    return len(numbers_due)


@remote
def send(*, transfer_no: str, at: dt.datetime) -> None:
    """Bring one due transfer a step on: SENT is committed before the provider hears of it."""
    before = _take_turn(transfer_no=transfer_no, at=at)
    if before is None:
        return
    transfer = Transfer.objects.get(no=transfer_no)
    try:
        payer = registry.payer(transfer.channel)
        state = _ask(payer, transfer, asked=before != State.REQUESTED)
    except NotEnoughFunds as error:
        _postpone(transfer_no=transfer_no, error=f"{error.provider_code} {error.text}")
    except ServiceUnavailable as error:
        logger.warning("transfer %s: outcome unknown, %s", transfer_no, error.data)
    except ProviderRefused as error:
        _make_sure(payer, transfer_no=transfer_no, error=f"{error.provider_code} {error.text}", at=at)
    else:
        apply(transfer_no=transfer_no, state=state, at=at)


def _ask(payer: Payer, transfer: Transfer, *, asked: bool) -> TransferState:
    if not asked:
        return payer.transfer(_request_of(transfer))
    state = payer.query_transfer(transfer.no)
    if state.status == TransferStatus.AWAITING_USER and not transfer.package_info:
        # The first answer was lost, and queries carry no package: the same number again repeats it.
        return payer.transfer(_request_of(transfer))
    return state


def _make_sure(payer: Payer, *, transfer_no: str, error: str, at: dt.datetime) -> None:
    """A refusal fails the transfer only when the provider does not know the number either."""
    try:
        state = payer.query_transfer(transfer_no)
    except (ServiceUnavailable, ProviderRefused) as unsure:
        logger.warning("transfer %s: refused (%s), query failed (%s)", transfer_no, error, unsure.data)
        return
    if state.status == TransferStatus.ABSENT:
        state = TransferState(no=transfer_no, status=TransferStatus.FAILED, reason=error)
    apply(transfer_no=transfer_no, state=state, at=at)


def _request_of(transfer: Transfer) -> TransferRequest:
    return TransferRequest(
        no=transfer.no,
        amount_fen=transfer.amount_fen,
        account=transfer.account,
        remark=transfer.remark,
        notify_url=f"{settings.SITE_URL}/notify/{transfer.channel}/transfer/",
    )


@use_case
def _take_turn(*, transfer_no: str, at: dt.datetime) -> str | None:
    """The state before this attempt, or None when another worker has it or nothing is to do."""
    rows = Transfer.objects.select_for_update(skip_locked=True)
    transfer = rows.filter(no=transfer_no, state__in=LIVE, next_attempt_at__lte=at).first()
    if transfer is None:
        return None
    before = transfer.state
    if before == State.REQUESTED:
        transfer.state = State.SENT
    transfer.attempts = min(transfer.attempts + 1, 1000)
    transfer.next_attempt_at = at + dt.timedelta(seconds=INTERVALS[min(transfer.attempts, len(INTERVALS)) - 1])
    transfer.save(update_fields=["state", "attempts", "next_attempt_at"])
    return before


@use_case
def apply(*, transfer_no: str, state: TransferState, at: dt.datetime) -> bool:
    """Book what the provider says of a transfer; False when it changes nothing."""
    transfer = Transfer.objects.select_for_update().get(no=transfer_no)
    return apply_locked(transfer=transfer, state=state, at=at)


@step
def find_locked(*, transfer_no: str) -> Transfer | None:
    """The transfer, locked; None when the number is not ours."""
    return Transfer.objects.select_for_update().filter(no=transfer_no).first()


@step
def apply_locked(*, transfer: Transfer, state: TransferState, at: dt.datetime) -> bool:
    """As `apply`, for a row the caller has locked. A final state is final: its event is published exactly once."""
    if transfer.state not in LIVE:
        return False
    transfer.provider_no = state.provider_no or transfer.provider_no
    if state.status == TransferStatus.SUCCEEDED:
        transfer.fail_reason = ""
        return _move(transfer, State.SUCCEEDED, at=state.at or at)
    if state.status == TransferStatus.FAILED:
        transfer.fail_reason = (state.reason or "FAILED")[:120]
        return _move(transfer, State.FAILED, at=state.at or at)
    if state.status == TransferStatus.AWAITING_USER:
        # A query repeats no package: the one we have stays good.
        transfer.package_info = state.package_info or transfer.package_info
        return _move(transfer, State.AWAITING_USER, at=at)
    if state.status == TransferStatus.ABSENT and transfer.state == State.SENT:
        # The provider never got it: the same number is sent again.
        transfer.state = State.REQUESTED
    transfer.save(update_fields=["state", "provider_no"])
    return False


def _move(transfer: Transfer, new: Transfer.State, *, at: dt.datetime) -> bool:
    changed = transfer.state != new
    if changed:
        states.check(states.TRANSFER, old=transfer.state, new=new)
    transfer.state = new
    if new in {State.SUCCEEDED, State.FAILED}:
        transfer.finished_at = at
    transfer.save(update_fields=["state", "provider_no", "package_info", "fail_reason", "finished_at"])
    if changed:
        outbox.publish(_event(transfer, at), aggregate=f"{transfer.purpose}:{transfer.ref}")
    return changed


def _event(transfer: Transfer, at: dt.datetime) -> Event:
    about = {"transfer_no": transfer.no, "purpose": transfer.purpose, "ref": transfer.ref}
    if transfer.state == State.SUCCEEDED:
        return TransferSucceeded(**about, amount_fen=transfer.amount_fen, finished_at=at)
    if transfer.state == State.FAILED:
        return TransferFailed(**about, reason=transfer.fail_reason, finished_at=at)
    return TransferAwaitsUser(**about)


@use_case
def _postpone(*, transfer_no: str, error: str) -> None:
    transfer = Transfer.objects.select_for_update().get(no=transfer_no)
    if transfer.state != State.SENT:
        return
    transfer.state = State.REQUESTED
    transfer.fail_reason = error[:120]
    transfer.save(update_fields=["state", "fail_reason"])
    notices.post(
        kind="transfer_no_funds",
        ref=transfer.no,
        title=str(_("商户账户余额不足，有转账在等待")),
        body=f"{transfer.no} · {transfer.fail_reason}",
        url=f"/admin/payments/transfer/{transfer.pk}/change/",
    )
