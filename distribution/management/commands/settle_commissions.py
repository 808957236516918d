"""`manage.py settle_commissions`: settle what is due, pay out what is payable, and show the figures."""

import datetime as dt
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from distribution.models import Programme
from distribution.queries import programme as programmes
from distribution.queries.payout import RunView
from distribution.services import commission, settlement, settlement_figures
from mall.kernel import clock, money
from mall.kernel.errors import DomainError

BY = "staff:command"
WIDTH = 150


class Command(BaseCommand):
    """Without --as-of: what ended by now. With it: the clock plays that instant, and everything before it is settled."""

    help = _("结算佣金：先解冻到期的佣金，再为已结束的周期出账，最后发放到期的结算单。重复执行不会重复结算。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cycle", choices=Programme.Cycle.values, help=_("结算周期，默认按现行规则"))
        parser.add_argument("--as-of", help=_("视作此刻执行（ISO 8601，不带时区按北京时间），并结算此前的全部佣金"))
        parser.add_argument("--dry-run", action="store_true", help=_("只试算，不写入"))

    def handle(self, *args: Any, **options: Any) -> None:
        at = _moment(options["as_of"]) if options["as_of"] else clock.now()
        cycle = options["cycle"] or programmes.at(at).cycle
        console = Console(file=cast(IO[str], self.stdout), highlight=False, width=WIDTH)
        try:
            if options["dry_run"]:
                self._preview(console, cycle, at, whole=bool(options["as_of"]))
            else:
                self._settle(console, cycle, at, whole=bool(options["as_of"]))
        except DomainError as error:
            raise CommandError(error.detail) from error

    def _preview(self, console: Console, cycle: str, at: dt.datetime, *, whole: bool) -> None:
        _head(console, cycle, at, _("试算（不写入）"))
        with _bar(console) as bar:
            run = settlement.settle(
                cycle=cycle, period_end=at if whole else None, by=BY, at=at, dry_run=True, progress=_reporter(bar)
            )
        _show(console, [run])
        console.print(_("结果 0 写入"))

    def _settle(self, console: Console, cycle: str, at: dt.datetime, *, whole: bool) -> None:
        _head(console, cycle, at, _("执行"))
        cleared = commission.clear_cooled(at=at - settlement.INSTANT)
        ends = settlement.due_ends(cycle=cycle, at=at)
        if whole and at not in ends:
            ends.append(at)
        runs: list[RunView] = []
        with _bar(console) as bar:
            for end in ends:
                runs.append(settlement.settle(cycle=cycle, period_end=end, by=BY, at=at, progress=_reporter(bar)))
        paid = settlement.pay_out_due(at=at)
        _show(console, runs)
        console.print(
            _("解冻 %(cleared)s 笔 · 发放 %(paid)s 张结算单") % {"cleared": f"{cleared:,}", "paid": f"{paid:,}"}
        )


def _moment(text: str) -> dt.datetime:
    """An instant from ISO 8601; a bare date is its midnight, no offset means Asia/Shanghai. Raises CommandError."""
    try:
        day = parse_date(text)
        moment = clock.day_start(day) if day else parse_datetime(text)
    except ValueError as error:
        raise CommandError(_("时间不存在：%(text)s") % {"text": text}) from error
    if moment is None:
        raise CommandError(_("不是 ISO 8601 时间：%(text)s") % {"text": text})
    return timezone.make_aware(moment, clock.SHANGHAI) if timezone.is_naive(moment) else moment


def _head(console: Console, cycle: str, at: dt.datetime, what: str) -> None:
    facts = {
        "at": _local(at),
        "cycle": Programme.Cycle(cycle).label,
        "version": programmes.at(at).version,
        "what": what,
    }
    console.print(_("结算 %(at)s · %(cycle)s · 规则 v%(version)s · %(what)s") % facts)


def _bar(console: Console) -> Progress:
    """Gone when done; nothing at all where the output is no terminal."""
    return Progress(
        TextColumn(_("计佣")), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
    )


def _reporter(bar: Progress) -> settlement_figures.Progress:
    task = bar.add_task("settle", total=None)
    return lambda done, whole: bar.update(task, completed=done, total=whole)


def _show(console: Console, runs: list[RunView]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in (_("批次"), _("截至"), _("发放日"), _("状态")):
        table.add_column(name)
    for name in (_("人数"), _("佣金笔数"), _("应结"), _("扣回"), _("负余额")):
        table.add_column(name, justify="right")
    table.add_column(_("摘要"), no_wrap=True)
    for run in runs:
        table.add_row(
            run.no or "—",
            _local(run.period_end),
            _local(run.pay_on),
            run.state_text,
            f"{run.statement_count:,}",
            f"{run.commission_count:,}",
            f"¥{money.yuan(run.commission_fen)}",
            _("%(count)s 笔 −¥%(sum)s") % {"count": run.reversal_count, "sum": money.yuan(run.reversal_fen)},
            _("%(count)s 人") % {"count": run.negative_count},
            run.digest[:16],
        )
    console.print(table)
    sums = {
        "count": f"{sum(run.statement_count for run in runs):,}",
        "total": money.yuan(sum(run.commission_fen for run in runs)),
        "back": money.yuan(sum(run.reversal_fen for run in runs)),
    }
    console.print(_("合计 %(count)s 张结算单 · 应结 ¥%(total)s · 扣回 ¥%(back)s") % sums)


def _local(moment: dt.datetime) -> str:
    return f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
