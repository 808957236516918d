"""Figures against orders made by hand, on Shanghai days."""

import datetime as dt

import pytest

from analytics import queries
from distribution.models import Commission
from mall.kernel import clock, outbox
from members.models import Member
from orders.models import Order
from orders.services import refunds
from tests.factories import catalog, distribution, orders

pytestmark = pytest.mark.django_db
# 00:30 on 20 March in Shanghai is still the 19th in UTC.
NOW = dt.datetime(2026, 3, 19, 16, 30, tzinfo=dt.UTC)


def sold(price_fen: int, *, at: dt.datetime, buyer: Member | None = None, quantity: int = 1) -> Order:
    order = orders.paid((catalog.sku(price_fen=price_fen), quantity), member=buyer, at=at)
    outbox.deliver_due()
    return order


def test_a_range_is_whole_shanghai_days_and_so_is_the_one_before():
    period = queries.last_days(days=7, at=NOW)
    assert (period.since, period.until) == (
        clock.day_start(dt.date(2026, 3, 14)),
        clock.day_start(dt.date(2026, 3, 21)),
    )
    assert (period.before.since, period.before.until) == (clock.day_start(dt.date(2026, 3, 7)), period.since)


def test_figures_count_payments_by_their_shanghai_day():
    today = queries.last_days(days=1, at=NOW)
    first, second = sold(10_000, at=NOW), sold(5_001, at=NOW)
    sold(7_777, at=NOW - dt.timedelta(hours=1))
    orders.placed((catalog.sku(), 1), at=NOW)
    total = first.payable_fen + second.payable_fen
    now, before = queries.figures(today, today.before)
    assert (now.paid_orders, now.paid_fen, now.average_fen) == (2, total, total // 2)
    assert before.paid_orders == 1


def test_refunds_count_on_the_day_the_money_was_back():
    today = queries.last_days(days=1, at=NOW)
    order = orders.signed((catalog.sku(price_fen=3_000), 1), at=NOW - dt.timedelta(days=1))
    claim = orders.claim(order, whole=True, at=NOW)
    refunds.approve(refund_no=claim.no, amount_fen=None, actor="staff:owner", at=NOW)
    orders.finish_refunds(claim.no, at=NOW)
    [now] = queries.figures(today)
    assert (now.refunds, now.refunded_fen, now.paid_orders) == (1, claim.amount_fen, 0)


def test_commissions_are_a_share_of_what_was_paid():
    buyer = orders.shopper()
    distribution.bind(buyer.pk, distribution.chain(2)[0])
    sold(10_000, at=NOW, buyer=buyer)
    sold(10_000, at=NOW)
    [now] = queries.figures(queries.last_days(days=1, at=NOW))
    cost = sum(row.net_fen for row in Commission.objects.all())
    assert cost > 0
    assert (now.promoted_orders, now.promoted_ppm, now.commission_fen) == (1, 500_000, cost)
    assert now.commission_ppm == cost * 1_000_000 // now.paid_fen
    best = queries.top_distributors(queries.last_days(days=1, at=NOW))
    assert [row.earned_fen for row in best] == sorted((row.net_fen for row in Commission.objects.all()), reverse=True)


def test_the_trend_has_a_point_for_every_day_or_hour_with_the_range_before_beside_it():
    order, earlier = sold(10_000, at=NOW), sold(2_000, at=NOW - dt.timedelta(days=7))
    week = queries.trend(queries.last_days(days=7, at=NOW))
    assert [(point.paid_fen, point.before_fen) for point in week] == [
        (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (order.payable_fen, earlier.payable_fen)
    ]  # fmt: skip
    day = queries.trend(queries.last_days(days=1, at=NOW))
    assert len(day) == 24
    assert [point.paid_fen for point in day[:2]] == [order.payable_fen, 0]


def test_top_products_add_up_units_and_money():
    goods = catalog.sku(price_fen=4_000)
    for _ in range(2):
        orders.paid((goods, 2), at=NOW)
    sold(9_000, at=NOW)
    best = queries.top_products(queries.last_days(days=1, at=NOW))
    assert (best[0].product_id, best[0].quantity, best[0].paid_fen) == (goods.product_id, 4, 16_000)
    assert [row.paid_fen for row in best] == [16_000, 9_000]


def test_new_members_are_shoppers_only():
    today = queries.last_days(days=1, at=NOW)
    for number, is_staff in enumerate((False, True)):
        person = Member.objects.create(username=f"p{number}", is_staff=is_staff)
        Member.objects.filter(pk=person.pk).update(date_joined=NOW)
    assert queries.figures(today)[0].new_members == 1


@pytest.mark.parametrize(
    ("now", "before", "change"), [(150, 100, 500_000), (50, 100, -500_000), (5, 0, None), (0, 0, None)]
)
def test_change_against_the_range_before(now: int, before: int, change: int | None):
    assert queries.change_ppm(now, before) == change
