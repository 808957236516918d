"""The three marks refuse misuse, and a use case survives a deadlock."""

import threading

import pytest
from django.db import connection, transaction

from mall.kernel import transactions
from mall.kernel.models import Notice


@transactions.step
def _step():
    return "stepped"


@transactions.remote
def _remote():
    return "called"


@transactions.use_case
def _use_case(inner):
    return inner()


@pytest.mark.django_db
def test_a_step_needs_a_transaction_and_a_remote_call_must_not_have_one():
    with pytest.raises(transactions.TransactionRequired):
        _step()
    assert _use_case(_step) == "stepped"
    assert _remote() == "called"
    with pytest.raises(transactions.TransactionForbidden):
        _use_case(_remote)


@pytest.mark.django_db(transaction=True)
def test_use_cases_do_not_nest():
    with pytest.raises(RuntimeError, match="durable"):
        _use_case(lambda: _use_case(lambda: None))


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t10_a_deadlocked_use_case_is_run_again():
    ids = [Notice.objects.create(kind="t", ref=str(n), title="x").pk for n in range(2)]
    first_locks_taken = threading.Barrier(2)
    attempts: list[int] = []

    def work(order):
        tries = 0

        @transactions.use_case
        def lock_both():
            nonlocal tries
            tries += 1
            Notice.objects.select_for_update().get(pk=order[0])
            if tries == 1:
                first_locks_taken.wait(timeout=10)
            Notice.objects.filter(pk=order[1]).update(body="seen")

        try:
            lock_both()
        finally:
            attempts.append(tries)
            connection.close()

    threads = [threading.Thread(target=work, args=(order,)) for order in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(attempts) == [1, 2]


@pytest.mark.django_db
def test_a_failed_use_case_leaves_nothing():
    def write_then_fail():
        Notice.objects.create(kind="t", ref="1", title="x")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _use_case(write_then_fail)
    assert not Notice.objects.exists()
    assert not transaction.get_connection().needs_rollback
