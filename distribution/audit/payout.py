"""Invariants of what pays distributors: commission totals, the team tree, withdrawals and settlement."""

from collections.abc import Iterator

from django.db import connection

from distribution import digests
from distribution.models import SettlementRun, Statement
from mall.kernel.audit import Check, Row

_STATEMENTS = f"""
SELECT id AS statement, digest, expected FROM (
    SELECT chained.id, digest, {digests.STATEMENT} AS expected
    FROM (
        SELECT s.*, run.cycle,
               to_char(run.period_end AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
               || rtrim(rtrim(to_char(run.period_end AT TIME ZONE 'UTC', '.US'), '0'), '.') AS end_text,
               coalesce(lag(s.digest) OVER (PARTITION BY s.distributor_id ORDER BY s.id), '') AS previous
        FROM distribution_statement s JOIN distribution_settlementrun run ON run.id = s.run_id
    ) chained
    LEFT JOIN LATERAL (
        SELECT {digests.BODY} AS body FROM (
            SELECT kind, ref, amount_fen AS fen FROM distribution_statementline WHERE statement_id = chained.id) line
    ) lines ON true
) compared WHERE digest IS DISTINCT FROM expected
"""


def _digest_breaks() -> Iterator[Row]:
    """Statements and runs whose digest does not follow from their content and from the digest before."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS)
        for statement, _found, expected in cursor.fetchall():
            yield {"statement": statement, "expected": expected}
    previous = ""
    for run in SettlementRun.objects.exclude(state=SettlementRun.State.RUNNING).order_by("pk"):
        statements = Statement.objects.filter(run=run).order_by("distributor_id").values_list("digest", flat=True)
        expected = digests.of_run(
            previous=previous, cycle=run.cycle, period_end=run.period_end, statements=statements.iterator(1_000)
        )
        if run.digest != expected:
            yield {"run": run.no, "expected": expected}
        previous = run.digest


CHECKS = [
    Check(
        id="COM2",
        title="佣金与撤销 = 各行之和",
        sql="""
        SELECT c.order_no, c.tier, c.amount_fen, c.reversed_fen,
               coalesce(sum(l.amount_fen), 0) AS lines, coalesce(sum(l.reversed_fen), 0) AS lines_reversed
        FROM distribution_commission c LEFT JOIN distribution_commissionline l ON l.commission_id = c.id
        GROUP BY c.id
        HAVING c.amount_fen <> coalesce(sum(l.amount_fen), 0) OR c.reversed_fen <> coalesce(sum(l.reversed_fen), 0)
        """,
    ),
    Check(
        id="COM9",
        title="账本的预估与冻结 = 佣金净额之和",
        sql="""
        SELECT coalesce(c.distributor_id, a.distributor_id) AS distributor_id, coalesce(c.bucket, a.bucket) AS bucket,
               coalesce(c.net, 0) AS commissions, coalesce(a.balance_fen, 0) AS booked
        FROM (
          SELECT distributor_id, CASE state WHEN 'estimated' THEN 'estimated' ELSE 'frozen' END AS bucket,
                 sum(amount_fen - reversed_fen) AS net
          FROM distribution_commission WHERE state IN ('estimated', 'frozen', 'cleared') GROUP BY 1, 2
        ) c
        FULL JOIN (SELECT * FROM distribution_account WHERE bucket IN ('estimated', 'frozen')) a
          ON a.distributor_id = c.distributor_id AND a.bucket = c.bucket
        WHERE coalesce(c.net, 0) <> coalesce(a.balance_fen, 0)
        """,
    ),
    Check(
        id="TRE2",
        title="团队树与邀请关系一致，左右值完好",
        sql="""
        SELECT node.id, node.distributor_id, 'numbers' AS what
        FROM distribution_teamnode node
        LEFT JOIN distribution_teamnode parent ON parent.id = node.parent_id
        LEFT JOIN (SELECT parent_id, sum(rght - lft + 1) AS width FROM distribution_teamnode GROUP BY parent_id) below
               ON below.parent_id = node.id
        WHERE node.rght - node.lft - 1 <> coalesce(below.width, 0)
           OR (parent.id IS NULL AND (node.lft <> 1 OR node.level <> 0))
           OR (parent.id IS NOT NULL AND (node.tree_id <> parent.tree_id OR node.level <> parent.level + 1
               OR node.lft <= parent.lft OR node.rght >= parent.rght))
        UNION ALL
        SELECT min(id), min(distributor_id), 'twice' FROM distribution_teamnode GROUP BY tree_id, lft HAVING count(*) > 1
        UNION ALL
        SELECT node.id, person.id, 'binding'
        FROM distribution_distributor person
        LEFT JOIN distribution_teamnode node ON node.distributor_id = person.id
        LEFT JOIN distribution_teamnode parent ON parent.id = node.parent_id
        LEFT JOIN distribution_binding present ON present.member_id = person.member_id
             AND present.active_from <= now() AND (present.active_to IS NULL OR present.active_to > now())
        LEFT JOIN distribution_binding past ON past.member_id = person.member_id
             AND past.active_from <= now() - interval '15 minutes'
             AND (past.active_to IS NULL OR past.active_to > now() - interval '15 minutes')
        WHERE person.joined_at < now() - interval '15 minutes'
          AND (node.id IS NULL OR (parent.distributor_id IS DISTINCT FROM present.inviter_id
                                   AND parent.distributor_id IS DISTINCT FROM past.inviter_id))
        """,
    ),
    Check(
        id="WDR1",
        title="提现中与已提现的余额 = 提现单之和",
        sql="""
        SELECT coalesce(w.distributor_id, a.distributor_id) AS distributor_id, coalesce(w.bucket, a.bucket) AS bucket,
               coalesce(w.total, 0) AS withdrawals, coalesce(a.balance_fen, 0) AS booked
        FROM (
          SELECT distributor_id, CASE state WHEN 'paid' THEN 'paid' ELSE 'withdrawing' END AS bucket,
                 sum(CASE state WHEN 'paid' THEN net_fen ELSE amount_fen END) AS total
          FROM distribution_withdrawal
          WHERE state IN ('requested', 'approved', 'sending', 'awaiting_user', 'paid') GROUP BY 1, 2
        ) w
        FULL JOIN (SELECT * FROM distribution_account WHERE bucket IN ('withdrawing', 'paid')) a
          ON a.distributor_id = w.distributor_id AND a.bucket = w.bucket
        WHERE coalesce(w.total, 0) <> coalesce(a.balance_fen, 0)
        """,
    ),
    Check(
        id="WDR2",
        title="实到 = 申请 − 手续费 − 税，手续费按申请时的规则",
        sql="""
        SELECT w.no, w.amount_fen, w.fee_fen, w.tax_fen, w.net_fen, p.version
        FROM distribution_withdrawal w
        JOIN distribution_programme p ON p.active_from <= w.requested_at
         AND (p.active_to IS NULL OR p.active_to > w.requested_at)
        WHERE w.net_fen <> w.amount_fen - w.fee_fen - w.tax_fen
           OR w.fee_fen <> least(greatest(w.amount_fen * p.fee_ppm / 1000000, p.fee_floor_fen),
                                 CASE WHEN p.fee_cap_fen > 0 THEN p.fee_cap_fen ELSE w.amount_fen END)
        """,
    ),
    Check(
        id="WDR3",
        title="每笔提现至多一笔转账，到账与转账成功一致",
        sql="""
        SELECT w.no, w.state, t.no AS transfer, t.state AS transfer_state, t.amount_fen
        FROM distribution_withdrawal w
        LEFT JOIN payments_transfer t ON t.purpose = 'withdrawal' AND t.ref = w.no
        WHERE (w.state IN ('requested', 'refused', 'cancelled') AND t.id IS NOT NULL)
           OR (w.state IN ('sending', 'awaiting_user', 'paid', 'failed')
               AND (t.id IS NULL OR t.amount_fen <> w.net_fen OR t.no <> w.transfer_no))
           OR (w.state = 'paid' AND t.state <> 'succeeded') OR (w.state = 'failed' AND t.state <> 'failed')
           OR (w.state IN ('sending', 'awaiting_user') AND t.finished_at < now() - interval '15 minutes')
        """,
    ),
    Check(
        id="SET1",
        title="结算单 = 明细之和，期初 = 上期期末，批次 = 结算单之和",
        sql="""
        SELECT 'statement ' || s.id AS what, s.closing_fen AS recorded, s.previous AS counted FROM (
          SELECT s.*, coalesce(lag(s.closing_fen) OVER (PARTITION BY s.distributor_id ORDER BY s.id), 0) AS previous
          FROM distribution_statement s
        ) s
        LEFT JOIN (
          SELECT statement_id, coalesce(sum(amount_fen) FILTER (WHERE kind = 'commission'), 0) AS commission,
                 coalesce(sum(amount_fen) FILTER (WHERE kind = 'reversal'), 0) AS reversal,
                 coalesce(sum(amount_fen) FILTER (WHERE kind = 'withdrawal'), 0) AS withdrawal
          FROM distribution_statementline GROUP BY statement_id
        ) l ON l.statement_id = s.id
        WHERE s.opening_fen <> s.previous OR s.commission_fen <> coalesce(l.commission, 0)
           OR s.reversal_fen <> coalesce(l.reversal, 0) OR s.withdrawal_fen <> coalesce(l.withdrawal, 0)
           OR s.closing_fen <> s.opening_fen + s.commission_fen - s.reversal_fen - s.withdrawal_fen
        UNION ALL
        SELECT 'run ' || r.no, r.commission_fen, coalesce(sum(s.commission_fen), 0)
        FROM distribution_settlementrun r LEFT JOIN distribution_statement s ON s.run_id = r.id
        WHERE r.state <> 'running' GROUP BY r.id
        HAVING r.commission_fen <> coalesce(sum(s.commission_fen), 0) OR r.statement_count <> count(s.id)
            OR r.reversal_fen <> coalesce(sum(s.reversal_fen), 0)
        """,
    ),
    Check(
        id="SET2",
        title="每笔佣金至多在一张结算单，金额一致",
        sql="""
        SELECT c.order_no, c.tier, c.state, c.statement_id, l.statement_id AS listed, l.amount_fen
        FROM (SELECT *, order_no || ':' || tier AS ref FROM distribution_commission
              WHERE statement_id IS NOT NULL OR state = 'settled') c
        FULL JOIN (SELECT * FROM distribution_statementline WHERE kind = 'commission') l ON l.ref = c.ref
        LEFT JOIN LATERAL (SELECT coalesce(sum(amount_fen), 0) AS early FROM distribution_reversal r
                           WHERE r.commission_id = c.id AND NOT r.after_settlement) before ON true
        WHERE c.statement_id IS DISTINCT FROM l.statement_id OR l.amount_fen <> c.amount_fen - before.early
           OR c.state NOT IN ('settled', 'reversed')
        """,
    ),
    Check(
        id="SET3",
        title="最近一张结算单的期末 = 账本余额 + 其后的扣回与提现",
        sql="""
        SELECT s.distributor_id, s.closing_fen, a.balance, r.later AS reversals, w.later AS withdrawals
        FROM (SELECT DISTINCT ON (distributor_id) distributor_id, closing_fen FROM distribution_statement
              ORDER BY distributor_id, id DESC) s
        LEFT JOIN LATERAL (SELECT coalesce(sum(balance_fen), 0) AS balance FROM distribution_account
                           WHERE distributor_id = s.distributor_id
                             AND bucket IN ('payable', 'available', 'withdrawing')) a ON true
        LEFT JOIN LATERAL (SELECT coalesce(sum(r.amount_fen), 0) AS later FROM distribution_reversal r
                           JOIN distribution_commission c ON c.id = r.commission_id
                           WHERE c.distributor_id = s.distributor_id AND r.after_settlement
                             AND r.statement_id IS NULL) r ON true
        LEFT JOIN LATERAL (SELECT coalesce(sum(w.amount_fen), 0) AS later FROM distribution_withdrawal w
                           WHERE w.distributor_id = s.distributor_id AND w.state = 'paid' AND NOT EXISTS (
                             SELECT FROM distribution_statementline l WHERE l.kind = 'withdrawal' AND l.ref = w.no)
                           ) w ON true
        WHERE s.closing_fen <> a.balance + r.later + w.later
        """,
    ),
    Check(id="SET4", title="结算单与批次的摘要首尾相连", rows=_digest_breaks),
]
