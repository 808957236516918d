"""The audit of the audit, second half: every invariant of settlement, withdrawal and the tree fires on one bad row."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from distribution import audit
from distribution.models import Withdrawal
from distribution.services import commission, settlement, team, withdrawal
from mall.kernel import audit as kernel
from mall.kernel import clock
from mall.management.audit_registry import CHECKS
from tests.distribution.test_settlement import BY, cleared, local, settle
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def honest() -> Iterator[None]:
    """Two paid monthly runs with a refund and a withdrawal between them, an open withdrawal, a debt, a deep team."""
    make.publish(fee_ppm=10_000)
    people = make.chain(3)
    refunded = cleared(people[0], at=local("2026-03-10T00:00:00.123400"))
    cleared(people[0], 50_000, at=local("2026-03-11T00:00:00"))
    settle("2026-04-01T00:00:00")
    settlement.pay_out_due(at=local("2026-04-05T00:00:00"))
    day = local("2026-04-06T00:00:00")
    for end in ("paid", "open"):
        no = withdrawal.request(member_id=people[0].member_id, amount_fen=3_000, channel="balance", at=day).no
        if end == "paid":
            withdrawal.approve(withdrawal_no=no, by=BY, at=day)
            with transaction.atomic():
                withdrawal.complete(withdrawal_no=no, at=day)
    make.refund(refunded, {1: 10_000}, at=day)
    cleared(people[1], at=local("2026-04-10T00:00:00"))
    settlement.settle(
        cycle="monthly", period_end=local("2026-04-20T10:30:00.500000"), by=BY, at=local("2026-04-21T00:00:00")
    )
    cleared(people[2], at=local("2026-04-25T00:00:00"))
    team.catch_up(at=clock.now())
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")


def broken() -> set[str]:
    return {finding.id for finding in kernel.run(audit.CHECKS) if finding.count}


FIRST = "WHERE id = (SELECT min(id) FROM {0})"
LAST = "WHERE id = (SELECT max(id) FROM {0})"


def change(table: str, values: str, which: str = FIRST) -> str:
    name = f"distribution_{table}"
    return f"UPDATE {name} SET {values} {which.format(name)}"  # noqa: S608 (constants of this file)


# (check, corruption, what else must fire because it follows)
CORRUPTIONS = [
    ("COM2", "UPDATE distribution_commissionline SET amount_fen = 1, net_fen = 5 WHERE position = 1", {"COM1", "COM4"}),
    ("COM9", "UPDATE distribution_commission SET state = 'estimated' WHERE state = 'cleared'", set()),
    ("TRE2", change("teamnode", "rght = rght + 2"), set()),
    ("TRE2", change("teamnode", "level = 5", LAST), set()),
    ("TRE2", change("teamnode", "parent_id = NULL", LAST), set()),
    ("TRE2", "DELETE FROM distribution_teamnode WHERE id = (SELECT max(id) FROM distribution_teamnode)", set()),
    ("TRE2", change("teamnode", "tree_id = tree_id + 100", LAST), set()),
    ("WDR1", "UPDATE distribution_withdrawal SET amount_fen = 4000, net_fen = 3960, fee_fen = 40 WHERE state = 'requested'", set()),
    ("WDR1", "UPDATE distribution_account SET balance_fen = balance_fen + 1 WHERE bucket = 'paid'", {"LED3"}),
    ("WDR2", "UPDATE distribution_withdrawal SET fee_fen = 29, net_fen = 2971 WHERE state = 'requested'", set()),
    ("WDR2", "UPDATE distribution_withdrawal SET tax_fen = 1 WHERE state = 'requested'", set()),
    ("WDR3", "UPDATE payments_transfer SET state = 'failed'", set()),
    ("WDR3", "UPDATE payments_transfer SET amount_fen = amount_fen + 1", set()),
    ("WDR3", "DELETE FROM payments_transfer", set()),
    ("SET1", change("statement", "opening_fen = opening_fen + 1, closing_fen = closing_fen + 1", LAST), {"SET3", "SET4"}),
    ("SET1", change("statementline", "amount_fen = amount_fen + 1"), {"SET2", "SET4"}),
    ("SET1", change("settlementrun", "statement_count = 9"), set()),
    ("SET2", "UPDATE distribution_commission SET statement_id = statement_id + 1 WHERE statement_id IS NOT NULL", set()),
    ("SET2", "UPDATE distribution_commission SET statement_id = NULL WHERE state = 'settled'", set()),
    ("SET3", "UPDATE distribution_account SET balance_fen = balance_fen + 1 WHERE bucket = 'available'", {"LED3"}),
    ("SET4", change("statement", "digest = repeat('0', 64)"), set()),
    ("SET4", change("settlementrun", "digest = repeat('0', 64)"), set()),
]  # fmt: skip


def test_honest_data_passes(honest: None):
    assert Withdrawal.objects.count() == 2
    assert broken() == set()


@pytest.mark.parametrize(("check", "sql", "implied"), CORRUPTIONS)
def test_a_corrupted_row_is_found(honest: None, check: str, sql: str, implied: set[str]):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for table, constraint in (("withdrawal", "withdrawal_adds_up"), ("commissionline", "commission_line_amounts")):
            cursor.execute(f"ALTER TABLE distribution_{table} DROP CONSTRAINT {constraint}")
        cursor.execute(sql)
    assert broken() == {check} | implied


def test_every_invariant_has_an_id_of_its_own():
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))
    assert commission.VOID == "void"  # the checks and statements spell it out in SQL
