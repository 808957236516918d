"""Settlement: each commission in exactly one statement, chained and hashed, on its own day in Shanghai (T66)."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from distribution import ledger
from distribution.ledger import EXPENSE, AccountKey, transfer
from distribution.models import Commission, Distributor, SettlementRun, Statement, StatementLine
from distribution.queries import payout
from distribution.services import commission, settlement, settlement_figures, settlement_periods, withdrawal
from mall.kernel import clock
from mall.kernel.models import OutboxEvent
from orders.models import Order
from tests.factories import distribution as make

SH = clock.SHANGHAI
BY = "staff:finance"


def local(text: str) -> dt.datetime:
    """An instant written in Shanghai time."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=SH)


def sold(person: Distributor, net_fen: int = 10_000, *, at: dt.datetime) -> Order:
    """An order of somebody `person` brought, paid and signed at `at`."""
    buyer = make.member()
    make.bind(buyer, person)
    order = make.order(buyer, net_fen, at=at)
    make.pay(order, at=at)
    make.sign(order, at=at)
    return order


def cleared(person: Distributor, net_fen: int = 10_000, *, at: dt.datetime) -> Order:
    """... whose commission was cleared exactly at `at`."""
    order = sold(person, net_fen, at=at - dt.timedelta(days=7))
    assert commission.clear_cooled(at=at)
    return order


def settle(end: str, *, cycle: str = "monthly", **more: object) -> payout.RunView:
    moment = local(end)
    return settlement.settle(cycle=cycle, period_end=moment, by=BY, at=more.pop("at", moment), **more)


def balance(person: Distributor, bucket: str = "available") -> int:
    return ledger.balances(distributor_id=person.pk)[bucket]


@pytest.mark.parametrize(
    ("cycle", "at", "last", "following"),
    [
        ("daily", "2026-03-01T00:00:00", "2026-03-01T00:00:00", "2026-03-02T00:00:00"),
        ("daily", "2028-02-29T23:59:59.999999", "2028-02-29T00:00:00", "2028-03-01T00:00:00"),
        ("weekly", "2026-03-01T12:00:00", "2026-02-23T00:00:00", "2026-03-02T00:00:00"),
        ("weekly", "2026-03-02T00:00:00", "2026-03-02T00:00:00", "2026-03-09T00:00:00"),
        ("monthly", "2026-02-28T23:59:59.999999", "2026-02-01T00:00:00", "2026-03-01T00:00:00"),
        ("monthly", "2026-01-31T05:00:00", "2026-01-01T00:00:00", "2026-02-01T00:00:00"),
        ("monthly", "2026-12-31T05:00:00", "2026-12-01T00:00:00", "2027-01-01T00:00:00"),
        ("monthly", "2028-02-29T05:00:00", "2028-02-01T00:00:00", "2028-03-01T00:00:00"),
    ],
)
def test_t66_periods_end_at_midnight_in_shanghai(cycle: str, at: str, last: str, following: str):
    moment = local(at).astimezone(dt.UTC)
    assert settlement_periods.last_end(cycle=cycle, at=moment) == local(last)
    assert settlement_periods.next_end(cycle=cycle, at=moment) == local(following)


@pytest.mark.parametrize(
    ("cycle", "pay_day", "end", "day"),
    [
        ("daily", 0, "2026-04-01T00:00:00", "2026-04-01T00:00:00"),
        ("weekly", 3, "2026-03-30T00:00:00", "2026-04-01T00:00:00"),
        ("weekly", 1, "2026-03-30T00:00:00", "2026-03-30T00:00:00"),
        ("weekly", 28, "2026-03-30T00:00:00", "2026-04-05T00:00:00"),
        ("monthly", 5, "2026-04-01T00:00:00", "2026-04-05T00:00:00"),
        ("monthly", 5, "2026-04-05T09:00:00", "2026-04-05T09:00:00"),
        ("monthly", 5, "2026-12-06T00:00:00", "2026-12-06T00:00:00"),
        ("weekly", 3, "2026-03-31T00:00:00", "2026-03-31T00:00:00"),
        ("monthly", 28, "2026-02-01T00:00:00", "2026-02-28T00:00:00"),
    ],
)
def test_pay_days(cycle: str, pay_day: int, end: str, day: str):
    assert settlement_periods.pay_on(cycle=cycle, pay_day=pay_day, period_end=local(end)) == local(day)


@pytest.mark.django_db
def test_t66_each_commission_is_in_exactly_one_statement():
    """The last microsecond before and the first after midnight in Shanghai, at a month's end and on a leap day."""
    person = make.distributor()
    moments = {
        dt.datetime(2028, 2, 28, 15, 59, 59, 999_999, tzinfo=dt.UTC): "2028-02-29",
        dt.datetime(2028, 2, 28, 16, 0, tzinfo=dt.UTC): "2028-03-01",
        dt.datetime(2028, 2, 29, 15, 59, 59, 999_999, tzinfo=dt.UTC): "2028-03-01",
        dt.datetime(2028, 2, 29, 16, 0, tzinfo=dt.UTC): "2028-03-02",
    }
    orders = {cleared(person, at=moment).no: day for moment, day in moments.items()}
    for day in ("2028-02-29", "2028-03-01", "2028-03-02", "2028-03-03"):
        settle(f"{day}T00:00:00", cycle="daily")
    found = Commission.objects.values_list("order_no", "statement__run__period_end")
    assert {no: end.astimezone(SH).date().isoformat() for no, end in found} == orders
    assert StatementLine.objects.count() == 4
    assert SettlementRun.objects.get(period_end=local("2028-03-03T00:00:00")).statement_count == 0


@pytest.mark.django_db
def test_example_f_monthly_statement_on_the_first_paid_on_the_fifth():
    person = make.distributor()
    before, first, last, after = (
        cleared(person, net, at=local(at))
        for net, at in (
            (1_000, "2026-02-28T23:59:59.999999"),
            (10_000, "2026-03-01T00:00:00"),
            (20_000, "2026-03-31T23:59:59.999999"),
            (40_000, "2026-04-01T00:00:00"),
        )
    )
    settle("2026-03-01T00:00:00")
    run = settle("2026-04-01T00:00:00")
    assert (run.state, run.commission_count, run.commission_fen) == ("settled", 2, 6_000)
    assert run.pay_on == local("2026-04-05T00:00:00")
    assert {c.order_no: c.state for c in Commission.objects.all()} == {
        before.no: "settled", first.no: "settled", last.no: "settled", after.no: "cleared",
    }  # fmt: skip
    settlement.pay_out_due(at=local("2026-04-04T23:59:59"))
    assert (balance(person), balance(person, "payable")) == (200, 6_000)  # February's was due on 5 March
    make.refund(last, {1: 20_000}, at=local("2026-04-03T10:00:00"))
    assert settlement.pay_out_due(at=local("2026-04-05T00:00:00")) == 1
    assert settlement.pay_out_due(at=local("2026-04-05T00:01:00")) == 0
    assert balance(person) == 200 + 6_000 - 4_000
    april = settle("2026-05-01T00:00:00").statements[0]
    assert (april.opening_fen, april.commission_fen, april.reversal_fen, april.closing_fen) == (
        6_200, 8_000, 4_000, 10_200,
    )  # fmt: skip
    assert OutboxEvent.objects.filter(
        name="distribution.StatementPaid", aggregate=f"distributor:{person.pk}", payload__amount_fen=6_000
    ).exists()


@pytest.mark.django_db
def test_example_e_and_t51_a_refund_after_withdrawal_shows_on_the_statement_as_a_debt():
    person = make.distributor()
    order = cleared(person, at=local("2026-03-10T00:00:00"))
    settle("2026-04-01T00:00:00")
    settlement.pay_out_due(at=local("2026-04-05T00:00:00"))
    day = local("2026-04-06T10:00:00")
    no = withdrawal.request(member_id=person.member_id, amount_fen=2_000, channel="balance", at=day).no
    withdrawal.approve(withdrawal_no=no, by=BY, at=day)
    with transaction.atomic():
        withdrawal.complete(withdrawal_no=no, at=day)
    make.refund(order, {1: 10_000}, at=local("2026-04-07T00:00:00"), no="R1")
    assert balance(person) == -2_000
    cleared(person, 6_000, at=local("2026-04-20T00:00:00"))
    settle("2026-05-01T00:00:00")
    settlement.pay_out_due(at=local("2026-05-05T00:00:00"))
    assert balance(person) == -800
    statement = Statement.objects.latest("pk")
    assert (statement.opening_fen, statement.closing_fen) == (2_000, -800)
    assert [(line.kind, line.ref, line.amount_fen) for line in payout.statement_lines(statement_id=statement.pk)][
        1:
    ] == [
        ("reversal", "R1:1", 2_000),
        ("withdrawal", no, 2_000),
    ]
    assert payout.run(no=statement.run.no).negative_count == 1


@pytest.mark.django_db
def test_running_again_creates_nothing():
    person = make.distributor()
    cleared(person, at=local("2026-03-10T00:00:00"))
    first = settle("2026-04-01T00:00:00")
    cleared(person, at=local("2026-03-20T00:00:00"))
    assert settle("2026-04-01T00:00:00", at=local("2026-04-02T00:00:00")) == first
    assert settle("2026-04-01T00:00:00", dry_run=True) == first
    assert (SettlementRun.objects.count(), Statement.objects.count()) == (1, 1)
    assert settle("2026-05-01T00:00:00").commission_count == 1


@pytest.mark.django_db
def test_example_j_a_preview_writes_nothing_and_has_the_same_figures_and_digest():
    for _ in range(3):
        person = make.distributor()
        cleared(person, at=local("2026-03-10T00:00:00"))
        sold(person, 7_000, at=local("2026-03-20T12:00:00"))  # cooled, but not cleared yet
    with CaptureQueriesContext(connection) as queries:
        preview = settle("2026-04-01T00:00:00", dry_run=True)
    assert not [q["sql"] for q in queries if q["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not any("FOR UPDATE" in q["sql"] for q in queries)
    assert not SettlementRun.objects.exists()
    make.publish(rates_ppm=(10_000,), at=local("2026-03-31T00:00:00"))
    run = settle("2026-04-01T00:00:00")
    assert (run.commission_count, run.commission_fen, run.digest) == (6, 3 * (2_000 + 1_400), preview.digest)
    assert [s.digest for s in run.statements] == [s.digest for s in preview.statements]
    assert (preview.commission_fen, preview.statement_count) == (run.commission_fen, run.statement_count)


@pytest.mark.django_db
def test_a_period_that_has_not_ended_is_refused():
    with pytest.raises(settlement.PeriodOpen):
        settlement.settle(period_end=local("2026-04-01T00:00:00"), by=BY, at=local("2026-03-31T23:59:59"))
    with pytest.raises(settlement.CycleUnknown):
        settlement.settle(cycle="yearly", by=BY, at=local("2026-03-31T23:59:59"))
    assert not SettlementRun.objects.exists()


@pytest.mark.django_db
def test_an_open_after_sale_keeps_a_commission_out_until_it_is_answered():
    person = make.distributor()
    order = sold(person, at=local("2026-03-01T00:00:00"))
    claim = make.open_refund(order)
    assert settle("2026-04-01T00:00:00").statement_count == 0
    claim.state = "rejected"
    claim.save(update_fields=["state"])
    assert settle("2026-05-01T00:00:00").commission_fen == 2_000


@pytest.mark.django_db
def test_a_daily_run_is_paid_at_once():
    person = make.distributor()
    cleared(person, at=local("2026-03-10T12:00:00"))
    run = settle("2026-03-11T00:00:00", cycle="daily")
    assert (run.state, run.paid_at, balance(person)) == ("paid", local("2026-03-11T00:00:00"), 2_000)


@pytest.mark.django_db
def test_after_an_outage_every_period_gets_its_own_run_and_empty_ones_none():
    make.publish(cycle="daily", pay_day=0)
    person = make.distributor()
    for day in ("2026-03-03T10:00:00", "2026-03-03T20:00:00", "2026-03-07T10:00:00"):
        sold(person, at=local(day) - dt.timedelta(days=7))
    runs = settlement.settle_due(at=local("2026-03-10T08:00:00"))
    assert [(run.period_end.astimezone(SH).day, run.commission_count) for run in runs] == [(4, 2), (8, 1), (10, 0)]
    again = settlement.settle_due(at=local("2026-03-10T09:00:00"))
    assert [run.no for run in again] == [runs[-1].no]


@pytest.mark.django_db
def test_statements_take_a_fixed_number_of_sql_statements(monkeypatch: pytest.MonkeyPatch):
    def count(people: int) -> int:
        for _ in range(people):
            sold(make.distributor(), at=local("2026-03-01T00:00:00"))
        end = f"2026-0{4 + SettlementRun.objects.count()}-01T00:00:00"
        with CaptureQueriesContext(connection) as queries:
            assert settle(end).statement_count == people
        return len(queries)

    assert count(3) == count(12)
    monkeypatch.setattr(settlement_figures, "PEOPLE_PER_BATCH", 5)
    assert count(12) > count(3)
    assert SettlementRun.objects.filter(statement_count=12).count() == 2


@pytest.mark.django_db
def test_digests_are_chained_from_run_to_run_and_statement_to_statement():
    person = make.distributor()
    cleared(person, at=local("2026-03-10T00:00:00"))
    first = settle("2026-04-01T00:00:00")
    cleared(person, at=local("2026-04-10T00:00:00"))
    honest = settle("2026-05-01T00:00:00", dry_run=True)
    Statement.objects.filter(run__no=first.no).update(digest="0" * 64)
    forged = settle("2026-05-01T00:00:00", dry_run=True)
    assert honest.statements[0].digest != forged.statements[0].digest
    SettlementRun.objects.filter(no=first.no).update(digest="1" * 64)
    assert len({honest.digest, forged.digest, settle("2026-05-01T00:00:00", dry_run=True).digest}) == 3


def command(*words: str) -> str:
    out = io.StringIO()
    call_command("settle_commissions", *words, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_plays_the_clock():
    person = make.distributor()
    sold(person, at=local("2026-03-20T00:00:00"))
    shown = command("--as-of", "2026-04-05T12:00:00", "--dry-run")
    assert "¥20.00" in shown
    assert "0 写入" in shown
    assert Commission.objects.get().state == "frozen"
    shown = command("--as-of", "2026-04-05T12:00:00+08:00", "--cycle", "monthly")
    assert "¥20.00" in shown
    run = SettlementRun.objects.get(period_end=local("2026-04-01T00:00:00"))
    assert (run.state, balance(person)) == ("paid", 2_000)
    assert run.digest[:16] in shown
    command("--as-of", "2026-04-05T12:00:00")
    assert (SettlementRun.objects.count(), balance(person)) == (2, 2_000)


@pytest.mark.django_db
def test_the_command_settles_everything_before_its_instant():
    person = make.distributor()
    sold(person, at=local("2026-03-20T00:00:00"))
    command("--as-of", "2026-03-27T00:00:01")
    assert Commission.objects.get().state == "settled"
    assert balance(person) == 2_000, "settling early is the merchant's decision and is paid at once"
    command("--as-of", "2026-04-05")
    assert balance(person) == 2_000


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["tomorrow", "2026-02-30", "2026-13-01T00:00:00"])
def test_the_command_refuses_what_is_no_time(text: str):
    with pytest.raises(CommandError):
        command("--as-of", text)


@pytest.mark.django_db
def test_money_booked_elsewhere_stays_out_of_statements():
    person = make.distributor()
    with transaction.atomic():
        moves = transfer(EXPENSE, AccountKey(person.pk, "available"), 5)
        ledger.post(key="gift", kind="test", ref="R", moves=moves, at=make.NOW)
    assert settle("2026-04-01T00:00:00").statement_count == 0
