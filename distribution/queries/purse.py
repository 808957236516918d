"""A distributor's money after settlement: the available balance entry by entry, statements line by line, and what a
withdrawal may be now. Amounts in fen."""

import dataclasses
import datetime as dt

from django.db.models import Q, QuerySet, Sum

from distribution import ledger, states
from distribution.models import (
    Account,
    Commission,
    Entry,
    Programme,
    Reversal,
    Statement,
    StatementLine,
    Withdrawal,
)
from distribution.queries import commissions, payout
from distribution.queries import programme as programmes
from mall.kernel import clock


@dataclasses.dataclass(frozen=True, kw_only=True)
class Movement:
    """One change of the available balance; `kind` and `ref` are those of the journal."""

    kind: str
    ref: str
    delta_fen: int
    at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a statement with what it leads to: a commission, a withdrawal, or nothing any more."""

    kind: str
    kind_text: str
    ref: str
    delta_fen: int
    commission_id: int | None
    withdrawal_no: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Desk:
    """What a distributor may withdraw at this moment. `blocked` is empty or the first reason against it:
    state, open, debt, minimum, day."""

    available_fen: int
    debt_fen: int
    minimum_fen: int
    maximum_fen: int
    per_day: int
    today: int
    open_no: str
    blocked: str
    terms: Programme

    @property
    def most_fen(self) -> int:
        """The largest amount that one request may ask for."""
        return min(self.available_fen, self.maximum_fen)

    @property
    def missing_fen(self) -> int:
        """How much is missing to the minimum."""
        return max(self.minimum_fen - self.available_fen, 0)


def movements(*, distributor_id: int, offset: int = 0, limit: int = 20) -> list[Movement]:
    """The available balance's entries, the newest first; all of them sum to the balance."""
    rows = Entry.objects.filter(account__distributor=distributor_id, account__bucket=Account.Bucket.AVAILABLE)
    return [
        Movement(kind=row.journal.kind, ref=row.journal.ref, delta_fen=row.delta_fen, at=row.journal.at)
        for row in rows.select_related("journal").order_by("-pk")[offset : offset + limit]
    ]


def movement_sums(*, distributor_id: int) -> tuple[int, int, int]:
    """How many entries, and what went in and out (both positive)."""
    rows = Entry.objects.filter(account__distributor=distributor_id, account__bucket=Account.Bucket.AVAILABLE)
    found = rows.aggregate(
        come=Sum("delta_fen", filter=Q(delta_fen__gt=0), default=0),
        gone=Sum("delta_fen", filter=Q(delta_fen__lt=0), default=0),
    )
    return rows.count(), found["come"], -found["gone"]


def statements(
    *, distributor_id: int, unpaid: bool = False, offset: int = 0, limit: int = 20
) -> list[payout.StatementView]:
    """The distributor's statements, the newest first; `unpaid`: those that wait for pay day."""
    rows = _statements(distributor_id, unpaid).select_related("run").order_by("-pk")
    return [payout.statement_view(row) for row in rows[offset : offset + limit]]


def statement_sums(*, distributor_id: int, unpaid: bool = False) -> tuple[int, int]:
    """How many statements those are, and the commissions in them."""
    rows = _statements(distributor_id, unpaid)
    return rows.count(), rows.aggregate(fen=Sum("commission_fen", default=0))["fen"]


def statement_lines(*, statement_id: int, distributor_id: int) -> list[Line]:
    """The lines of a statement of this distributor, commissions first, order numbers masked."""
    rows = list(
        StatementLine.objects.filter(statement=statement_id, statement__distributor=distributor_id).order_by(
            "kind", "ref"
        )
    )
    earned = {
        f"{order_no}:{tier}": pk
        for pk, order_no, tier in Commission.objects.filter(statement=statement_id).values_list(
            "pk", "order_no", "tier"
        )
    }
    taken: dict[str, int] = {}
    for row in Reversal.objects.filter(statement=statement_id).select_related("commission"):
        start = f"{row.commission.order_no}:void" if row.refund_no == "void" else row.refund_no
        taken[f"{start}:{row.commission.tier}"] = row.commission_id
    return [_line(row, earned | taken) for row in rows]


def withdrawals(
    *, distributor_id: int, chosen: tuple[str, ...] = (), offset: int = 0, limit: int = 20
) -> list[payout.WithdrawalView]:
    """The distributor's withdrawals, the newest first; `chosen`: only these states."""
    rows = _withdrawals(distributor_id, chosen).select_related("distributor").order_by("-pk")
    return [payout.withdrawal_view(row) for row in rows[offset : offset + limit]]


def withdrawal_sums(*, distributor_id: int, chosen: tuple[str, ...] = ()) -> tuple[int, int, int]:
    """How many those are, what was asked for, and what arrives of it."""
    rows = _withdrawals(distributor_id, chosen)
    found = rows.aggregate(amount=Sum("amount_fen", default=0), net=Sum("net_fen", default=0))
    return rows.count(), found["amount"], found["net"]


def desk(*, distributor_id: int, is_active: bool, at: dt.datetime) -> Desk:
    """What `services.withdrawal.request` would say now, before it is asked."""
    terms = programmes.at(at)
    held = ledger.balances(distributor_id=distributor_id)["available"]
    today = clock.day_start(clock.local_date(at))
    own = Withdrawal.objects.filter(distributor=distributor_id)
    recent = own.filter(
        Q(state__in=states.OPEN) | Q(requested_at__gte=today, requested_at__lt=today + dt.timedelta(days=1))
    )
    rows = list(recent.values_list("no", "state", "requested_at"))
    open_no = next((no for no, state, _at in rows if state in states.OPEN), "")
    counted = sum(state not in states.RETURNED and when >= today for _no, state, when in rows)
    blocked = {
        "state": not is_active,
        "open": bool(open_no),
        "debt": held < 0,
        "minimum": held < terms.withdrawal_minimum_fen,
        "day": counted >= terms.withdrawals_per_day,
    }
    return Desk(
        available_fen=max(held, 0),
        debt_fen=max(-held, 0),
        minimum_fen=terms.withdrawal_minimum_fen,
        maximum_fen=terms.withdrawal_maximum_fen,
        per_day=terms.withdrawals_per_day,
        today=counted,
        open_no=open_no,
        blocked=next((reason for reason, holds in blocked.items() if holds), ""),
        terms=terms,
    )


def _statements(distributor_id: int, unpaid: bool) -> QuerySet[Statement]:
    rows = Statement.objects.filter(distributor=distributor_id)
    return rows.filter(paid_at=None) if unpaid else rows


def _withdrawals(distributor_id: int, chosen: tuple[str, ...]) -> QuerySet[Withdrawal]:
    rows = Withdrawal.objects.filter(distributor=distributor_id)
    return rows.filter(state__in=chosen) if chosen else rows


def _line(row: StatementLine, commission_ids: dict[str, int]) -> Line:
    is_withdrawal = row.kind == StatementLine.Kind.WITHDRAWAL
    return Line(
        kind=row.kind,
        kind_text=row.get_kind_display(),
        ref=row.ref if is_withdrawal else commissions.mask_order_no(row.ref.split(":")[0]),
        delta_fen=row.amount_fen if row.kind == StatementLine.Kind.COMMISSION else -row.amount_fen,
        commission_id=commission_ids.get(row.ref),
        withdrawal_no=row.ref if is_withdrawal else "",
    )
