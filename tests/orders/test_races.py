"""Races on real PostgreSQL with real threads; each guard has a twin without it that must fail."""

import datetime as dt
import threading
import time
from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Stock, StockMovement
from mall.kernel.models import OutboxEvent
from orders.models import Order, OrderLine, OrderLog, Refund
from orders.services import cancel, checkout, fulfilment, payment, refunds
from orders.services.refunds import ClaimLine
from payments.models import ProviderRefund
from tests.factories import catalog, orders

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]
AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)


def together(count, work):
    """Run work(n) in `count` threads behind one barrier; outcomes by "ok" or the exception's name."""
    barrier, outcomes = threading.Barrier(count), []

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

    threads = [threading.Thread(target=body, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


def test_t01_one_unit_goes_to_one_of_many_buyers():
    sku, buyers = catalog.sku(on_hand=1), [orders.shopper() for _n in range(12)]
    request = orders.request((sku, 1))

    outcomes = together(12, lambda n: checkout.place(member_id=buyers[n].pk, request=request, at=AT))

    assert outcomes == {"ok": 1, "OutOfStock": 11}
    assert Stock.objects.get(pk=sku.pk).reserved == Order.objects.count() == 1


def test_t10_opposite_line_orders_do_not_deadlock():
    one, two = catalog.sku(on_hand=50), catalog.sku(on_hand=50)
    buyers = [orders.shopper() for _n in range(10)]
    requests = [orders.request((one, 1), (two, 1)), orders.request((two, 1), (one, 1))]

    outcomes = together(10, lambda n: checkout.place(member_id=buyers[n].pk, request=requests[n % 2], at=AT))

    assert outcomes == {"ok": 10}


def test_t20_a_payment_confirmed_many_times_at_once_pays_once():
    order = orders.placed((catalog.sku(), 1), at=AT)
    view = payment.start(order_no=order.no, member_id=order.member_id, method="balance", client_ip="127.0.0.1", at=AT)

    outcomes = together(
        10,
        lambda _n: orders.confirm_payment(
            order_no=order.no, payment_no=view.no, amount_fen=view.amount_fen, method="balance", at=AT
        ),
    )

    assert outcomes == {"ok": 10}
    assert OutboxEvent.objects.filter(name="orders.OrderPaid").count() == 1
    assert [log.to_state for log in OrderLog.objects.all()] == ["unpaid", "paid", "approved"]
    assert not ProviderRefund.objects.exists()


def test_t20_control_without_the_lock_the_payment_is_booked_twice():
    order = orders.placed((catalog.sku(), 1), at=AT)
    booked = []

    def naive(_number):
        with transaction.atomic():
            row = Order.objects.get(pk=order.pk)
            if row.state != "unpaid":
                return
            time.sleep(0.1)
            row.state = "paid"
            row.save(update_fields=["state"])
            booked.append(1)

    together(6, naive)
    assert len(booked) > 1


def test_t36_parallel_cancels_return_stock_once():
    sku = catalog.sku(on_hand=5)
    order = orders.placed((sku, 2), at=AT)

    outcomes = together(10, lambda _n: cancel.cancel(order_no=order.no, reason="x", actor="system", at=AT))

    assert outcomes == {"ok": 1, "OrderStateConflict": 9}
    assert Stock.objects.get(pk=sku.pk).reserved == 0
    assert StockMovement.objects.filter(kind="release").count() == 1
    assert OutboxEvent.objects.filter(name="orders.OrderCancelled").count() == 1


def test_t36_parallel_call_offs_of_a_paid_order_refund_once():
    order = orders.paid((catalog.sku(price_fen=5000), 2), at=AT)

    outcomes = together(
        8, lambda _n: refunds.refund_whole(order_no=order.no, reason="缺货", actor="staff:owner", at=AT)
    )

    assert outcomes["ok"] == 1
    assert [r.amount_fen for r in ProviderRefund.objects.all()] == [order.payable_fen]


def test_t09_two_operators_ship_one_order_once():
    sku = catalog.sku(on_hand=5)
    order = orders.paid((sku, 2), at=AT)

    outcomes = together(6, lambda _n: orders.ship(Order.objects.get(pk=order.pk), at=AT))

    assert outcomes == {"ok": 1, "OrderStateConflict": 5}
    assert Stock.objects.get(pk=sku.pk).on_hand == 3


def claim_share(order, line_id, amount_fen):
    return refunds.apply(
        order_no=order.no,
        kind="refund",
        lines=[ClaimLine(line=line_id, quantity=0, amount_fen=amount_fen)],
        reason="少件",
        actor=f"member:{order.member_id}",
        member_id=order.member_id,
        at=AT,
    )


def test_t39_claims_of_sixty_percent_at_once_leave_one():
    order = orders.shipped((catalog.sku(price_fen=10_000), 1), at=AT)
    line_id = order.lines.get().pk

    outcomes = together(8, lambda _n: claim_share(order, line_id, 6000))

    assert outcomes == {"ok": 1, "RefundTooLarge": 7}
    assert OrderLine.objects.get(pk=line_id).refunding_fen == Refund.objects.get().amount_fen == 6000


def test_t39_control_sum_then_insert_lets_two_through_and_only_the_database_stops_it():
    order = orders.shipped((catalog.sku(price_fen=10_000), 1), at=AT)
    line_id = order.lines.get().pk
    let_through = []

    def naive(_number):
        with transaction.atomic():
            row = OrderLine.objects.get(pk=line_id)
            if row.payable_fen - row.refunding_fen < 6000:
                return
            time.sleep(0.1)
            let_through.append(1)

    together(4, naive)
    assert len(let_through) > 1
    with pytest.raises(IntegrityError):
        OrderLine.objects.filter(pk=line_id).update(refunding_fen=6000 * len(let_through))


def test_t40_refunds_of_two_lines_confirmed_at_once_both_count():
    order = orders.shipped((catalog.sku(price_fen=3000), 1), (catalog.sku(price_fen=4000), 1), at=AT)
    numbers = []
    for row in order.lines.all():
        numbers.append(claim_share(order, row.pk, row.payable_fen))
        refunds.approve(refund_no=numbers[-1], actor="staff:service", at=AT)

    outcomes = together(6, lambda n: orders.confirm_refund(refund_no=numbers[n % 2], at=AT))

    order.refresh_from_db()
    assert outcomes == {"ok": 6}
    assert order.refunded_fen == 7000
    assert OutboxEvent.objects.filter(name="orders.OrderRefunded").count() == 2


def test_t22_cancel_and_pay_at_once_end_in_one_of_the_two():
    order = orders.placed((catalog.sku(), 1), at=AT)

    def act(number):
        if number % 2:
            cancel.cancel(order_no=order.no, reason="x", actor="system", at=AT)
        else:
            orders.pay(Order.objects.get(pk=order.pk), at=AT)

    together(4, act)
    order.refresh_from_db()
    surplus = ProviderRefund.objects.count()
    assert (order.state, surplus) in (("cancelled", 0), ("cancelled", 1), ("approved", 0))
    assert fulfilment.receive_overdue(at=AT) == 0
