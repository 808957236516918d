"""Stock one step at a time: what each function books, refuses and repeats."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from catalog.models import Stock, StockAlert, StockMovement, StockReservation
from catalog.services import stock
from mall.kernel import clock
from mall.kernel.transactions import TransactionRequired
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 11, 3, tzinfo=dt.UTC)


def reserve(quantities, ref="D1", expires_at=None):
    with transaction.atomic():
        stock.reserve(ref=ref, quantities=quantities, expires_at=expires_at, actor="member:1", at=AT)


def settle(function, ref="D1"):
    with transaction.atomic():
        function(ref=ref, actor="staff:w", at=AT)


def levels(sku):
    row = Stock.objects.get(pk=sku.pk)
    return row.on_hand, row.reserved


def assert_books_balance(sku):
    row = Stock.objects.get(pk=sku.pk)
    sums = StockMovement.objects.filter(sku=sku).aggregate(h=Sum("on_hand_delta"), r=Sum("reserved_delta"))
    held = StockReservation.objects.filter(sku=sku, state="held").aggregate(n=Sum("quantity"))["n"] or 0
    last = StockMovement.objects.filter(sku=sku).latest("pk")
    assert (sums["h"], sums["r"]) == (row.on_hand, row.reserved)
    assert held == row.reserved
    assert (last.on_hand_after, last.reserved_after) == (row.on_hand, row.reserved)


def test_reserve_commit_moves_stock_and_counts_sales():
    sku = make.sku(on_hand=10)
    reserve({sku.pk: 3})
    assert levels(sku) == (10, 3)
    settle(stock.commit)
    assert levels(sku) == (7, 0)
    sku.product.refresh_from_db()
    assert sku.product.sales_count == 3
    assert_books_balance(sku)


def test_reserve_of_many_skus_takes_four_statements():
    skus = [make.sku(on_hand=5, safety_stock=4) for _ in range(8)]
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        stock.reserve(ref="D1", quantities={s.pk: 1 for s in skus}, expires_at=None, actor="member:1", at=AT)
    assert len(queries) == 4
    assert StockAlert.objects.count() == 8


def test_reserve_is_all_or_nothing_even_when_the_caller_goes_on():
    plenty, short = make.sku(on_hand=10), make.sku(on_hand=1)
    with transaction.atomic(), pytest.raises(stock.OutOfStock) as caught:
        stock.reserve(ref="D1", quantities={plenty.pk: 2, short.pk: 2}, expires_at=None, actor="member:1", at=AT)
    assert caught.value.data == {"sku": short.code, "sellable": 1}
    assert (caught.value.code, caught.value.status) == ("out_of_stock", 409)
    assert levels(plenty) == (10, 0)
    assert not StockReservation.objects.exists()


def test_reserve_of_an_unknown_sku_is_out_of_stock():
    with pytest.raises(stock.OutOfStock):
        reserve({987654: 1})


def test_steps_refuse_to_run_without_a_transaction():
    sku = make.sku()
    with pytest.raises(TransactionRequired):
        stock.reserve(ref="D1", quantities={sku.pk: 1}, expires_at=None, actor="member:1", at=AT)


@pytest.mark.parametrize("quantity", [-5, 0, 1.5, "1e3", "１", "٣", 2**31, 2**63, None, [], True])
def test_t12_impossible_quantities_are_refused(quantity):
    sku = make.sku(on_hand=10)
    with pytest.raises(stock.InvalidQuantity):
        reserve({sku.pk: quantity})
    with pytest.raises(stock.InvalidQuantity):
        stock.receive(sku_id=sku.pk, quantity=quantity, ref="IN-1", reason="", actor="staff:w", at=AT)
    with pytest.raises(stock.InvalidQuantity), transaction.atomic():
        stock.restock(ref="R1", sku_id=sku.pk, quantity=quantity, actor="staff:w", at=AT)
    if quantity != 0:
        with pytest.raises(stock.InvalidQuantity):
            stock.adjust(sku_id=sku.pk, on_hand=quantity, reason="盘点", actor="staff:w", at=AT)
    assert levels(sku) == (10, 0)
    assert StockMovement.objects.filter(sku=sku).count() == 1


def test_t11_the_database_refuses_an_oversell():
    sku = make.sku(on_hand=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.filter(pk=sku.pk).update(reserved=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.filter(pk=sku.pk).update(on_hand=-1)


def test_t06_release_twice_gives_back_once():
    sku = make.sku(on_hand=10)
    reserve({sku.pk: 4})
    settle(stock.release)
    settle(stock.release)
    assert levels(sku) == (10, 0)
    assert_books_balance(sku)


def test_t06_release_after_commit_changes_nothing():
    sku = make.sku(on_hand=10)
    reserve({sku.pk: 4})
    settle(stock.commit)
    settle(stock.release)
    assert levels(sku) == (6, 0)


def test_t09_second_commit_is_a_no_op():
    sku = make.sku(on_hand=10)
    reserve({sku.pk: 4})
    settle(stock.commit)
    settle(stock.commit)
    assert levels(sku) == (6, 0)
    assert StockMovement.objects.filter(kind="commit").count() == 1


def test_commit_of_released_units_is_refused():
    sku = make.sku(on_hand=10)
    reserve({sku.pk: 4})
    settle(stock.release)
    with pytest.raises(stock.ReservationMissing):
        settle(stock.commit)


def test_paid_orders_keep_their_units():
    sku = make.sku(on_hand=10)
    reserve({sku.pk: 4}, expires_at=AT)
    with transaction.atomic():
        stock.hold_without_expiry(ref="D1")
    assert stock.release_expired(at=AT + dt.timedelta(days=9)) == 0
    assert levels(sku) == (10, 4)


def test_t02_a_payment_after_release_is_told_so():
    sku = make.sku(on_hand=10)
    reserve({sku.pk: 4})
    settle(stock.release)
    with pytest.raises(stock.ReservationMissing), transaction.atomic():
        stock.hold_without_expiry(ref="D1")


def test_expired_reservations_are_released_after_ten_minutes_of_grace():
    sku = make.sku(on_hand=10)
    for number in range(3):
        reserve({sku.pk: 2}, ref=f"D{number}", expires_at=AT)
    assert stock.release_expired(at=AT + dt.timedelta(minutes=9)) == 0
    assert stock.release_expired(at=AT + dt.timedelta(minutes=10)) == 3
    assert levels(sku) == (10, 0)
    assert_books_balance(sku)
    after = StockMovement.objects.filter(kind="release").order_by("pk").values_list("reserved_after", flat=True)
    assert list(after) == [4, 2, 0]


def test_restock_of_one_refund_counts_once():
    sku = make.sku(on_hand=10)
    for _ in range(2):
        with transaction.atomic():
            stock.restock(ref="R1", sku_id=sku.pk, quantity=2, actor="staff:w", at=AT, reason="退货")
    assert levels(sku) == (12, 0)
    assert_books_balance(sku)


def test_receive_refuses_the_same_delivery_note_twice():
    sku = make.sku(on_hand=10)
    stock.receive(sku_id=sku.pk, quantity=5, ref="IN-1", reason="到货", actor="staff:w", at=AT)
    with pytest.raises(stock.AlreadyReceived):
        stock.receive(sku_id=sku.pk, quantity=5, ref="IN-1", reason="到货", actor="staff:w", at=AT)
    assert levels(sku) == (15, 0)


def test_receive_beyond_the_column_is_refused_not_an_error():
    sku = make.sku(on_hand=10)
    with pytest.raises(stock.InvalidQuantity):
        stock.receive(sku_id=sku.pk, quantity=2**31 - 1, ref="IN-1", reason="", actor="staff:w", at=AT)


def test_adjust_books_the_difference_and_spares_promised_units():
    sku = make.sku(on_hand=10)
    reserve({sku.pk: 4})
    stock.adjust(sku_id=sku.pk, on_hand=7, reason="盘点", actor="staff:w", at=AT)
    movement = StockMovement.objects.latest("pk")
    assert (movement.kind, movement.on_hand_delta, movement.on_hand_after) == ("adjust", -3, 7)
    with pytest.raises(stock.BelowReserved):
        stock.adjust(sku_id=sku.pk, on_hand=3, reason="盘点", actor="staff:w", at=AT)
    assert levels(sku) == (7, 4)
    assert_books_balance(sku)


def test_the_ledger_is_append_only():
    make.sku(on_hand=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockMovement.objects.update(on_hand_delta=99)


def test_an_alert_opens_once_and_closes_on_recovery():
    sku = make.sku(on_hand=12, safety_stock=10)
    for number in range(3):
        reserve({sku.pk: 2}, ref=f"D{number}")
    alert = StockAlert.objects.get()
    assert (alert.sellable, alert.safety_stock, alert.closed_at) == (10, 10, None)
    stock.receive(sku_id=sku.pk, quantity=50, ref="IN-1", reason="", actor="staff:w", at=clock.now())
    alert.refresh_from_db()
    assert alert.closed_at is not None
    reserve({sku.pk: 46}, ref="D9")
    assert StockAlert.objects.filter(closed_at=None).count() == 1
    assert StockAlert.objects.count() == 2


def test_a_changed_safety_stock_opens_and_closes_alerts():
    sku = make.sku(on_hand=12, safety_stock=0)
    with transaction.atomic():
        stock.set_safety(safety_stocks={sku.pk: 20}, at=AT)
    assert StockAlert.objects.filter(closed_at=None).count() == 1
    with transaction.atomic():
        stock.set_safety(safety_stocks={sku.pk: 5}, at=AT)
    assert StockAlert.objects.filter(closed_at=None).count() == 0
