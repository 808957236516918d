"""A settlement killed in the middle goes on where it stopped; a refund at the same time takes back exactly its part."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection, connections

from distribution import audit, ledger
from distribution.models import Commission, SettlementRun, Statement, StatementLine
from distribution.services import settlement, team
from mall.kernel import audit as kernel
from mall.kernel import clock
from tests.distribution.test_settlement import BY, cleared, local, settle
from tests.factories import distribution as make

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

END = "2026-04-01T00:00:00"

# The process dies inside the transaction of its fourth batch, after its statements, before its booking.
CHILD = """
import os, signal, sys
import django
django.setup()
from django.utils.dateparse import parse_datetime
from distribution import ledger
from distribution.services import settlement, settlement_figures
settlement_figures.PEOPLE_PER_BATCH = 2
booked, calls = ledger.post_many, []
def fatal(**kwargs):
    calls.append(kwargs)
    if len(calls) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return booked(**kwargs)
ledger.post_many = fatal
end = parse_datetime(sys.argv[1])
settlement.settle(cycle="monthly", period_end=end, by="child", at=end)
"""


def broken() -> set[str]:
    return {finding.id for finding in kernel.run(audit.CHECKS) if finding.count}


def test_kill_9_in_the_middle_of_a_settlement_resumes_to_the_same_figures():
    people = [make.distributor() for _ in range(12)]
    for number, person in enumerate(people):
        cleared(person, 10_000 + number * 777, at=local("2026-03-10T00:00:00"))
    team.catch_up(at=clock.now())
    expected = settle(END, dry_run=True)
    settings = connection.settings_dict
    url = "postgres://{USER}@{HOST}:{PORT}/{NAME}".format(**settings)
    killed = subprocess.run(
        [sys.executable, "-c", CHILD, local(END).isoformat()],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DATABASE_URL": url, "PGPASSWORD": settings["PASSWORD"] or ""},
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    run = SettlementRun.objects.get()
    assert (run.state, Statement.objects.count()) == ("running", 6)
    assert Commission.objects.filter(state="cleared").count() == 6
    assert broken() == set()
    settlement.settle_due(at=local("2026-04-01T00:05:00"))
    run.refresh_from_db()
    assert (run.state, run.statement_count, run.commission_fen, run.digest) == (
        "settled", 12, expected.commission_fen, expected.digest,
    )  # fmt: skip
    assert StatementLine.objects.count() == 12
    assert SettlementRun.objects.count() == 1
    assert settlement.pay_out_due(at=local("2026-04-05T00:00:00")) == 12
    assert sum(ledger.balances(distributor_id=p.pk)["available"] for p in people) == expected.commission_fen
    assert broken() == set()


@pytest.mark.parametrize("round_", range(5))
def test_t55_settling_while_refunding_nets_to_nothing(round_: int):
    people = [make.distributor() for _ in range(6)]
    orders = [cleared(person, at=local("2026-03-10T00:00:00")) for person in people]
    barrier = threading.Barrier(2)
    failures: list[Exception] = []

    def run(act) -> None:
        try:
            barrier.wait()
            act()
        except Exception as error:  # noqa: BLE001 (told to the test)
            failures.append(error)
        finally:
            connections.close_all()

    def refund_all() -> None:
        for order in orders:
            make.refund(order, {1: 10_000}, at=local("2026-04-02T00:00:00"))

    def settle_all() -> None:
        settlement.settle(cycle="monthly", period_end=local(END), by=BY, at=local(END))

    threads = [threading.Thread(target=run, args=(act,)) for act in (settle_all, refund_all)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    settlement.pay_out_due(at=local("2026-04-05T00:00:00"))
    for person in people:
        assert set(ledger.balances(distributor_id=person.pk).values()) == {0}
    settle("2026-05-01T00:00:00")
    team.catch_up(at=clock.now())
    assert all(
        statement.closing_fen == 0
        for statement in Statement.objects.filter(run__period_end=local("2026-05-01T00:00:00"))
    )
    assert broken() == set()


def test_two_settlements_at_once_are_one():
    for _ in range(8):
        cleared(make.distributor(), at=local("2026-03-10T00:00:00"))
    seen: list[str] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        try:
            barrier.wait()
            seen.append(settlement.settle(cycle="monthly", period_end=local(END), by=BY, at=local(END)).no)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(seen) == 4
    assert len(set(seen)) == 1
    assert Statement.objects.count() == StatementLine.objects.count() == 8
