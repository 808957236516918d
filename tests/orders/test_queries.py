"""What the faces read, and how orders end by themselves."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from mall.kernel.errors import NotFound
from mall.kernel.models import OutboxEvent
from orders import queries
from orders.models import Order, OrderLine
from orders.services import fulfilment, lifecycle
from orders.services.refunds import ClaimLine
from orders.states import ORDER_TRANSITIONS, OrderCommand, OrderState
from tests.factories import catalog, orders

AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return orders.shopper()


@pytest.fixture
def one_of_each(member):
    made = {
        "unpaid": orders.placed((catalog.sku(), 1), member=member, at=AT),
        "approved": orders.paid((catalog.sku(), 1), member=member, at=AT),
        "shipped": orders.shipped((catalog.sku(), 1), member=member, at=AT),
        "signed": orders.signed((catalog.sku(), 2), member=member, at=AT),
    }
    orders.claim(made["signed"], ClaimLine(line=made["signed"].lines.get().pk, quantity=1), at=AT)
    return made


def test_tabs_and_badges_agree(member, one_of_each):
    counts = {
        tab: queries.orders_of(member_id=member.pk, tab=tab).count
        for tab in ("all", "unpaid", "to_ship", "to_receive", "done", "refunds")
    }
    assert counts == {"all": 4, "unpaid": 1, "to_ship": 1, "to_receive": 1, "done": 1, "refunds": 1}
    badges = queries.badges(member_id=member.pk)
    assert (badges.unpaid, badges.to_ship, badges.to_receive, badges.refunds) == (1, 1, 1, 1)
    assert queries.orders_of(member_id=orders.shopper().pk).count == 0


def test_lists_and_pages_take_few_queries(member, one_of_each, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        page = queries.orders_of(member_id=member.pk, page_size=3)
    assert (len(page.items), page.count) == (3, 4)
    with django_assert_max_num_queries(9):
        view = queries.order_view(order_no=one_of_each["signed"].no, member_id=member.pk)
    assert [entry.command for entry in view.timeline] == ["place", "pay", "approve", "ship", "sign", "refund.apply"]
    assert (view.lines[0].refundable_quantity, view.has_open_refund, len(view.parcels)) == (1, True, 1)
    with django_assert_max_num_queries(1):
        queries.badges(member_id=member.pk)


def test_t_access_another_member_s_order_does_not_exist(one_of_each):
    with pytest.raises(NotFound):
        queries.order_view(order_no=one_of_each["unpaid"].no, member_id=orders.shopper().pk)


def test_the_merchant_filters_by_state_and_time(one_of_each):
    assert [o.no for o in queries.merchant_orders(state="shipped").items] == [one_of_each["shipped"].no]
    assert queries.merchant_orders(updated_after=AT).count == 0
    assert queries.merchant_orders(updated_after=AT - DAY).count == 4
    assert queries.merchant_refunds(state="applied").count == 1


def test_commission_sees_net_list_and_cost_of_whole_lines(member):
    order = orders.paid((catalog.sku(price_fen=5000, market_price_fen=6000, cost_fen=2000), 2), member=member, at=AT)
    basis = queries.commission_basis(order_no=order.no)
    [line] = basis.lines
    assert (line.net_fen, line.list_fen, line.cost_fen, line.quantity) == (10_000, 12_000, 4_000, 2)
    assert (basis.member_id, basis.placed_at) == (member.pk, AT)


def test_open_refunds_are_found_in_bulk(one_of_each):
    numbers = [order.no for order in one_of_each.values()]
    assert queries.with_open_refunds(order_nos=numbers) == {one_of_each["signed"].no}


def test_orders_sign_and_complete_by_themselves_unless_a_refund_is_open(one_of_each):
    assert fulfilment.receive_overdue(at=AT + 9 * DAY) == 0
    assert fulfilment.receive_overdue(at=AT + 10 * DAY) == 1
    assert fulfilment.complete_due(at=AT + 11 * DAY) == 0
    assert fulfilment.complete_due(at=AT + 17 * DAY) == 1
    one_of_each["shipped"].refresh_from_db()
    assert (one_of_each["shipped"].state, one_of_each["shipped"].signed_at) == ("completed", AT + 10 * DAY)
    assert OutboxEvent.objects.filter(name="orders.OrderCompleted").count() == 1


@pytest.mark.parametrize("command", list(OrderCommand))
def test_an_order_moves_by_its_table_only(one_of_each, command):
    for state, order in one_of_each.items():
        if (OrderState(state), command) not in ORDER_TRANSITIONS:
            with pytest.raises(lifecycle.OrderStateConflict), transaction.atomic():
                lifecycle.advance(order=order, command=command, actor="system", at=AT)
            assert Order.objects.get(pk=order.pk).state == state


def test_ord4_what_was_agreed_never_changes(one_of_each):
    order = one_of_each["unpaid"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(goods_total_fen=1, payable_fen=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(order=order).update(cost_fen=1)
