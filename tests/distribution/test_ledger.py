"""The ledger: balanced, booked once, never overdrawn, and exact under contention."""

import threading

import pytest
from django.db import connection, connections, transaction
from django.db.models import Sum
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from distribution import ledger
from distribution.ledger import EXPENSE, AccountKey, Posting, transfer
from distribution.models import Account, Entry, Journal
from mall.kernel.transactions import TransactionRequired
from tests.factories import distribution as make

NOW = make.NOW


def credit(distributor_id: int, amount: int, key: str, bucket: str = "available") -> bool:
    with transaction.atomic():
        return ledger.post(
            key=key, kind="test", ref="R", moves=transfer(EXPENSE, AccountKey(distributor_id, bucket), amount), at=NOW
        )


def assert_books_balance() -> None:
    assert (Entry.objects.aggregate(total=Sum("delta_fen"))["total"] or 0) == 0
    for account in Account.objects.exclude(distributor=None):
        assert account.balance_fen == (account.entries.aggregate(total=Sum("delta_fen"))["total"] or 0)


@pytest.mark.django_db
def test_an_event_books_once():
    person = make.distributor()
    assert credit(person.pk, 500, "earn:1") is True
    assert credit(person.pk, 500, "earn:1") is False
    assert ledger.balances(distributor_id=person.pk) == {
        "estimated": 0, "frozen": 0, "payable": 0, "available": 500, "withdrawing": 0, "paid": 0,
    }  # fmt: skip
    assert ledger.house_balances() == {"expense": -500, "fees": 0, "tax": 0}
    assert_books_balance()


@pytest.mark.django_db
def test_a_step_refuses_to_book_outside_a_transaction():
    with pytest.raises(TransactionRequired):
        ledger.post(key="k", kind="test", ref="R", moves=[], at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moves",
    [
        [(EXPENSE, -1)],
        [(EXPENSE, -1), (EXPENSE, 1)],
        [(AccountKey(None, "available"), 1), (EXPENSE, -1)],
        [(AccountKey(1, "expense"), 1), (EXPENSE, -1)],
    ],
)
def test_moves_that_make_no_sense_are_a_fault(moves: list[ledger.Move]):
    with pytest.raises(ValueError), transaction.atomic():  # noqa: PT011 (any of them)
        ledger.post(key="k", kind="test", ref="R", moves=moves, at=NOW)
    assert not Journal.objects.exists()


@pytest.mark.django_db
def test_only_the_available_balance_may_become_a_debt():
    person = make.distributor()
    credit(person.pk, 100, "a", "frozen")
    with pytest.raises(ledger.Overdrawn):
        credit(person.pk, -101, "b", "frozen")
    assert credit(person.pk, -101, "c", "available")
    assert ledger.balances(distributor_id=person.pk)["available"] == -101
    assert not Journal.objects.filter(key="b").exists()


@pytest.mark.django_db
def test_many_bookings_take_a_fixed_number_of_statements():
    people = [make.distributor() for _ in range(50)]
    postings = [
        Posting(key=f"s:{p.pk}", kind="settle", ref="S", moves=transfer(EXPENSE, AccountKey(p.pk, "payable"), 7))
        for p in people
    ]
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        assert ledger.post_many(postings=postings, at=NOW) == 50
    assert len(queries) <= 12
    with transaction.atomic():
        assert ledger.post_many(postings=postings, at=NOW) == 0
    assert_books_balance()


@pytest.mark.django_db
def test_booked_entries_never_change():
    credit(make.distributor().pk, 1, "k")
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.update(delta_fen=2)
    with pytest.raises(DatabaseError), transaction.atomic():
        Journal.objects.all().delete()


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t58_a_hundred_bookings_on_one_account_are_exact():
    person = make.distributor()

    def work(worker: int) -> None:
        try:
            for number in range(10):
                credit(person.pk, 7 if number % 2 else -3, f"t:{worker}:{number}")
                credit(person.pk, 1, f"same:{number}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert ledger.balances(distributor_id=person.pk)["available"] == 10 * 5 * (7 - 3) + 10
    assert_books_balance()


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_the_house_account_is_no_queue():
    """A booking for one distributor does not wait for another's that has not committed yet."""
    first, second = make.distributor(), make.distributor()
    credit(second.pk, 1, "open the account")
    done = threading.Event()

    def other() -> None:
        try:
            credit(second.pk, 1, "second")
            done.set()
        finally:
            connections.close_all()

    with transaction.atomic():
        ledger.post(
            key="first", kind="test", ref="R", moves=transfer(EXPENSE, AccountKey(first.pk, "frozen"), 1), at=NOW
        )
        thread = threading.Thread(target=other)
        thread.start()
        assert done.wait(timeout=3)
        thread.join()
