"""Settlement: everything cleared before a period's end goes into statements, once, whatever is killed meanwhile.

A run is a row per (cycle, period end). It is worked off in batches of distributors, each in a transaction of its own
under one advisory lock: statements, their lines, the commissions' new state and the booking frozen -> payable commit
together. A killed run stays RUNNING; the next call finds whoever has no statement yet and goes on. Runs finish in the
order they were opened, which is the order of the digests' chain. On its pay day a run credits payable -> available.
"""

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from distribution import ledger
from distribution.events import StatementPaid
from distribution.ledger import AccountKey, Bucket, Posting
from distribution.models import Programme, SettlementRun, Statement, StatementLine
from distribution.queries import payout
from distribution.queries import programme as programmes
from distribution.queries.payout import RunView
from distribution.services import commission, settlement_figures, settlement_periods, settlement_sql
from distribution.services.settlement_figures import PEOPLE_PER_BATCH, Figures, Progress
from mall.kernel import numbers, outbox
from mall.kernel.errors import DomainError
from mall.kernel.transactions import remote, use_case

State = SettlementRun.State
INSTANT = dt.timedelta(microseconds=1)


class PeriodOpen(DomainError):
    """The period has not ended yet."""

    code = "period_open"
    message = _("结算期尚未结束")


class CycleUnknown(DomainError):
    """Neither daily, weekly nor monthly."""

    code = "invalid"
    message = _("结算周期只能是 daily、weekly 或 monthly")


@remote
def settle(
    *,
    cycle: str | None = None,
    period_end: dt.datetime | None = None,
    by: str,
    at: dt.datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> RunView:
    """Settle what was cleared before `period_end` (default: the last period end of the cycle; default cycle: the
    programme's). The same (cycle, period_end) again returns the same run and creates nothing.

    Commissions whose cooling ended within the period are cleared first, however late the beat is. A daily run is paid
    out at once. `dry_run` writes nothing and returns the figures and the digest the run would have. `progress` is
    called with the lines done, and how many there are. Raises PeriodOpen, CycleUnknown.
    """
    terms = programmes.at(at)
    cycle = cycle or terms.cycle
    if cycle not in Programme.Cycle.values:
        raise CycleUnknown(attr="cycle")
    end = period_end or settlement_periods.last_end(cycle=cycle, at=at)
    if end > at:
        raise PeriodOpen(attr="period_end")
    known = SettlementRun.objects.filter(cycle=cycle, period_end=end).exclude(state=State.RUNNING).first()
    if known:
        return payout.run_view(known)
    if dry_run:
        return settlement_figures.preview(_new_run(cycle, end, terms, by, at), progress)
    commission.clear_cooled(at=end - INSTANT)
    while True:
        run = _open(_new_run(cycle, end, terms, by, at))
        _work_off(run, at, progress)
        if (run.cycle, run.period_end) == (cycle, end):
            break
    if cycle == Programme.Cycle.DAILY:
        _pay_out(run.pk, at)
    return payout.run(no=run.no)


@remote
def settle_due(*, by: str = "system", at: dt.datetime, progress: Progress | None = None) -> list[RunView]:
    """Finish what was interrupted, then settle every period of the programme's cycle that has ended by `at`.

    After an outage each commission still goes into the statement of its own period. Returns the runs, oldest first.
    """
    cycle = programmes.at(at).cycle
    return [
        settle(cycle=cycle, period_end=end, by=by, at=at, progress=progress) for end in due_ends(cycle=cycle, at=at)
    ]


def due_ends(*, cycle: str, at: dt.datetime) -> list[dt.datetime]:
    """The ends of periods with something to settle, and the last one in any case; oldest first, none after `at`."""
    last = settlement_periods.last_end(cycle=cycle, at=at)
    moments: set[dt.datetime] = set(settlement_figures.cooled(last).values())
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT min(cleared_at) FROM distribution_commission WHERE state = 'cleared' AND cleared_at < %s
               GROUP BY date_trunc('day', cleared_at, 'Asia/Shanghai')""",
            [last],
        )
        moments.update(moment for (moment,) in cursor.fetchall())
    return sorted({last, *(settlement_periods.next_end(cycle=cycle, at=moment) for moment in moments)})


@remote
def pay_out_due(*, at: dt.datetime) -> int:
    """Credit the statements of every settled run whose pay day has come; how many statements."""
    due = SettlementRun.objects.filter(state=State.SETTLED, pay_on__lte=at).order_by("pk")
    return sum(_pay_out(run_id, at) for run_id in list(due.values_list("pk", flat=True)))


def _new_run(cycle: str, end: dt.datetime, terms: Programme, by: str, at: dt.datetime) -> SettlementRun:
    """An unsaved run."""
    before = SettlementRun.objects.filter(cycle=cycle, period_end__lt=end).order_by("-period_end").first()
    return SettlementRun(
        no=numbers.new(numbers.SETTLEMENT, at),
        cycle=cycle,
        period_start=before.period_end if before else None,
        period_end=end,
        pay_on=settlement_periods.pay_on(cycle=cycle, pay_day=terms.pay_day, period_end=end),
        started_by=by,
        started_at=at,
    )


@use_case
def _open(wanted: SettlementRun) -> SettlementRun:
    """The run to work on: one that was interrupted first, then the wanted one, created if missing."""
    _queue()
    interrupted = SettlementRun.objects.filter(state=State.RUNNING).order_by("pk").first()
    if interrupted:
        return interrupted
    known = SettlementRun.objects.filter(cycle=wanted.cycle, period_end=wanted.period_end).first()
    if known:
        return known
    wanted.save(force_insert=True)
    return wanted


def _queue() -> None:
    """Batches of all runs come one after the other: an opening balance is the closing one of the statement before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('distribution.settlement'))")


def _work_off(run: SettlementRun, at: dt.datetime, progress: Progress | None) -> None:
    """Every batch, then the end. What becomes due meanwhile for somebody without a statement is taken along."""
    parameters = settlement_figures.parameters(run, [])
    while run.state == State.RUNNING and (waiting := settlement_figures.waiting(parameters)):
        done, whole = 0, sum(rows for _distributor, rows in waiting)
        for people, rows in settlement_figures.batches(waiting):
            _settle_batch(run.pk, {**parameters, "people": people}, at)
            done += rows
            if progress:
                progress(done, whole)
    _finish(run.pk, at)


@use_case
def _settle_batch(run_id: int, parameters: dict[str, Any], at: dt.datetime) -> None:
    """The statements of some distributors, all or nothing."""
    _queue()
    run = SettlementRun.objects.get(pk=run_id)
    if run.state != State.RUNNING:
        return
    with connection.cursor() as cursor:
        cursor.execute(settlement_sql.LOCK, parameters)
        cursor.execute(settlement_sql.SETTLE, parameters)
        figures: list[Figures] = cursor.fetchall()
    amounts = {row[0]: row[2] for row in figures if row[2]}
    _transfer("settle", run.no, amounts, Bucket.FROZEN, Bucket.PAYABLE, at)


def _transfer(kind: str, run_no: str, amounts: dict[int, int], source: str, target: str, at: dt.datetime) -> None:
    """One journal per distributor."""
    postings = [
        Posting(
            key=f"{kind}:{run_no}:{distributor}",
            kind=kind,
            ref=run_no,
            moves=ledger.transfer(AccountKey(distributor, source), AccountKey(distributor, target), amount),
        )
        for distributor, amount in amounts.items()
    ]
    if postings:
        ledger.post_many(postings=postings, at=at)


@use_case
def _finish(run_id: int, at: dt.datetime) -> None:
    """Count, chain and close a run whose batches are done."""
    _queue()
    run = SettlementRun.objects.select_for_update().get(pk=run_id)
    if run.state != State.RUNNING:
        return
    statements = Statement.objects.filter(run=run)
    sums = statements.aggregate(commission=Sum("commission_fen", default=0), reversal=Sum("reversal_fen", default=0))
    run.statement_count = statements.count()
    run.commission_count = StatementLine.objects.filter(statement__run=run, kind=StatementLine.Kind.COMMISSION).count()
    run.commission_fen, run.reversal_fen = sums["commission"], sums["reversal"]
    digests = statements.order_by("distributor_id").values_list("digest", flat=True)
    run.digest = settlement_figures.digest(run, digests.iterator(chunk_size=10_000))
    run.state = State.SETTLED
    run.finished_at = at
    run.save()


def _pay_out(run_id: int, at: dt.datetime) -> int:
    paid = 0
    while batch := _pay_batch(run_id, at):
        paid += batch
    return paid


@use_case
def _pay_batch(run_id: int, at: dt.datetime) -> int:
    """Credit some statements of a settled run; 0 and the run is paid when none is left."""
    _queue()
    run = SettlementRun.objects.select_for_update().get(pk=run_id)
    if run.state != State.SETTLED:
        return 0
    unpaid = Statement.objects.filter(run=run, paid_at=None).order_by("pk")
    batch = list(unpaid.values_list("pk", "distributor_id", "commission_fen")[:PEOPLE_PER_BATCH])
    if not batch:
        run.state, run.paid_at = State.PAID, at
        run.save(update_fields=["state", "paid_at"])
        return 0
    Statement.objects.filter(pk__in=[pk for pk, _distributor, _amount in batch]).update(paid_at=at)
    amounts = {distributor: amount for _pk, distributor, amount in batch if amount}
    _transfer("payout", run.no, amounts, Bucket.PAYABLE, Bucket.AVAILABLE, at)
    outbox.publish_many(
        [
            (
                StatementPaid(statement_id=pk, distributor_id=distributor, amount_fen=amount, paid_at=at),
                f"distributor:{distributor}",
            )
            for pk, distributor, amount in batch
            if amount
        ]
    )
    return len(batch)
