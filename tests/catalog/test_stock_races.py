"""Races for scarce units, on real PostgreSQL with real threads.

Each race has a negative control: the same harness around the naive read-check-write does oversell. Without it a green
race test proves nothing.
"""

import datetime as dt
import threading
import time
from collections import Counter

import pytest
from django.db import OperationalError, connection, transaction

from catalog.models import Stock, StockMovement, StockReservation
from catalog.services import stock
from mall.kernel.transactions import use_case
from tests.factories import catalog as make

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

AT = dt.datetime(2026, 11, 11, 3, tzinfo=dt.UTC)


def run_together(count, work):
    """Run work(i) in `count` threads released by one barrier; the outcomes: "ok" or the exception's class name."""
    barrier = threading.Barrier(count)
    outcomes = []

    def body(number):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            work(number)
            outcomes.append("ok")
        except Exception as error:  # noqa: BLE001 (the outcome under test)
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


@use_case
def buy(*, ref, quantities):
    stock.reserve(ref=ref, quantities=quantities, expires_at=None, actor="member:1", at=AT)


@use_case
def commit(*, ref):
    stock.commit(ref=ref, actor="staff:w", at=AT)


@use_case
def release(*, ref):
    stock.release(ref=ref, actor="system", at=AT)


def naive_buy(*, ref, sku_id):
    """What shops get wrong: look, think, write."""
    with transaction.atomic():
        row = Stock.objects.get(pk=sku_id)
        if row.sellable < 1:
            raise stock.OutOfStock
        time.sleep(0.05)
        StockReservation.objects.create(ref=ref, sku_id=sku_id, quantity=1)
        row.reserved += 1
        row.save()


def naive_settle(*, ref, leaving):
    """A release or commit that checks the state without a lock."""
    with transaction.atomic():
        row = StockReservation.objects.get(ref=ref)
        if row.state != StockReservation.State.HELD:
            return
        time.sleep(0.05)
        StockReservation.objects.filter(pk=row.pk).update(state="committed" if leaving else "released")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE catalog_stock SET reserved = reserved - %s, on_hand = on_hand - %s WHERE sku_id = %s",
                [row.quantity, row.quantity if leaving else 0, row.sku_id],
            )


def held(sku):
    return StockReservation.objects.filter(sku=sku, state="held").count()


def level(sku):
    row = Stock.objects.get(pk=sku.pk)
    return row.on_hand, row.reserved


def test_t01_the_last_unit_has_one_buyer():
    sku = make.sku(on_hand=1)
    outcomes = run_together(50, lambda n: buy(ref=f"D{n}", quantities={sku.pk: 1}))
    assert outcomes == {"ok": 1, "OutOfStock": 49}
    assert level(sku) == (1, 1)
    assert held(sku) == 1


def test_t01_control_the_naive_check_sells_the_last_unit_twice():
    sku = make.sku(on_hand=1)
    outcomes = run_together(20, lambda n: naive_buy(ref=f"D{n}", sku_id=sku.pk))
    assert outcomes["ok"] > 1
    assert held(sku) > 1


def test_t05_ten_units_have_ten_buyers_and_the_counter_equals_the_rows():
    sku = make.sku(on_hand=10)
    outcomes = run_together(50, lambda n: buy(ref=f"D{n}", quantities={sku.pk: 1}))
    assert outcomes == {"ok": 10, "OutOfStock": 40}
    assert level(sku) == (10, 10)
    assert held(sku) == 10
    movements = StockMovement.objects.filter(sku=sku, kind="reserve").order_by("reserved_after")
    assert [m.reserved_after for m in movements] == list(range(1, 11))


def test_t05_control_the_naive_counter_loses_updates():
    sku = make.sku(on_hand=10)
    outcomes = run_together(20, lambda n: naive_buy(ref=f"D{n}", sku_id=sku.pk))
    assert outcomes["ok"] > 10 or level(sku)[1] != held(sku)


def test_t06_ten_releases_at_once_give_back_once():
    sku = make.sku(on_hand=10)
    buy(ref="D1", quantities={sku.pk: 3})
    buy(ref="D2", quantities={sku.pk: 5})
    assert run_together(10, lambda n: release(ref="D1")) == {"ok": 10}
    assert level(sku) == (10, 5)
    assert StockMovement.objects.filter(kind="release").count() == 1


def test_t06_control_the_naive_release_gives_back_too_much():
    sku = make.sku(on_hand=100)
    buy(ref="D1", quantities={sku.pk: 3})
    buy(ref="D2", quantities={sku.pk: 90})
    run_together(10, lambda n: naive_settle(ref="D1", leaving=False))
    assert level(sku)[1] < 90


def test_t09_two_operators_ship_one_order_once():
    sku = make.sku(on_hand=10)
    buy(ref="D1", quantities={sku.pk: 2})
    buy(ref="D2", quantities={sku.pk: 4})
    assert run_together(10, lambda n: commit(ref="D1")) == {"ok": 10}
    assert level(sku) == (8, 4)
    sku.product.refresh_from_db()
    assert sku.product.sales_count == 2


def test_t09_control_the_naive_commit_ships_twice():
    sku = make.sku(on_hand=100)
    buy(ref="D1", quantities={sku.pk: 2})
    buy(ref="D2", quantities={sku.pk: 60})
    run_together(10, lambda n: naive_settle(ref="D1", leaving=True))
    assert level(sku)[0] < 98


def test_t06_release_and_commit_at_once_end_in_one_of_them():
    sku = make.sku(on_hand=10)
    buy(ref="D1", quantities={sku.pk: 3})
    run_together(10, lambda n: (commit if n % 2 else release)(ref="D1"))
    state = StockReservation.objects.get().state
    assert level(sku) == ((7, 0) if state == "committed" else (10, 0))
    assert StockMovement.objects.filter(kind__in=["commit", "release"]).count() == 1


def opposite(skus, number):
    """The same SKUs, in opposite order for every other thread."""
    return {sku.pk: 1 for sku in (skus if number % 2 else reversed(skus))}


def test_t10_opposite_orders_do_not_deadlock():
    skus = [make.sku(on_hand=1000) for _ in range(6)]

    def work(number):
        for turn in range(5):
            # No use_case here: its retry would hide a deadlock.
            with transaction.atomic():
                stock.reserve(
                    ref=f"D{number}-{turn}",
                    quantities=opposite(skus, number),
                    expires_at=None,
                    actor="member:1",
                    at=AT,
                )
                time.sleep(0.01)
            with transaction.atomic():
                stock.release(ref=f"D{number}-{turn}", actor="system", at=AT)

    assert run_together(8, work) == {"ok": 8}
    assert {level(sku) for sku in skus} == {(1000, 0)}


def test_t10_control_locks_in_basket_order_deadlock():
    skus = [make.sku(on_hand=1000) for _ in range(2)]

    def work(number):
        with transaction.atomic():
            for sku_id in opposite(skus, number):
                Stock.objects.select_for_update().get(pk=sku_id)
                time.sleep(0.3)

    outcomes = run_together(2, work)
    assert outcomes[OperationalError.__name__] == 1
