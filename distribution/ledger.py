"""Commission money, booked twice: every journal moves fen between accounts and sums to zero.

A distributor's accounts keep a cached balance that changes in the transaction of its entries, under its row lock and
by increment, so concurrent bookings queue instead of overwriting each other. The three accounts of the house (expense,
fees, tax) are the other side of almost every booking: a cached balance there would be one hot row that all of them
queue on. They are therefore never locked and never updated - `Account.balance_fen` stays 0 and `house_balances` sums
their entries when somebody asks.

A journal's `key` is the business event (`earn:D2611…:1`). Booking the same event again is a no-op, which is what
makes every caller safe to repeat.
"""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from distribution.models import Account, Entry, Journal
from mall.kernel.errors import StateConflict
from mall.kernel.transactions import step

Bucket = Account.Bucket
HOUSE = frozenset({Bucket.EXPENSE, Bucket.FEES, Bucket.TAX})
# A late refund may turn `available` into a debt; every other bucket holds money that is there.
MAY_BE_NEGATIVE = frozenset({Bucket.AVAILABLE})


class Overdrawn(StateConflict):
    """A booking would take more from an account than it holds."""

    code = "overdrawn"
    message = _("余额不足")


class AccountKey(NamedTuple):
    """A bucket of a distributor (id), or of the house (None)."""

    distributor_id: int | None
    bucket: str


EXPENSE = AccountKey(None, Bucket.EXPENSE)
FEES = AccountKey(None, Bucket.FEES)
TAX = AccountKey(None, Bucket.TAX)

Move = tuple[AccountKey, int]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Posting:
    """One booking: `moves` are (account, fen), positive into the account."""

    key: str
    kind: str
    ref: str
    moves: Sequence[Move]


def transfer(source: AccountKey, target: AccountKey, amount_fen: int) -> list[Move]:
    """The two moves that take `amount_fen` from `source` to `target`."""
    return [(source, -amount_fen), (target, amount_fen)]


@step
def post(*, key: str, kind: str, ref: str, moves: Sequence[Move], at: dt.datetime) -> bool:
    """Book one event. False when `key` was booked before (nothing changes then).

    Raises Overdrawn, and ValueError for moves that do not balance.
    """
    return post_many(postings=[Posting(key=key, kind=kind, ref=ref, moves=moves)], at=at) == 1


@step
def post_many(*, postings: Sequence[Posting], at: dt.datetime) -> int:
    """Book many events at once (a settlement of thousands of distributors); how many were new.

    A fixed number of statements whatever the count. Accounts are created if missing and locked in pk order.
    """
    netted = {posting.key: _net(posting) for posting in postings}
    if len(netted) != len(postings):
        raise ValueError("a posting key appears twice")
    new = _insert_journals(postings, at)
    totals: dict[AccountKey, int] = defaultdict(int)
    for key in new:
        for account, delta in netted[key].items():
            totals[account] += delta
    if not totals:
        return len(new)
    accounts = _lock_or_create(totals)
    _apply({accounts[account].id: delta for account, delta in totals.items() if account.distributor_id is not None})
    _insert_entries(
        [
            (journal, accounts[account].id, delta)
            for key, journal in new.items()
            for account, delta in netted[key].items()
        ]
    )
    return len(new)


@step
def lock(*, distributor_id: int, buckets: Iterable[str]) -> dict[str, int]:
    """Lock a distributor's accounts in pk order and return their balances (0 for those that were missing)."""
    wanted = {AccountKey(distributor_id, bucket): 0 for bucket in buckets}
    return {key.bucket: account.balance_fen for key, account in _lock_or_create(wanted).items()}


def balances(*, distributor_id: int) -> dict[str, int]:
    """Every bucket of a distributor in fen; `available` may be negative."""
    found = dict(Account.objects.filter(distributor_id=distributor_id).values_list("bucket", "balance_fen"))
    return {bucket.value: found.get(bucket.value, 0) for bucket in Bucket if bucket not in HOUSE}


def house_balances() -> dict[str, int]:
    """The house accounts in fen, summed from their entries. Expense is negative: money given out."""
    sums = dict(
        Entry.objects.filter(account__distributor=None).values_list("account__bucket").annotate(total=Sum("delta_fen"))
    )
    return {bucket.value: sums.get(bucket.value, 0) for bucket in Bucket if bucket in HOUSE}


def _net(posting: Posting) -> dict[AccountKey, int]:
    """The moves of a posting per account, without zeros. Raises ValueError unless they sum to zero."""
    totals: dict[AccountKey, int] = defaultdict(int)
    for account, delta in posting.moves:
        if (account.distributor_id is None) != (account.bucket in HOUSE):
            raise ValueError(f"no such account: {account}")
        totals[account] += delta
    if sum(totals.values()) != 0:
        raise ValueError(f"{posting.key}: moves do not sum to zero")
    if not any(totals.values()):
        raise ValueError(f"{posting.key}: nothing to book")
    return {account: delta for account, delta in totals.items() if delta}


def _insert_journals(postings: Sequence[Posting], at: dt.datetime) -> dict[str, int]:
    """Key -> id of the journals that are new. A rival booking the same key is waited for, then wins."""
    ordered = sorted(postings, key=lambda posting: posting.key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {Journal._meta.db_table} (key, kind, ref, at)
                SELECT key, kind, ref, %s FROM unnest(%s::text[], %s::text[], %s::text[]) AS posting (key, kind, ref)
                ON CONFLICT (key) DO NOTHING RETURNING key, id""",  # noqa: S608 (a table name of ours)
            [at, [p.key for p in ordered], [p.kind for p in ordered], [p.ref for p in ordered]],
        )
        return dict(cursor.fetchall())


def _insert_entries(rows: Sequence[tuple[int, int, int]]) -> None:
    """(journal, account, fen) rows in one statement: a settlement books tens of thousands at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {Entry._meta.db_table} (journal_id, account_id, delta_fen)
                SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])""",  # noqa: S608 (a table name of ours)
            [list(column) for column in zip(*rows, strict=True)],
        )


class _Row(NamedTuple):
    """An account as far as a booking needs it."""

    id: int
    balance_fen: int


def _lock_or_create(totals: Mapping[AccountKey, int]) -> dict[AccountKey, _Row]:
    found = _lock(totals)
    missing = [key for key in totals if key not in found]
    if missing:
        Account.objects.bulk_create(
            [Account(distributor_id=key.distributor_id, bucket=key.bucket) for key in sorted(missing, key=_order)],
            ignore_conflicts=True,
        )
        found = _lock(totals)
    return found


def _order(key: AccountKey) -> tuple[int, str]:
    return key.distributor_id or 0, key.bucket


def _lock(keys: Mapping[AccountKey, int]) -> dict[AccountKey, _Row]:
    """The accounts among `keys` that exist: a distributor's locked in pk order, the house's only read."""
    distributors = {key.distributor_id for key in keys if key.distributor_id is not None}
    buckets = {key.bucket for key in keys}
    columns = ("distributor_id", "bucket", "pk", "balance_fen")
    rows = list(
        Account.objects.select_for_update(no_key=True)
        .filter(distributor_id__in=distributors, bucket__in=buckets)
        .order_by("pk")
        .values_list(*columns)
    )
    if buckets & HOUSE:
        rows += Account.objects.filter(distributor=None, bucket__in=buckets & HOUSE).values_list(*columns)
    found = {AccountKey(owner, bucket): _Row(pk, balance) for owner, bucket, pk, balance in rows}
    return {key: row for key, row in found.items() if key in keys}


def _apply(deltas: Mapping[int, int]) -> None:
    """Change the cached balances in one statement; refuse to leave a debt anywhere but in `available`."""
    if not deltas:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {Account._meta.db_table} AS account SET balance_fen = balance_fen + change.delta
                FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, delta)
                WHERE account.id = change.id AND (account.bucket = ANY(%s) OR balance_fen + change.delta >= 0)""",  # noqa: S608
            [list(deltas), list(deltas.values()), [bucket.value for bucket in MAY_BE_NEGATIVE]],
        )
        if cursor.rowcount != len(deltas):
            raise Overdrawn
