"""Refunds: never more than was paid, to the fen in any order, and the goods go where they belong."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Stock, StockReservation
from mall.kernel.errors import NotFound
from mall.kernel.models import OutboxEvent
from marketing.models import Coupon
from marketing.services import coupons
from orders.models import OrderLine, Refund
from orders.services import claims, fulfilment, refunds
from orders.services.refunds import ClaimLine
from payments.models import Payment
from tests.factories import catalog, orders

AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def line(order, position=1):
    return order.lines.get(position=position)


def one(order, quantity=1, amount_fen=None, position=1):
    return ClaimLine(line=line(order, position).pk, quantity=quantity, amount_fen=amount_fen)


def approve(refund, **kwargs):
    refunds.approve(refund_no=refund.no, actor="staff:service", at=AT, **kwargs)
    refund.refresh_from_db()
    return refund


def give_back(order, *claim_lines, **kwargs):
    refund = approve(orders.claim(order, *claim_lines, at=AT, **kwargs))
    orders.finish_refunds(at=AT)
    order.refresh_from_db()
    return refund


def test_a_whole_refund_before_shipping_returns_freight_stock_and_coupon_and_cancels():
    member, sku = orders.shopper(), catalog.sku(price_fen=5000)
    day = dt.timedelta(days=1)
    offer = Coupon.objects.create(name="券", amount_fen=1000, total=1, starts_at=AT - day, ends_at=AT + day)
    held = coupons.claim(coupon_id=offer.pk, member_id=member.pk, at=AT)
    order = orders.paid((sku, 1), member=member, coupon_id=held, at=AT)
    assert order.payable_fen == 4800

    refund = give_back(order, whole=True)

    assert (refund.amount_fen, refund.freight_fen) == (4800, 800)
    assert (order.state, order.refunded_fen, order.refunded_freight_fen) == ("cancelled", 4800, 800)
    assert Stock.objects.get(pk=sku.pk).sellable == 10
    assert Payment.objects.get(no=order.payment_no).refunded_fen == 4800
    names = OutboxEvent.objects.filter(name__startswith="orders.").order_by("pk").values_list("name", flat=True)
    assert list(names)[-2:] == ["orders.OrderRefunded", "orders.OrderCancelled"]
    refunded = OutboxEvent.objects.get(name="orders.OrderRefunded").payload
    assert refunded["lines"] == [{"line": line(order).pk, "amount_fen": 4000}]
    assert refunded["is_full"] is True
    assert OutboxEvent.objects.get(name="orders.OrderCancelled").payload["was_paid"] is True


def test_freight_stays_with_the_shop_once_the_parcel_left():
    order = orders.shipped((catalog.sku(price_fen=5000), 1), at=AT)
    refund = give_back(order, whole=True)
    assert (refund.amount_fen, refund.freight_fen, order.state) == (5000, 0, "shipped")


def test_a_return_restocks_when_the_money_is_back():
    sku = catalog.sku(price_fen=5000)
    order = orders.signed((sku, 3), at=AT)
    assert Stock.objects.get(pk=sku.pk).on_hand == 7

    refund = approve(orders.claim(order, one(order, 2), kind="return", at=AT))
    assert refund.state == "approved"
    refunds.return_parcel(refund_no=refund.no, member_id=order.member_id, carrier="SF", tracking_no="SF99", at=AT)
    refunds.received(refund_no=refund.no, actor="staff:warehouse", at=AT)
    for _repeat in range(2):
        orders.finish_refunds(refund.no, at=AT)

    refund.refresh_from_db()
    assert (refund.state, refund.amount_fen, refund.return_tracking_no) == ("refunded", 10_000, "SF99")
    assert Stock.objects.get(pk=sku.pk).on_hand == 9
    assert OutboxEvent.objects.filter(name="orders.OrderRefunded").count() == 1


def test_units_refunded_before_shipping_stay_on_the_shelf():
    sku = catalog.sku(price_fen=5000)
    order = orders.paid((sku, 3), at=AT)
    give_back(order, one(order, 1))
    orders.ship(order, at=AT)

    stock = Stock.objects.get(pk=sku.pk)
    assert (stock.on_hand, stock.reserved) == (8, 0)
    assert StockReservation.objects.get(ref=order.no).state == "committed"


def test_an_order_with_an_open_refund_does_not_ship():
    order = orders.paid((catalog.sku(), 2), at=AT)
    refund = orders.claim(order, one(order), at=AT)
    with pytest.raises(fulfilment.OpenRefund):
        orders.ship(order, at=AT)
    refunds.reject(refund_no=refund.no, reason="已打包", actor="staff:service", at=AT)
    assert orders.ship(order, at=AT).state == "shipped"


def test_a_claim_taken_back_or_refused_frees_the_line():
    order = orders.shipped((catalog.sku(price_fen=5000), 2), at=AT)
    first = orders.claim(order, whole=True, at=AT)
    with pytest.raises(claims.RefundTooLarge):
        orders.claim(order, one(order), at=AT)
    refunds.cancel(refund_no=first.no, member_id=order.member_id, at=AT)
    second = orders.claim(order, whole=True, at=AT)
    refunds.reject(refund_no=second.no, reason="超出范围", actor="staff:service", at=AT)

    row = line(order)
    assert (row.refunding_fen, row.refunding_quantity) == (0, 0)
    assert orders.claim(order, whole=True, at=AT).amount_fen == 10_000


@pytest.mark.parametrize(
    ("quantity", "amount_fen", "error"),
    [
        (3, None, claims.RefundTooLarge),
        (1, 10_001, claims.RefundTooLarge),
        (0, None, claims.NothingToRefund),
        (-1, 100, claims.NothingToRefund),
        (1, -100, claims.NothingToRefund),
        (True, 100, claims.NothingToRefund),
        (1, 1.5, claims.NothingToRefund),
    ],
)
def test_t37_a_claim_stays_within_the_line(quantity, amount_fen, error):
    order = orders.shipped((catalog.sku(price_fen=5000), 2), at=AT)
    with pytest.raises(error):
        orders.claim(order, one(order, quantity, amount_fen), at=AT)


def test_a_line_of_another_order_or_twice_the_same_is_refused():
    order, other = (orders.shipped((catalog.sku(), 2), at=AT) for _n in range(2))
    with pytest.raises(claims.NothingToRefund):
        orders.claim(order, one(other), at=AT)
    with pytest.raises(claims.NothingToRefund):
        orders.claim(order, one(order), one(order), at=AT)


def test_t37_the_database_refuses_a_hundred_and_one_percent():
    order = orders.shipped((catalog.sku(price_fen=5000), 1), at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(order=order).update(refunded_fen=2501, refunding_fen=2500)


def test_the_shop_may_agree_to_less_and_the_rest_stays_claimable():
    order = orders.shipped((catalog.sku(price_fen=5000), 1), (catalog.sku(price_fen=2500), 1), at=AT)
    refund = approve(orders.claim(order, one(order), one(order, position=2), at=AT), amount_fen=3000)
    orders.finish_refunds(at=AT)

    assert [part.amount_fen for part in refund.lines.order_by("line__position")] == [2000, 1000]
    order.refresh_from_db()
    assert order.refunded_fen == 3000
    assert [row.refunded_fen for row in order.lines.all()] == [2000, 1000]
    assert orders.claim(order, one(order, 0, 3000), at=AT).amount_fen == 3000


@pytest.mark.parametrize("amount_fen", [0, -1, 5001, True])
def test_the_shop_cannot_agree_to_more_or_nothing(amount_fen):
    order = orders.shipped((catalog.sku(price_fen=5000), 1), at=AT)
    refund = orders.claim(order, whole=True, at=AT)
    with pytest.raises(claims.RefundTooLarge):
        approve(refund, amount_fen=amount_fen)
    refund.refresh_from_db()
    assert refund.state == "applied"


def test_freight_lapses_when_an_earlier_claim_was_refused():
    order = orders.paid((catalog.sku(price_fen=1000), 1), (catalog.sku(price_fen=1000), 1), at=AT)
    first = orders.claim(order, one(order), at=AT)
    second = orders.claim(order, one(order, position=2), at=AT)
    assert (first.freight_fen, second.freight_fen) == (0, 800)
    refunds.reject(refund_no=first.no, reason="不可退", actor="staff:service", at=AT)
    assert approve(second).amount_fen == 1000


def test_t41_one_fen_moves_one_fen():
    order = orders.signed((catalog.sku(price_fen=10_000), 1), at=AT)
    give_back(order, one(order, 1, 1))
    event = OutboxEvent.objects.get(name="orders.OrderRefunded").payload
    assert (event["lines"], event["is_full"]) == ([{"line": line(order).pk, "amount_fen": 1}], False)
    assert (order.refunded_fen, order.state) == (1, "signed")


def test_t40_two_lines_refunded_apart_add_up():
    order = orders.shipped((catalog.sku(price_fen=3000), 1), (catalog.sku(price_fen=4000), 1), at=AT)
    for refund in [orders.claim(order, one(order, position=p), at=AT) for p in (1, 2)]:
        approve(refund)
    orders.finish_refunds(at=AT)
    order.refresh_from_db()
    assert order.refunded_fen == 7000


def test_when_a_claim_is_possible():
    member = orders.shopper()
    unpaid = orders.placed((catalog.sku(), 1), member=member, at=AT)
    paid = orders.paid((catalog.sku(), 1), member=member, at=AT)
    done = orders.signed((catalog.sku(), 1), member=member, at=AT)
    assert fulfilment.complete_due(at=AT + dt.timedelta(days=8)) == 1

    for order, kind in ((unpaid, "refund"), (paid, "return"), (done, "refund"), (paid, "gift")):
        with pytest.raises(refunds.NotRefundable):
            orders.claim(order, whole=True, kind=kind, at=AT)
    by_staff = refunds.apply(
        order_no=done.no, kind="refund", lines=[one(done)], reason="补偿", actor="staff:owner", at=AT
    )
    assert Refund.objects.get(no=by_staff).state == "applied"
    with pytest.raises(NotFound):
        refunds.cancel(refund_no=by_staff, member_id=orders.shopper().pk, at=AT)


def test_the_shop_calls_off_a_paid_order():
    sku = catalog.sku(price_fen=5000)
    order = orders.paid((sku, 2), at=AT)
    give_back(order, one(order))

    refunds.refund_whole(order_no=order.no, reason="缺货", actor="staff:owner", at=AT)
    orders.finish_refunds(at=AT)

    order.refresh_from_db()
    assert (order.state, order.refunded_fen) == ("cancelled", order.payable_fen)
    assert Stock.objects.get(pk=sku.pk).sellable == 10


def test_a_refund_moves_by_its_table_only():
    order = orders.shipped((catalog.sku(), 1), at=AT)
    refund = approve(orders.claim(order, whole=True, at=AT))
    member_id = order.member_id
    for act in (
        lambda: approve(refund),
        lambda: refunds.reject(refund_no=refund.no, reason="x", actor="staff:a", at=AT),
        lambda: refunds.cancel(refund_no=refund.no, member_id=member_id, at=AT),
        lambda: refunds.received(refund_no=refund.no, actor="staff:a", at=AT),
        lambda: refunds.return_parcel(refund_no=refund.no, member_id=member_id, carrier="SF", tracking_no="1", at=AT),
    ):
        with pytest.raises(refunds.RefundStateConflict):
            act()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_t17_line_by_line_in_any_order_comes_to_what_was_paid(data):
    goods = data.draw(st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 4)), min_size=1, max_size=4))
    member = orders.shopper()
    offer = Coupon.objects.create(
        name="券",
        amount_fen=data.draw(st.integers(1, 3000)),
        total=1,
        starts_at=AT - dt.timedelta(days=1),
        ends_at=AT + dt.timedelta(days=1),
    )
    held = coupons.claim(coupon_id=offer.pk, member_id=member.pk, at=AT)
    skus = [(catalog.sku(price_fen=price), quantity) for price, quantity in goods]
    order = orders.paid(*skus, member=member, coupon_id=held, at=AT)
    units = [row.pk for row in order.lines.all() for _unit in range(row.quantity)]

    for line_id in data.draw(st.permutations(units)):
        try:
            give_back(order, ClaimLine(line=line_id, quantity=1))
        except claims.NothingToRefund:
            # A unit the coupon made free: it goes with the line's last paid unit.
            continue

    order.refresh_from_db()
    rows = list(order.lines.all())
    assert sum(row.refunded_fen for row in rows) + order.refunded_freight_fen == order.refunded_fen
    assert all(row.refunded_fen <= row.payable_fen for row in rows)
    if all(row.refunded_quantity == row.quantity for row in rows):
        assert order.refunded_fen == order.payable_fen
        assert order.state == "cancelled"
