"""Paying: the order's own amount, once; everything else that arrives goes back."""

import datetime as dt

import pytest

from catalog.models import Stock, StockReservation
from logistics.models import FreightRule
from mall.kernel.errors import NotFound
from mall.kernel.models import Notice, OutboxEvent
from marketing.models import Coupon
from marketing.services import coupons
from orders.models import Order, OrderLog, OrderPolicy
from orders.services import cancel, checkout, lifecycle, payment
from payments.models import Payment, WalletEntry
from tests.factories import catalog, orders, payments

AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(hours=1)
pytestmark = pytest.mark.django_db


def start(order, *, member_id=None, method="balance", at=AT):
    return payment.start(
        order_no=order.no, member_id=member_id or order.member_id, method=method, client_ip="127.0.0.1", at=at
    )


def confirm(order, view, at=AT):
    orders.confirm_payment(order_no=order.no, payment_no=view.no, amount_fen=view.amount_fen, method=view.method, at=at)
    order.refresh_from_db()


def test_t14_the_provider_gets_the_order_s_amount():
    order = orders.placed((catalog.sku(price_fen=12_345), 1), at=AT)
    assert start(order).amount_fen == order.payable_fen == 12_345


def test_a_paid_order_is_approved_and_keeps_its_stock():
    order = orders.paid((catalog.sku(), 3), at=AT)

    assert (order.state, order.paid_at, order.approved_at) == ("approved", AT, AT)
    assert order.payment_method == "balance"
    assert StockReservation.objects.get(ref=order.no).expires_at is None
    assert [log.to_state for log in OrderLog.objects.all()] == ["unpaid", "paid", "approved"]
    assert OutboxEvent.objects.filter(name="orders.OrderPaid", aggregate=f"order:{order.no}").count() == 1


def test_a_shop_that_reviews_by_hand_keeps_it_paid():
    OrderPolicy.objects.update_or_create(pk=1, defaults={"auto_approve": False})
    assert orders.paid((catalog.sku(), 1), at=AT).state == "paid"


def test_t24_a_repeated_confirmation_changes_nothing():
    order = orders.placed((catalog.sku(), 1), at=AT)
    view = start(order)
    for _time in range(3):
        confirm(order, view)
    assert OutboxEvent.objects.filter(name="orders.OrderPaid").count() == 1
    assert Payment.objects.get(no=view.no).is_surplus is False


def test_t26_a_second_payment_goes_back_once():
    order = orders.paid((catalog.sku(price_fen=5000), 1), at=AT)
    payer = payments.funded(balance_fen=10_000)
    second = payments.collect_from(payer, amount_fen=order.payable_fen)
    for _time in range(2):
        confirm(order, second)

    assert order.payment_no != second.no
    assert Payment.objects.get(no=second.no).is_surplus
    back = WalletEntry.objects.filter(wallet__member=payer, kind="refund")
    assert [entry.delta_fen for entry in back] == [order.payable_fen]


def test_t21_money_after_the_order_was_closed_goes_back_once_and_the_buyer_is_told():
    order = orders.placed((catalog.sku(price_fen=5000), 1), at=AT)
    view = start(order)
    Order.objects.filter(pk=order.pk).update(state="cancelled")
    for _time in range(2):
        confirm(order, view)

    assert order.state == "cancelled"
    assert WalletEntry.objects.filter(kind="refund").count() == 1
    assert Notice.objects.filter(member_id=order.member_id, kind="payment_surplus").count() == 1


def test_a_wrong_amount_never_pays_an_order():
    order = orders.placed((catalog.sku(price_fen=5000), 1), at=AT)
    little = payments.collect_from(payments.funded(balance_fen=100), amount_fen=1)
    confirm(order, little)
    assert order.state == "unpaid"
    assert Payment.objects.get(no=little.no).is_surplus


def test_an_order_of_nothing_is_paid_by_nothing():
    FreightRule.objects.all().delete()
    member = orders.shopper(balance_fen=1)
    day = dt.timedelta(days=1)
    offer = Coupon.objects.create(name="免单", amount_fen=500, total=1, starts_at=AT - day, ends_at=AT + day)
    held = coupons.claim(coupon_id=offer.pk, member_id=member.pk, at=AT)
    order = orders.placed((catalog.sku(price_fen=100), 1), member=member, coupon_id=held, at=AT)

    view = start(order, method="wechat_jsapi")
    confirm(order, view)

    assert (view.method, view.amount_fen, order.state) == ("free", 0, "approved")


def test_only_its_buyer_can_pay_an_order_in_time():
    order = orders.placed((catalog.sku(), 1), at=AT)
    with pytest.raises(NotFound):
        start(order, member_id=orders.shopper().pk)
    with pytest.raises(payment.OrderExpired):
        start(order, at=LATER)
    confirm(order, start(order))
    with pytest.raises(lifecycle.OrderStateConflict):
        start(order)


def test_a_cancelled_order_gives_stock_and_coupon_back():
    member, sku = orders.shopper(), catalog.sku(price_fen=5000)
    day = dt.timedelta(days=1)
    offer = Coupon.objects.create(name="券", amount_fen=100, total=1, starts_at=AT - day, ends_at=AT + day)
    held = coupons.claim(coupon_id=offer.pk, member_id=member.pk, at=AT)
    order = orders.placed((sku, 2), member=member, coupon_id=held, at=AT)

    cancel.cancel(order_no=order.no, reason="拍错了", actor=f"member:{member.pk}", member_id=member.pk, at=AT)

    order.refresh_from_db()
    assert (order.state, order.cancel_reason, order.cancelled_at) == ("cancelled", "拍错了", AT)
    assert Stock.objects.get(pk=sku.pk).reserved == 0
    assert checkout.quote(member_id=member.pk, request=orders.request((sku, 1), coupon_id=held), at=AT)
    event = OutboxEvent.objects.get(name="orders.OrderCancelled")
    assert event.payload["was_paid"] is False
    with pytest.raises(lifecycle.OrderStateConflict):
        cancel.cancel(order_no=order.no, reason="再来", actor="system", at=AT)


def test_t22_an_order_paid_meanwhile_is_not_cancelled():
    order = orders.placed((catalog.sku(), 1), at=AT)
    view = start(order)
    with pytest.raises(cancel.PaidMeanwhile):
        cancel.cancel(order_no=order.no, reason="不要了", actor="system", at=AT)
    confirm(order, view)
    assert order.state == "approved"


def test_expired_orders_close_and_others_stay():
    due, young = orders.placed((catalog.sku(), 1), at=AT), orders.placed((catalog.sku(), 1), at=LATER)
    paid_late = orders.placed((catalog.sku(), 1), at=AT)
    start(paid_late)

    assert cancel.close_expired(at=LATER) == 1
    assert cancel.close_expired(at=LATER) == 0

    states = {o.no: o.state for o in Order.objects.all()}
    assert states == {due.no: "cancelled", young.no: "unpaid", paid_late.no: "unpaid"}
    assert Notice.objects.filter(member_id=due.member_id, kind="order_closed").count() == 1


def test_money_long_after_the_stock_was_given_away_closes_the_order_and_goes_back():
    order = orders.placed((catalog.sku(), 1), at=AT)
    view = start(order)
    StockReservation.objects.filter(ref=order.no).update(state="released")
    Stock.objects.update(reserved=0)

    confirm(order, view, at=LATER)

    assert order.state == "cancelled"
    assert Payment.objects.get(no=view.no).is_surplus
