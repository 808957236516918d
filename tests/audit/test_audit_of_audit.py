"""The audit of the audit: on honest data every check is silent, on one corrupted row exactly the right ones fire."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mall.kernel import audit, clock
from mall.management.audit_registry import CHECKS
from marketing.services import coupons
from orders.models import Order
from orders.services import cancel, fulfilment, refunds
from orders.services.claims import ClaimLine
from tests.distribution import test_audit, test_audit_payout
from tests.factories import catalog, orders
from tests.factories import payments as people
from tests.marketing import test_coupons

pytestmark = pytest.mark.django_db

# (check, corruption, what else must fire because it follows). Run with triggers off and the CHECKs below dropped.
CORRUPTIONS: list[tuple[str, str, set[str]]] = [
    ("STK1", "UPDATE catalog_stock SET reserved = on_hand + 1", {"STK2", "STK3"}),
    ("STK1", "UPDATE catalog_stock SET reserved = -1", {"STK2", "STK3"}),
    ("STK2", "UPDATE catalog_stockreservation SET quantity = quantity + 1 WHERE state = 'held'", set()),
    ("STK3", "UPDATE catalog_stock SET on_hand = on_hand + 1", set()),
    ("STK3", "UPDATE catalog_stock SET safety_stock = 1, on_hand = on_hand - 1", set()),
    ("STK4", "UPDATE catalog_stockreservation SET state = 'released' WHERE state = 'committed'", set()),
    ("STK4", "UPDATE catalog_stockreservation SET state = 'committed' WHERE state = 'released'", set()),
    ("STK4", "DELETE FROM catalog_stockreservation WHERE state = 'held'", {"STK2"}),
    ("STK8", "UPDATE catalog_stockmovement SET on_hand_after = on_hand_after + 1 WHERE kind = 'commit'", set()),
    ("STK8", "UPDATE catalog_stockmovement SET reserved_after = reserved_after + 1 WHERE kind = 'reserve'", set()),
    ("CPN1", "UPDATE marketing_coupon SET claimed_count = claimed_count + 1", set()),
    ("CPN1", "UPDATE marketing_coupon SET total = 1", set()),
    ("CPN1", "UPDATE marketing_membercoupon SET serial = 9 WHERE state = 'usable'", set()),
    ("CPN2", "UPDATE marketing_membercoupon SET state = 'used', order_no = (SELECT max(order_no) FROM marketing_membercoupon)",
     set()),
    ("ORD1", "UPDATE orders_orderline SET unit_price_fen = unit_price_fen + 1", set()),
    ("ORD1", "UPDATE orders_orderline SET subtotal_fen = subtotal_fen + 1", {"ORD3"}),
    ("ORD2", "UPDATE orders_lineadjustment SET amount_fen = amount_fen + 1", set()),
    ("ORD2", "DELETE FROM orders_lineadjustment", set()),
    ("ORD3", "UPDATE orders_order SET goods_total_fen = goods_total_fen + 1, payable_fen = payable_fen + 1 WHERE state = 'unpaid'",
     set()),
    ("ORD3", "UPDATE orders_order SET freight_fen = freight_fen + 1 WHERE state = 'unpaid'", set()),
    ("ORD5", "UPDATE orders_order SET state = 'completed' WHERE state = 'signed'", set()),
    ("ORD5", "UPDATE orders_orderlog SET command = 'receive' WHERE command = 'ship'", set()),
    ("ORD5", "DELETE FROM orders_orderlog", set()),
    ("PAY1", "UPDATE payments_payment SET state = 'closed' WHERE purpose = 'order' AND refunded_fen = 0", set()),
    ("PAY1", "UPDATE payments_payment SET amount_fen = amount_fen + 1 WHERE purpose = 'order'", set()),
    ("PAY1", "UPDATE payments_payment SET purpose = 'order', ref = (SELECT no FROM orders_order WHERE state = 'unpaid'), "
             "settled_at = now() - interval '1 hour' WHERE purpose = 'test'", set()),
    ("PAY2", "UPDATE payments_payment SET provider_txn = NULL", set()),
    ("PAY2", "UPDATE payments_payment SET settled_at = NULL", set()),
    ("PAY3", "UPDATE payments_payment SET is_surplus = true WHERE purpose = 'test'", set()),
    ("PAY4", "UPDATE payments_payment SET evidence = '{}'", set()),
    ("PAY6", "INSERT INTO payments_unmatchedpayment (provider, provider_txn, out_no, amount_fen, reason, found_at, resolution) "
             "VALUES ('wechat', '4200', 'X', 1, '单号不存在', now(), '')", set()),
    ("RFD1", "UPDATE payments_payment SET refunding_fen = 1 WHERE purpose = 'test'", set()),
    ("RFD1", "UPDATE payments_providerrefund SET amount_fen = amount_fen - 1", set()),
    ("RFD3", "UPDATE orders_refundline SET amount_fen = amount_fen + 1", set()),
    ("RFD3", "UPDATE orders_orderline SET refunded_fen = refunded_fen - 1 WHERE refunded_fen > 0", set()),
    ("RFD4", "UPDATE orders_order SET refunded_fen = refunded_fen - 1 WHERE refunded_fen > 0", set()),
    ("WAL1", "UPDATE payments_wallet SET balance_fen = balance_fen + 1", set()),
    ("WAL1", "UPDATE payments_walletentry SET delta_fen = delta_fen + 1 WHERE kind = 'grant'", set()),
    ("OBX2", "UPDATE kernel_delivery SET state = 'dead'", set()),
    ("OBX2", "UPDATE kernel_outboxevent SET created_at = now() - interval '1 hour'", set()),
    ("IDM1", "INSERT INTO kernel_idempotencykey (scope, key, body_hash, state, claimed_at, created_at) "
             "VALUES ('m:1', 'k', 'h', 'running', now(), now() - interval '1 hour')", set()),
]  # fmt: skip
# A corruption above that PostgreSQL itself would refuse: that is the first guard, the audit is the second.
CONSTRAINTS = (
    ("catalog_stock", "stock_reserved_covered"),
    ("catalog_stock", "catalog_stock_reserved_check"),
    ("marketing_coupon", "coupon_issued"),
    ("orders_order", "order_adds_up"),
    ("orders_orderline", "line_adds_up"),
)


@pytest.fixture
def honest() -> None:
    """A signed order bought with a coupon and partly refunded, a paid, an unpaid and a cancelled one, a payment besides."""
    sku = catalog.sku(price_fen=5_000, on_hand=50)
    shopper = orders.shopper()
    at = clock.now()
    coupon = test_coupons.make(
        total=5, per_member=2, starts_at=at - test_coupons.DAY, ends_at=at + test_coupons.DAY, threshold_fen=0
    )
    held, _spare = (coupons.claim(coupon_id=coupon.pk, member_id=shopper.pk, at=at) for _ in range(2))
    bought = orders.ship(orders.paid((sku, 3), member=shopper, coupon_id=held))
    fulfilment.receive(order_no=bought.no, member_id=shopper.pk, at=at)
    claim = orders.claim(bought, ClaimLine(line=bought.lines.get().pk, quantity=1))
    refunds.approve(refund_no=claim.no, actor="staff:service", at=at)
    orders.finish_refunds()
    orders.paid((sku, 2), member=shopper)
    orders.placed((sku, 1), member=shopper)
    given_up = orders.placed((sku, 1), member=shopper)
    cancel.cancel(order_no=given_up.no, reason="不想要了", actor=f"member:{shopper.pk}", at=at)
    people.collect_from(people.funded(balance_fen=500), amount_fen=500, purpose="test")


def broken() -> set[str]:
    return {finding.id for finding in audit.run(CHECKS) if finding.count}


def corrupt(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, constraint in CONSTRAINTS:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        cursor.execute(sql)
        assert cursor.rowcount > 0, "nothing to corrupt"
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_honest_data_passes(honest: None):
    assert set(Order.objects.values_list("state", flat=True)) == {"signed", "approved", "unpaid", "cancelled"}
    assert broken() == set()


@pytest.mark.parametrize(("check", "sql", "implied"), CORRUPTIONS)
def test_a_corrupted_row_is_found(honest: None, check: str, sql: str, implied: set[str]):
    corrupt(sql)
    assert broken() == {check} | implied


COVERED = {case[0] for case in (*CORRUPTIONS, *test_audit.CORRUPTIONS, *test_audit_payout.CORRUPTIONS)}


@pytest.mark.parametrize("check", [check.id for check in CHECKS])
def test_no_check_is_without_a_corruption(check: str):
    assert check in COVERED


def test_the_command_names_the_rows_and_exits_one(honest: None):
    corrupt("UPDATE orders_order SET refunded_fen = refunded_fen - 1 WHERE refunded_fen > 0")
    no = Order.objects.get(refunded_fen__gt=0).no
    for words, expected in ((["audit"], f"no={no}"), (["audit", "--check", "rfd4", "--json"], f'"{no}"')):
        out = StringIO()
        with pytest.raises(SystemExit) as exit_:
            call_command(*words, stdout=out)
        assert exit_.value.code == 1
        assert expected in out.getvalue()


def test_json_parses_and_lists_every_check(honest: None):
    out = StringIO()
    call_command("audit", "--json", stdout=out)
    findings = json.loads(out.getvalue())
    assert [finding["id"] for finding in findings] == [check.id for check in CHECKS]
    assert all(finding["count"] == 0 and finding["rows"] == [] and finding["title"] for finding in findings)


def test_the_command_runs_only_the_named_checks(honest: None):
    corrupt("UPDATE orders_order SET refunded_fen = refunded_fen - 1 WHERE refunded_fen > 0")
    out = StringIO()
    call_command("audit", "--check", "STK1,PAY1", "--json", stdout=out)
    assert [finding["id"] for finding in json.loads(out.getvalue())] == ["STK1", "PAY1"]


def test_an_unknown_check_exits_two():
    with pytest.raises(CommandError, match="NOPE") as refused:
        call_command("audit", "--check", "STK1,nope")
    assert refused.value.returncode == 2
