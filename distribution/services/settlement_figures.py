"""What a settlement would contain, read without writing: the basis of runs and of previews."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from distribution import digests
from distribution.models import Commission, SettlementRun
from distribution.queries import payout
from distribution.queries.payout import RunView, StatementView
from distribution.services import settlement_sql
from orders import queries as orders

# Of one transaction: long enough to be worth it, short enough that a refund waits well under a second.
PEOPLE_PER_BATCH = 2_000
ROWS_PER_BATCH = 10_000

# Called with the lines done, and how many there are.
Progress = Callable[[int, int], None]
# distributor, opening, commission, reversal, withdrawal, closing, digest, number of commissions, of reversals
Figures = tuple[int, int, int, int, int, int, str, int, int]


def parameters(run: SettlementRun, cooled: list[int]) -> dict[str, Any]:
    """What the statements of `settlement_sql` need to know of a run; `people` is added batch by batch."""
    return {
        "run": run.pk,
        "cycle": run.cycle,
        "end": run.period_end,
        "end_text": digests.moment(run.period_end),
        "cooled": cooled,
    }


def waiting(known: dict[str, Any]) -> list[tuple[int, int]]:
    """(distributor, number of lines) of everybody without a statement: the only list that grows with the shop."""
    with connection.cursor() as cursor:
        cursor.execute(settlement_sql.PEOPLE, known)
        return [(distributor, rows) for distributor, rows in cursor.fetchall()]


def batches(people_waiting: list[tuple[int, int]]) -> Iterator[tuple[list[int], int]]:
    """(distributors, number of lines) of one transaction each."""
    people: list[int] = []
    total = 0
    for distributor, rows in people_waiting:
        people.append(distributor)
        total += rows
        if len(people) >= PEOPLE_PER_BATCH or total >= ROWS_PER_BATCH:
            yield people, total
            people, total = [], 0
    if people:
        yield people, total


def digest(run: SettlementRun, statements: Iterable[str]) -> str:
    """SHA-256 over the run before it, the period and the statements' digests in the order of their distributors."""
    before = SettlementRun.objects.exclude(state=SettlementRun.State.RUNNING).order_by("-pk")
    previous = before.filter(pk__lt=run.pk).first() if run.pk else before.first()
    return digests.of_run(
        previous=previous.digest if previous else "",
        cycle=run.cycle,
        period_end=run.period_end,
        statements=statements,
    )


def cooled(end: dt.datetime) -> dict[int, dt.datetime]:
    """Commissions still frozen though nothing keeps them from being cleared within the period: id -> when."""
    rows = Commission.objects.filter(state=Commission.State.FROZEN, cooling_ends_at__lt=end)
    found = list(rows.values_list("pk", "order_no", "cooling_ends_at"))
    kept = orders.with_open_refunds(order_nos={order_no for _pk, order_no, _when in found}) if found else set()
    return {pk: when for pk, order_no, when in found if order_no not in kept and when is not None}


def preview(run: SettlementRun, progress: Progress | None) -> RunView:
    """The figures of an unsaved run, batch by batch, keeping only sums and the first statements."""
    known = parameters(run, sorted(cooled(run.period_end)))
    people_waiting = waiting(known)
    first: list[StatementView] = []
    counted = {"statements": 0, "commissions": 0, "commission_fen": 0, "reversals": 0, "reversal_fen": 0, "negative": 0}

    def each_digest() -> Iterator[str]:
        done, whole = 0, sum(rows for _distributor, rows in people_waiting)
        for people, rows in batches(people_waiting):
            with connection.cursor() as cursor:
                cursor.execute(settlement_sql.PREVIEW, {**known, "people": people})
                figures: list[Figures] = cursor.fetchall()
            for row in figures:
                _count(counted, row)
                if len(first) < payout.PREVIEWED:
                    first.append(_previewed(run, row))
                yield row[6]
            done += rows
            if progress:
                progress(done, whole)

    whole_digest = digest(run, each_digest())
    return RunView(
        no="",
        cycle=run.cycle,
        period_start=run.period_start,
        period_end=run.period_end,
        pay_on=run.pay_on,
        state="preview",
        state_text=str(_("试算")),
        statement_count=counted["statements"],
        commission_count=counted["commissions"],
        commission_fen=counted["commission_fen"],
        reversal_count=counted["reversals"],
        reversal_fen=counted["reversal_fen"],
        negative_count=counted["negative"],
        digest=whole_digest,
        started_at=run.started_at,
        finished_at=None,
        paid_at=None,
        statements=tuple(first),
    )


def _count(counted: dict[str, int], row: Figures) -> None:
    _distributor, _opening, commission_fen, reversal_fen, _withdrawn, closing, _digest, commissions, reversals = row
    counted["statements"] += 1
    counted["commissions"] += commissions
    counted["commission_fen"] += commission_fen
    counted["reversals"] += reversals
    counted["reversal_fen"] += reversal_fen
    counted["negative"] += closing < 0


def _previewed(run: SettlementRun, row: Figures) -> StatementView:
    distributor, opening, commission_fen, reversal_fen, withdrawal_fen, closing, digest, _commissions, _reversals = row
    return StatementView(
        id=0,
        run_no="",
        distributor_id=distributor,
        period_end=run.period_end,
        pay_on=run.pay_on,
        opening_fen=opening,
        commission_fen=commission_fen,
        reversal_fen=reversal_fen,
        withdrawal_fen=withdrawal_fen,
        closing_fen=closing,
        digest=digest,
        paid_at=None,
    )
