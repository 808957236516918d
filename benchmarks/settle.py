"""Settlement of cleared commissions into statements, beside a bare set-based move of the same number."""

import datetime as dt

from django.db import connection, transaction

from benchmarks import data, measure, report
from benchmarks.options import Options
from distribution import audit
from distribution.models import Commission
from distribution.services import settlement
from mall.kernel import clock

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
BATCH = 10_000
FLOOR = """
CREATE SCHEMA IF NOT EXISTS floor;
DROP TABLE IF EXISTS floor.ledger, floor.commission, floor.acct CASCADE;
CREATE TABLE floor.acct (id bigint PRIMARY KEY, frozen numeric(14,2) NOT NULL, available numeric(14,2) NOT NULL)
  WITH (fillfactor = 70);
CREATE TABLE floor.commission (
  id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES floor.acct, order_no text NOT NULL,
  level smallint NOT NULL, amount numeric(12,2) NOT NULL, state varchar(10) NOT NULL, due_at timestamptz NOT NULL,
  settled_at timestamptz
);
CREATE TABLE floor.ledger (
  id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES floor.acct, amount numeric(14,2) NOT NULL,
  kind varchar(20) NOT NULL, n integer NOT NULL, created_at timestamptz NOT NULL
);
INSERT INTO floor.acct SELECT distributor_id, sum(amount_fen) / 100.0, 0 FROM distribution_commission GROUP BY 1;
INSERT INTO floor.commission (account_id, order_no, level, amount, state, due_at)
  SELECT distributor_id, order_no, tier, amount_fen / 100.0, 'frozen', cleared_at FROM distribution_commission;
CREATE UNIQUE INDEX ON floor.commission (order_no, level);
CREATE INDEX ON floor.commission (account_id);
CREATE INDEX ON floor.commission (due_at, id) WHERE state = 'frozen';
CREATE INDEX ON floor.ledger (account_id, created_at);
ANALYZE floor.acct, floor.commission;
"""
STEP = """
WITH due AS (
  SELECT id FROM floor.commission WHERE state = 'frozen' AND due_at <= now() ORDER BY due_at, id LIMIT %s
  FOR UPDATE SKIP LOCKED
), up AS (
  UPDATE floor.commission c SET state = 'settled', settled_at = now() FROM due WHERE c.id = due.id
  RETURNING c.account_id, c.amount
), agg AS (SELECT account_id, sum(amount) amt, count(*) n FROM up GROUP BY account_id
), led AS (
  INSERT INTO floor.ledger (account_id, amount, kind, n, created_at) SELECT account_id, amt, 'settle', n, now() FROM agg
), acc AS (
  UPDATE floor.acct a SET frozen = a.frozen - agg.amt, available = a.available + agg.amt FROM agg
  WHERE a.id = agg.account_id
) SELECT coalesce(sum(n), 0) FROM agg
"""
BOOKS = ("LED1", "LED2", "LED3", "LED6", "COM4", "COM8")


def run(options: Options) -> None:
    """Each round settles one fifth of the commissions (a month of them); the floor moves as many in turn."""
    rounds = options.rounds
    rows = options.size(100_000, least=30 * rounds) // rounds * rounds
    data.cleared_commissions(rows, people=max(rows // 50, 10), months=rounds)
    with connection.cursor() as cursor:
        cursor.execute(FLOOR)
    before = measure.peak_mib()
    share = rows // rounds
    months = iter(range(rounds))

    def settle() -> float:
        end = dt.datetime(2025, 2 + next(months), 1, tzinfo=SHANGHAI)
        spent = measure.seconds(
            lambda: settlement.settle(cycle="monthly", period_end=end, by="benchmark", at=clock.now())
        )
        return share / spent

    figures = measure.alternate(
        rounds, {"floor": lambda: share / measure.seconds(lambda: _floor(share)), "settle": settle}
    )
    assert not Commission.objects.filter(state="cleared").exists()
    grown = measure.peak_mib() - before
    part = measure.ratio(figures["settle"], figures["floor"])
    broken = _broken_books()
    report.show(
        "settle",
        [
            report.Row("commissions, distributors, periods", f"{rows:,}, {max(rows // 50, 10):,}, {rounds}"),
            report.Row("bare set-based move", f"{measure.median(figures['floor']):,.0f} rows/s"),
            report.Row(
                "settle(): statements, lines, digests, double entry", f"{measure.median(figures['settle']):,.0f} rows/s"
            ),
            report.Row("settle() / floor", f"{part:.0%}", "≥ 50%", part >= 0.5),
            report.Row("memory it added at its peak", f"{grown:.0f} MiB", "≤ 64 MiB", grown <= 64),
            report.Row(f"audit afterwards ({', '.join(BOOKS)})", f"{broken} differences", "0", broken == 0),
        ],
        options=str(options),
        write=not options.trial,
    )


def _floor(rows: int) -> None:
    left = rows
    while left > 0:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(STEP, [min(BATCH, left)])
            left -= int(cursor.fetchone()[0])


def _broken_books() -> int:
    """Rows that the audit of the books finds wrong."""
    wrong = 0
    with connection.cursor() as cursor:
        for check in audit.CHECKS:
            if check.id in BOOKS:
                cursor.execute(check.sql)
                wrong += len(cursor.fetchall())
    return wrong
