"""Invariants of distribution: the books balance, commissions follow from their snapshots, nobody is their own inviter."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from distribution import rules
from distribution.models import Attribution, Commission, CommissionLine
from mall.kernel.audit import Check, Row

CHUNK = 500

_RECURSION = """
    WITH RECURSIVE parent AS (
        SELECT person.id, binding.inviter_id FROM distribution_binding binding
        JOIN distribution_distributor person ON person.member_id = binding.member_id
        WHERE binding.active_from <= now() AND (binding.active_to IS NULL OR binding.active_to > now())
    ), above (start, id) AS (
        SELECT id, inviter_id FROM parent
        UNION
        SELECT above.start, parent.inviter_id FROM above JOIN parent ON parent.id = above.id
        WHERE above.id <> above.start
    )"""


def _recomputed() -> Iterator[Row]:
    """Commissions, and their lines, that do not follow from their order's snapshot."""
    paid = Commission.objects.values("order_no")
    snapshots = Attribution.objects.filter(order_no__in=paid).select_related("programme").order_by("order_no")
    batch: list[Attribution] = []
    for snapshot in snapshots.iterator(chunk_size=CHUNK):
        batch.append(snapshot)
        if len(batch) == CHUNK:
            yield from _compare(batch)
            batch = []
    yield from _compare(batch)


def _compare(snapshots: list[Attribution]) -> Iterator[Row]:
    stored: dict[tuple[str, int, int], tuple[int, int]] = {}
    rows = CommissionLine.objects.filter(commission__order_no__in=[s.order_no for s in snapshots])
    facts = ("commission__order_no", "commission__tier", "line", "amount_fen", "commission__distributor_id")
    for order_no, tier, line, amount, distributor in rows.values_list(*facts):
        stored[order_no, tier, line] = (amount, distributor)
    for snapshot in snapshots:
        expected = dict(_expected(snapshot))
        found = {key: value for key, value in stored.items() if key[0] == snapshot.order_no}
        for key in sorted(expected.keys() | found.keys()):
            if expected.get(key) != found.get(key):
                yield {
                    "order_no": key[0],
                    "tier": key[1],
                    "line": key[2],
                    "stored": found.get(key),
                    "is": expected.get(key),
                }


def _expected(snapshot: Attribution) -> Iterator[tuple[tuple[str, int, int], tuple[int, int]]]:
    cap = snapshot.programme.cap_ppm
    result = rules.from_snapshot(chain=snapshot.chain, lines=snapshot.lines, cap_ppm=cap)
    takers = {place["tier"]: place["distributor"] for place in snapshot.chain}
    for tier in result.tiers:
        if tier.amount_fen:
            for share in tier.lines:
                yield (snapshot.order_no, tier.tier, share.line), (share.amount_fen, takers[tier.tier])


def _over_the_cap() -> Iterator[Row]:
    """Orders whose tiers together exceed the cap, or what was paid for the goods."""
    rows = Commission.objects.order_by("order_no").values_list("order_no", "amount_fen")
    for orders in _chunks(groupby(rows.iterator(chunk_size=CHUNK), key=lambda row: row[0])):
        for snapshot in Attribution.objects.filter(order_no__in=orders).select_related("programme"):
            base = sum(line["base_fen"] for line in snapshot.lines)
            limit = min(base * snapshot.programme.cap_ppm // rules.PPM, sum(line["net_fen"] for line in snapshot.lines))
            if orders[snapshot.order_no] > limit:
                yield {"order_no": snapshot.order_no, "commission_fen": orders[snapshot.order_no], "limit_fen": limit}


def _chunks(groups: Any) -> Iterator[dict[str, int]]:
    chunk: dict[str, int] = {}
    for order_no, rows in groups:
        chunk[order_no] = sum(amount for _order, amount in rows)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = {}
    yield chunk


CHECKS = [
    Check(
        id="LED1",
        title="每张凭证至少两笔分录，合计为零",
        sql="""
        SELECT j.id, j.key, count(e.id) AS entries, coalesce(sum(e.delta_fen), 0) AS total
        FROM distribution_journal j LEFT JOIN distribution_entry e ON e.journal_id = j.id
        GROUP BY j.id, j.key HAVING count(e.id) < 2 OR coalesce(sum(e.delta_fen), 0) <> 0
        """,
    ),
    Check(
        id="LED2",
        title="全部分录合计为零",
        sql="SELECT sum(delta_fen) AS total FROM distribution_entry HAVING sum(delta_fen) <> 0",
    ),
    Check(
        id="LED3",
        title="分销商账户余额 = 分录之和（平台账户不存余额）",
        sql="""
        SELECT a.id, a.distributor_id, a.bucket, a.balance_fen, coalesce(sum(e.delta_fen), 0) AS entries
        FROM distribution_account a LEFT JOIN distribution_entry e ON e.account_id = a.id
        GROUP BY a.id
        HAVING a.balance_fen <> CASE WHEN a.distributor_id IS NULL THEN 0 ELSE coalesce(sum(e.delta_fen), 0) END
        """,
    ),
    Check(
        id="LED6",
        title="只有可提现可以为负（欠款）",
        sql="""
        SELECT id, distributor_id, bucket, balance_fen FROM distribution_account
        WHERE distributor_id IS NOT NULL AND bucket <> 'available' AND balance_fen < 0
        """,
    ),
    Check(id="COM1", title="佣金及每一行都能由下单快照重新算出，受益人与快照一致", rows=_recomputed),
    Check(id="COM3", title="各级佣金之和不超过封顶与商品实付", rows=_over_the_cap),
    Check(
        id="COM4",
        title="扣回 = 按累计退款应扣；明细、扣回单与佣金三者一致",
        sql="""
        SELECT c.order_no, c.tier, c.amount_fen, c.reversed_fen, l.amount AS lines, l.reversed AS lines_reversed,
               coalesce(r.total, 0) AS reversals
        FROM distribution_commission c
        JOIN (SELECT commission_id, sum(amount_fen) AS amount, sum(reversed_fen) AS reversed,
                     bool_or(reversed_fen <> CASE WHEN refunded_fen >= net_fen THEN amount_fen
                             ELSE amount_fen * refunded_fen / net_fen END) AS off
              FROM distribution_commissionline GROUP BY commission_id) l ON l.commission_id = c.id
        LEFT JOIN (SELECT commission_id, sum(amount_fen) AS total, bool_or(refund_no = 'void') AS void
                   FROM distribution_reversal GROUP BY commission_id) r ON r.commission_id = c.id
        WHERE c.amount_fen <> l.amount OR c.reversed_fen <> l.reversed OR c.reversed_fen <> coalesce(r.total, 0)
           OR (l.off AND NOT coalesce(r.void, false)) OR (coalesce(r.void, false) AND c.reversed_fen <> c.amount_fen)
           OR (c.state = 'reversed') <> (c.reversed_fen = c.amount_fen)
        """,
    ),
    Check(
        id="COM6",
        title="冷静期满才解冻",
        sql="""
        SELECT order_no, tier, state, cooling_ends_at, cleared_at FROM distribution_commission
        WHERE cleared_at IS NOT NULL AND (cooling_ends_at IS NULL OR cleared_at < cooling_ends_at)
        """,
    ),
    Check(
        id="COM7",
        title="未开启自购返佣时，买家不从自己的订单获佣",
        sql="""
        SELECT c.order_no, c.tier FROM distribution_commission c
        JOIN distribution_attribution a ON a.order_no = c.order_no
        JOIN distribution_programme p ON p.id = a.programme_id
        JOIN distribution_distributor d ON d.id = c.distributor_id
        WHERE d.member_id = a.buyer_id AND p.self_purchase = 'off'
        """,
    ),
    Check(
        id="COM8",
        title="佣金净额 = 账本中的佣金支出",
        sql="""
        SELECT c.order_no, c.net, coalesce(e.expense, 0) AS expense
        FROM (SELECT order_no, sum(amount_fen - reversed_fen) AS net FROM distribution_commission GROUP BY order_no) c
        FULL JOIN (
            SELECT j.ref AS order_no, -sum(e.delta_fen) AS expense
            FROM distribution_entry e JOIN distribution_journal j ON j.id = e.journal_id
            JOIN distribution_account a ON a.id = e.account_id
            WHERE a.distributor_id IS NULL AND a.bucket = 'expense' GROUP BY j.ref
        ) e ON e.order_no = c.order_no
        WHERE coalesce(c.net, 0) <> coalesce(e.expense, 0)
        """,
    ),
    Check(
        id="TRE1",
        title="邀请关系没有环",
        sql=f"{_RECURSION} SELECT DISTINCT start AS distributor_id FROM above WHERE start = id",
    ),
    Check(
        id="TRE3",
        title="后台换绑都有原因和操作者",
        sql="""
        SELECT id, member_id, inviter_id FROM distribution_binding
        WHERE actor = '' OR (source = 'staff' AND reason = '')
        """,
    ),
    Check(
        id="TRE4",
        title="没有人邀请自己",
        sql="""
        SELECT b.id, b.member_id FROM distribution_binding b
        JOIN distribution_distributor d ON d.id = b.inviter_id WHERE d.member_id = b.member_id
        """,
    ),
    Check(
        id="PRG1",
        title="恰有一个规则版本在生效，各版本首尾相接",
        sql="""
        SELECT version, active_from, active_to, next FROM (
            SELECT version, active_from, active_to, lead(active_from) OVER (ORDER BY version) AS next
            FROM distribution_programme) versions
        WHERE active_to IS DISTINCT FROM next
        """,
    ),
]
