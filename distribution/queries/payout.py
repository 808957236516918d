"""Settlement runs, statements and withdrawals as others may see them: frozen views, amounts in fen."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from distribution import states
from distribution.models import Withdrawal, WithdrawalLog
from mall.kernel.errors import NotFound


@dataclasses.dataclass(frozen=True, kw_only=True)
class WithdrawalStep:
    """One step of a withdrawal's life; `from_state` is empty for the request itself."""

    from_state: str
    to_state: str
    to_state_text: str
    actor: str
    note: str
    at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class WithdrawalView:
    """A request for money: amount = fee + tax + net. `account` is as given, unmasked: for its owner and the staff."""

    no: str
    distributor_id: int
    member_id: int
    amount_fen: int
    fee_fen: int
    tax_fen: int
    net_fen: int
    channel: str
    channel_text: str
    account: Mapping[str, str]
    state: str
    state_text: str
    is_open: bool
    reason: str
    transfer_no: str
    reviewed_by: str
    requested_at: dt.datetime
    reviewed_at: dt.datetime | None
    finished_at: dt.datetime | None

    @property
    def account_masked(self) -> str:
        """Enough of the account to recognise it."""
        number = self.account.get("account_no", "")
        return f"{self.account.get('bank_name', '')} **** {number[-4:]}" if number else self.channel_text


def withdrawal_view(row: Withdrawal) -> WithdrawalView:
    """The view of a row already at hand (with its distributor)."""
    return WithdrawalView(
        no=row.no,
        distributor_id=row.distributor_id,
        member_id=row.distributor.member_id,
        amount_fen=row.amount_fen,
        fee_fen=row.fee_fen,
        tax_fen=row.tax_fen,
        net_fen=row.net_fen,
        channel=row.channel,
        channel_text=row.get_channel_display(),
        account=row.account,
        state=row.state,
        state_text=row.get_state_display(),
        is_open=row.state in states.OPEN,
        reason=row.reason,
        transfer_no=row.transfer_no,
        reviewed_by=row.reviewed_by,
        requested_at=row.requested_at,
        reviewed_at=row.reviewed_at,
        finished_at=row.finished_at,
    )


def withdrawal(*, no: str, member_id: int | None = None) -> WithdrawalView:
    """One withdrawal, of this member if given. Raises NotFound."""
    rows = Withdrawal.objects.select_related("distributor").filter(no=no)
    row = (rows if member_id is None else rows.filter(distributor__member_id=member_id)).first()
    if row is None:
        raise NotFound
    return withdrawal_view(row)


def withdrawals_of(*, member_id: int, limit: int = 50) -> list[WithdrawalView]:
    """The member's withdrawals, the newest first."""
    rows = Withdrawal.objects.select_related("distributor").filter(distributor__member_id=member_id)
    return [withdrawal_view(row) for row in rows.order_by("-pk")[:limit]]


def withdrawal_steps(*, no: str) -> list[WithdrawalStep]:
    """What happened to a withdrawal, the oldest first."""
    labels = dict(Withdrawal.State.choices)
    return [
        WithdrawalStep(
            from_state=row.from_state,
            to_state=row.to_state,
            to_state_text=str(labels[Withdrawal.State(row.to_state)]),
            actor=row.actor,
            note=row.note,
            at=row.at,
        )
        for row in WithdrawalLog.objects.filter(withdrawal__no=no)
    ]
