"""The digests that chain statements and runs: each covers its own content and the digest before it."""

import datetime as dt
import hashlib
from collections.abc import Iterable

# The digest of a statement in SQL, over columns of these names; `body` is its lines, one per row, in byte order.
STATEMENT = """encode(sha256(convert_to(concat_ws('|',
        previous, cycle, end_text, distributor_id, opening_fen, commission_fen, reversal_fen, withdrawal_fen,
        closing_fen) || chr(10) || body, 'UTF8')), 'hex')"""
BODY = """string_agg(kind || ' ' || ref || ' ' || fen, chr(10) ORDER BY kind COLLATE "C", ref COLLATE "C")"""


def moment(value: dt.datetime) -> str:
    """An instant as the digests spell it: UTC, without trailing zeros."""
    text = value.astimezone(dt.UTC).replace(tzinfo=None).isoformat()
    return text.rstrip("0") if "." in text else text


def of_run(*, previous: str, cycle: str, period_end: dt.datetime, statements: Iterable[str]) -> str:
    """The digest of a run: over the run before it, the period, and its statements in the order of distributors."""
    whole = hashlib.sha256("|".join((previous, cycle, moment(period_end))).encode())
    for each in statements:
        whole.update(b"\n" + each.encode())
    return whole.hexdigest()
