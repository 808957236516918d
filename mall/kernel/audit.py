"""The shape of an audit: invariants as queries that return the rows that break them.

Each app states its own invariants in its `audit` module; `manage.py audit` runs them all in one read-only snapshot.
A check that returns no row holds. The ids (STK1, ORD2, …) are public: the docs, tests and alerts use them.
"""

import dataclasses
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, transaction

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check:
    """One invariant: SQL that selects the offending rows, or a function that yields them."""

    id: str
    title: str
    sql: str = ""
    rows: Callable[[], Iterable[Row]] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """The outcome of one check: at most `KEEP` offending rows, their full count, and the seconds it took."""

    id: str
    title: str
    count: int
    rows: list[Row]
    seconds: float


KEEP = 20


def run(checks: Sequence[Check]) -> list[Finding]:
    """Run the checks one after another in a single REPEATABLE READ, READ ONLY snapshot."""
    with transaction.atomic():
        if not connection.in_atomic_block or connection.savepoint_ids:
            return [_one(check) for check in checks]
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return [_one(check) for check in checks]


def _one(check: Check) -> Finding:
    started = time.monotonic()
    rows = list(check.rows()) if check.rows else _select(check.sql)
    return Finding(
        id=check.id,
        title=check.title,
        count=len(rows),
        rows=rows[:KEEP],
        seconds=round(time.monotonic() - started, 3),
    )


def _select(sql: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column.name for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
