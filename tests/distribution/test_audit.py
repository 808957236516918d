"""The audit of the audit: each invariant of distribution holds on honest data and fires on one corrupted row."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from distribution import audit, ledger
from distribution.services import commission, team
from mall.kernel import audit as kernel
from mall.kernel import clock
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def honest() -> Iterator[None]:
    """Orders paid, refunded, cancelled and signed, a debt among them; corruptions then bypass triggers and checks."""
    make.publish(rates_ppm=(200_000, 100_000, 50_000), missing_tier="roll_up")
    people = make.chain(3)
    buyer = make.member()
    make.bind(buyer, people[0])
    signed, voided, zero = (make.order(buyer, 666, 667, 667, list_fen=1_000) for _ in range(3))
    for order in (signed, voided, zero):
        make.pay(order)
    make.refund(signed, {2: 300})
    make.sign(signed)
    with transaction.atomic():
        commission.void(order_no=voided.no, at=make.NOW)
        key = ledger.AccountKey(people[0].pk, "available")
        ledger.post(key="w", kind="w", ref="W", moves=ledger.transfer(key, ledger.FEES, 5), at=make.NOW)
    team.catch_up(at=clock.now())
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")


def broken() -> set[str]:
    return {finding.id for finding in kernel.run(audit.CHECKS) if finding.count}


JOIN_ROOT_BELOW = """
    INSERT INTO distribution_binding (member_id, inviter_id, source, reason, actor, active_from)
    SELECT member_id, {}, 'link', '', 'x', '2020-01-01' FROM distribution_distributor
    WHERE id = (SELECT min(id) FROM distribution_distributor)"""

CORRUPTIONS = [
    ("LED1", "UPDATE distribution_entry SET delta_fen = delta_fen + 1 WHERE id = (SELECT min(id) FROM distribution_entry)"),
    ("LED2", "UPDATE distribution_entry SET delta_fen = delta_fen + 1 WHERE id = (SELECT min(id) FROM distribution_entry)"),
    ("LED3", "UPDATE distribution_account SET balance_fen = balance_fen + 1 WHERE bucket = 'frozen'"),
    ("LED3", "UPDATE distribution_account SET balance_fen = 1 WHERE bucket = 'expense'"),
    ("LED6", "UPDATE distribution_account SET balance_fen = -1 WHERE bucket = 'frozen'"),
    ("COM1", "UPDATE distribution_commissionline SET amount_fen = amount_fen + 1 WHERE position = 1"),
    ("COM1", "UPDATE distribution_attribution SET chain = jsonb_set(chain, '{0,distributor}', '0')"),
    ("COM3", "UPDATE distribution_commission SET amount_fen = 5000 WHERE tier = 1"),
    ("COM4", "UPDATE distribution_commissionline SET reversed_fen = reversed_fen + 1 WHERE refunded_fen > 0"),
    ("COM4", "UPDATE distribution_commission SET state = 'estimated' WHERE state = 'reversed'"),
    ("COM6", "UPDATE distribution_commission SET cleared_at = frozen_at WHERE state = 'frozen'"),
    ("COM7", "UPDATE distribution_attribution SET buyer_id = (SELECT min(member_id) FROM distribution_distributor)"),
    ("COM8", "DELETE FROM distribution_entry WHERE journal_id = (SELECT min(id) FROM distribution_journal)"),
    ("TRE1", JOIN_ROOT_BELOW.format("(SELECT max(id) FROM distribution_distributor)")),
    ("TRE3", "UPDATE distribution_binding SET actor = ''"),
    ("TRE4", JOIN_ROOT_BELOW.format("id")),
    ("PRG1", "UPDATE distribution_programme SET active_to = now() WHERE active_to IS NULL"),
]  # fmt: skip


def test_honest_data_passes(honest: None):
    assert broken() == set()


@pytest.mark.parametrize(("check", "sql"), CORRUPTIONS)
def test_a_corrupted_row_is_found(honest: None, check: str, sql: str):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("ALTER TABLE distribution_account DROP CONSTRAINT account_not_negative")
        cursor.execute(sql)
        assert cursor.rowcount > 0
    assert check in broken()
