"""The statements of a settlement batch: everything happens inside PostgreSQL, whatever the number of commissions.

Parameters: `people` (distributor ids), `end` (the period's end), `run`, `cycle`, `end_text`; for a preview also
`cooled` (ids of commissions that are frozen but would be cleared first).
"""

from distribution import digests

# Distributors with anything for a statement, and how much. A distributor who has one in this run waits for the next.
PEOPLE = """
SELECT distributor_id, sum(rows)::bigint FROM (
    SELECT distributor_id, count(*) AS rows FROM distribution_commission
    WHERE state = 'cleared' AND cleared_at < %(end)s GROUP BY distributor_id
  UNION ALL
    SELECT distributor_id, count(*) FROM distribution_commission
    WHERE id = ANY(%(cooled)s::bigint[]) GROUP BY distributor_id
  UNION ALL
    SELECT c.distributor_id, count(*)
    FROM distribution_reversal r JOIN distribution_commission c ON c.id = r.commission_id
    WHERE r.after_settlement AND r.statement_id IS NULL AND r.amount_fen > 0 AND r.at < %(end)s
    GROUP BY c.distributor_id
  UNION ALL
    SELECT w.distributor_id, count(*) FROM distribution_withdrawal w
    WHERE w.state = 'paid' AND w.finished_at < %(end)s
      AND NOT EXISTS (SELECT FROM distribution_statementline l WHERE l.kind = 'withdrawal' AND l.ref = w.no)
    GROUP BY w.distributor_id
) due
WHERE NOT EXISTS (SELECT FROM distribution_statement s WHERE s.run_id = %(run)s AND s.distributor_id = due.distributor_id)
GROUP BY distributor_id ORDER BY distributor_id
"""

# Refunds lock the same rows, in the same order: whoever comes second sees what the first one did.
LOCK = """
SELECT count(*) FROM (
    SELECT id FROM distribution_commission
    WHERE distributor_id = ANY(%(people)s) AND state = 'cleared' AND cleared_at < %(end)s
    ORDER BY id FOR UPDATE
) locked
"""

# One row per statement-to-be. Its digest covers the previous statement's, so history cannot be rewritten unseen.
_FIGURES = """
WITH due AS MATERIALIZED (
    SELECT id, distributor_id, order_no || ':' || tier AS ref, amount_fen - reversed_fen AS fen
    FROM distribution_commission
    WHERE distributor_id = ANY(%(people)s) AND (state = 'cleared' AND cleared_at < %(end)s {or_cooled})
), back AS MATERIALIZED (
    SELECT r.id, c.distributor_id, r.amount_fen AS fen,
           CASE WHEN r.refund_no = 'void' THEN c.order_no || ':void' ELSE r.refund_no END || ':' || c.tier AS ref
    FROM distribution_reversal r JOIN distribution_commission c ON c.id = r.commission_id
    WHERE r.after_settlement AND r.statement_id IS NULL AND r.amount_fen > 0 AND r.at < %(end)s
      AND c.distributor_id = ANY(%(people)s)
), withdrawn AS MATERIALIZED (
    SELECT w.distributor_id, w.no AS ref, w.amount_fen AS fen FROM distribution_withdrawal w
    WHERE w.distributor_id = ANY(%(people)s) AND w.state = 'paid' AND w.finished_at < %(end)s
      AND NOT EXISTS (SELECT FROM distribution_statementline l WHERE l.kind = 'withdrawal' AND l.ref = w.no)
), line AS MATERIALIZED (
    SELECT distributor_id, 'commission' AS kind, ref, fen FROM due
    UNION ALL SELECT distributor_id, 'reversal', ref, fen FROM back
    UNION ALL SELECT distributor_id, 'withdrawal', ref, fen FROM withdrawn
), total AS (
    SELECT distributor_id,
           count(*) FILTER (WHERE kind = 'commission') AS commissions,
           count(*) FILTER (WHERE kind = 'reversal') AS reversals,
           coalesce(sum(fen) FILTER (WHERE kind = 'commission'), 0)::bigint AS commission_fen,
           coalesce(sum(fen) FILTER (WHERE kind = 'reversal'), 0)::bigint AS reversal_fen,
           coalesce(sum(fen) FILTER (WHERE kind = 'withdrawal'), 0)::bigint AS withdrawal_fen,
           {body} AS body
    FROM line GROUP BY distributor_id
), balanced AS (
    SELECT total.*, coalesce(before.closing_fen, 0) AS opening_fen, coalesce(before.digest, '') AS previous,
           %(cycle)s::text AS cycle, %(end_text)s::text AS end_text,
           coalesce(before.closing_fen, 0) + commission_fen - reversal_fen - withdrawal_fen AS closing_fen
    FROM total LEFT JOIN LATERAL (
        SELECT closing_fen, digest FROM distribution_statement s
        WHERE s.distributor_id = total.distributor_id ORDER BY s.id DESC LIMIT 1
    ) before ON true
    WHERE NOT EXISTS (
        SELECT FROM distribution_statement s WHERE s.run_id = %(run)s AND s.distributor_id = total.distributor_id)
), figure AS MATERIALIZED (
    SELECT *, {digest} AS digest FROM balanced
)""".replace("{digest}", digests.STATEMENT).replace("{body}", digests.BODY)

_ROWS = """
SELECT distributor_id, opening_fen, commission_fen, reversal_fen, withdrawal_fen, closing_fen, digest,
       commissions, reversals
FROM figure ORDER BY distributor_id
"""

PREVIEW = _FIGURES.replace("{or_cooled}", "OR id = ANY(%(cooled)s::bigint[])") + _ROWS

_WRITES = """
, made AS (
    INSERT INTO distribution_statement
        (run_id, distributor_id, opening_fen, commission_fen, reversal_fen, withdrawal_fen, closing_fen, digest)
    SELECT %(run)s, distributor_id, opening_fen, commission_fen, reversal_fen, withdrawal_fen, closing_fen, digest
    FROM figure ORDER BY distributor_id
    RETURNING id, distributor_id
), settled AS (
    UPDATE distribution_commission c SET state = 'settled', statement_id = made.id
    FROM due JOIN made USING (distributor_id) WHERE c.id = due.id
), listed AS (
    UPDATE distribution_reversal r SET statement_id = made.id
    FROM back JOIN made USING (distributor_id) WHERE r.id = back.id
), written AS (
    INSERT INTO distribution_statementline (statement_id, kind, ref, amount_fen)
    SELECT made.id, kind, ref, fen FROM line JOIN made USING (distributor_id)
)
"""

SETTLE = _FIGURES.replace("{or_cooled}", "") + _WRITES + _ROWS
