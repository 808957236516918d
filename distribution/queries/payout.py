"""Settlement runs, statements and withdrawals as others may see them: frozen views, amounts in fen."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from django.db.models import QuerySet

from distribution import states
from distribution.models import SettlementRun, Statement, StatementLine, Withdrawal, WithdrawalLog
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class StatementView:
    """A distributor's statement: opening + commission - reversal - withdrawal = closing. `id` 0: only previewed."""

    id: int
    run_no: str
    distributor_id: int
    period_end: dt.datetime
    pay_on: dt.datetime
    opening_fen: int
    commission_fen: int
    reversal_fen: int
    withdrawal_fen: int
    closing_fen: int
    digest: str
    paid_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class StatementLineView:
    """One row of a statement; the amount is positive, the kind says which way it went."""

    kind: str
    kind_text: str
    ref: str
    amount_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunView:
    """A settlement run, or the preview of one (`no` empty). `statements` holds the first `PREVIEWED` of them."""

    no: str
    cycle: str
    period_start: dt.datetime | None
    period_end: dt.datetime
    pay_on: dt.datetime
    state: str
    state_text: str
    statement_count: int
    commission_count: int
    commission_fen: int
    reversal_count: int
    reversal_fen: int
    negative_count: int
    digest: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    paid_at: dt.datetime | None
    statements: tuple[StatementView, ...] = ()


PREVIEWED = 100


def statement_view(row: Statement) -> StatementView:
    """The view of a row already at hand (with its run)."""
    return StatementView(
        id=row.pk,
        run_no=row.run.no,
        distributor_id=row.distributor_id,
        period_end=row.run.period_end,
        pay_on=row.run.pay_on,
        opening_fen=row.opening_fen,
        commission_fen=row.commission_fen,
        reversal_fen=row.reversal_fen,
        withdrawal_fen=row.withdrawal_fen,
        closing_fen=row.closing_fen,
        digest=row.digest,
        paid_at=row.paid_at,
    )


def statements_of(*, member_id: int) -> QuerySet[Statement]:
    """The member's statements, the newest first, for paging; give the rows of a page to `statement_view`."""
    return Statement.objects.filter(distributor__member_id=member_id).select_related("run").order_by("-pk")


def statement(*, statement_id: int, member_id: int | None = None) -> StatementView:
    """One statement, of this member if given. Raises NotFound."""
    rows = Statement.objects.select_related("run").filter(pk=statement_id)
    row = (rows if member_id is None else rows.filter(distributor__member_id=member_id)).first()
    if row is None:
        raise NotFound
    return statement_view(row)


def statement_lines(*, statement_id: int) -> list[StatementLineView]:
    """The rows of a statement, commissions first."""
    rows = StatementLine.objects.filter(statement=statement_id).order_by("kind", "ref")
    return [
        StatementLineView(kind=row.kind, kind_text=row.get_kind_display(), ref=row.ref, amount_fen=row.amount_fen)
        for row in rows
    ]


def run(*, no: str) -> RunView:
    """One run. Raises NotFound."""
    row = SettlementRun.objects.filter(no=no).first()
    if row is None:
        raise NotFound
    return run_view(row)


def runs(*, limit: int = 50) -> list[RunView]:
    """The latest runs."""
    return [run_view(row) for row in SettlementRun.objects.order_by("-pk")[:limit]]


def run_view(row: SettlementRun) -> RunView:
    """The view of a run with its first statements. Figures of a run still under way are those of its statements so far."""
    statements = Statement.objects.filter(run=row)
    lines = StatementLine.objects.filter(statement__run=row)
    return RunView(
        no=row.no,
        cycle=row.cycle,
        period_start=row.period_start,
        period_end=row.period_end,
        pay_on=row.pay_on,
        state=row.state,
        state_text=row.get_state_display(),
        statement_count=row.statement_count,
        commission_count=row.commission_count,
        commission_fen=row.commission_fen,
        reversal_count=lines.filter(kind=StatementLine.Kind.REVERSAL).count(),
        reversal_fen=row.reversal_fen,
        negative_count=statements.filter(closing_fen__lt=0).count(),
        digest=row.digest,
        started_at=row.started_at,
        finished_at=row.finished_at,
        paid_at=row.paid_at,
        statements=tuple(
            statement_view(each) for each in statements.select_related("run").order_by("distributor_id")[:PREVIEWED]
        ),
    )
