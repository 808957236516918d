"""The shopper's orders: the list, one order in each state, and what may be done to it by whom."""

import pytest
from django.test import Client

from mall.kernel import clock
from orders.models import CartItem, Order
from orders.services import fulfilment
from tests.factories import catalog
from tests.factories import orders as made

pytestmark = pytest.mark.django_db


def logged_in(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def owner_of(order: Order) -> Client:
    return logged_in(order.member)


def test_the_list_takes_few_queries_and_pages_on(django_assert_max_num_queries):
    buyer, unit = made.shopper(), catalog.sku(on_hand=50)
    for _number in range(12):
        made.placed((unit, 1), member=buyer)
    client = logged_in(buyer)
    with django_assert_max_num_queries(8):
        page = client.get("/me/orders/")
    assert len(page.context["rows"]) == 10
    assert page.context["next_url"] == "?tab=all&page=2"
    more = client.get("/me/orders/?tab=all&page=2", headers={"HX-Request": "true"})
    assert len(more.context["rows"]) == 2
    assert "没有更多了" in more.content.decode()
    assert len(client.get("/me/orders/?page=2").context["rows"]) == 12


def test_orders_are_found_by_number_and_by_name():
    buyer = made.shopper()
    tea = made.placed((catalog.sku(of=catalog.product("明前龙井")), 1), member=buyer)
    made.placed((catalog.sku(of=catalog.product("赣南脐橙")), 1), member=buyer)
    client = logged_in(buyer)
    for q in (tea.no, tea.no[-6:], "龙井"):
        assert [row["order"].no for row in client.get("/me/orders/", {"q": q}).context["rows"]] == [tea.no]
    assert "没有找到" in client.get("/me/orders/", {"q": "不存在"}).content.decode()


@pytest.mark.parametrize(
    ("tab", "said"),
    [
        ("all", "还没有订单"),
        ("unpaid", "没有等待付款的订单"),
        ("to_ship", "没有等待发货的订单"),
        ("to_receive", "没有在路上的包裹"),
        ("done", "还没有完成的订单"),
        ("refunds", "没有处理中的售后"),
    ],
)
def test_each_empty_tab_has_its_own_words(tab, said):
    assert said in logged_in(made.shopper()).get(f"/me/orders/?tab={tab}").content.decode()


def completed(*wanted):
    order = made.signed(*wanted)
    Order.objects.filter(pk=order.pk).update(state="completed", completed_at=clock.now())
    return order


def cancelled(*wanted):
    order = made.placed(*wanted)
    logged_in(order.member).post(f"/me/orders/{order.no}/cancel/", {"reason": "不想要了"})
    return order


@pytest.mark.parametrize(
    ("make", "title", "buttons", "absent"),
    [
        (made.placed, "等待付款", ["去付款", "取消订单"], ["确认收货", "申请售后", "再次购买"]),
        (made.paid, "等待发货", ["申请售后"], ["去付款", "取消订单", "确认收货", "查看物流"]),
        (made.shipped, "商品在路上", ["查看物流", "确认收货", "申请售后"], ["去付款", "取消订单"]),
        (made.signed, "已签收", ["查看物流", "申请售后", "再次购买"], ["去付款", "确认收货"]),
        (completed, "已完成", ["查看物流", "再次购买"], ["去付款", "确认收货", "申请售后"]),
        (cancelled, "订单已取消", ["再次购买"], ["去付款", "取消订单", "申请售后", "查看物流"]),
    ],
)
def test_each_state_has_its_headline_and_buttons(make, title, buttons, absent, django_assert_max_num_queries):
    order = make((catalog.sku(), 2))
    client = owner_of(order)
    with django_assert_max_num_queries(16):
        page = client.get(f"/me/orders/{order.no}/").content.decode()
    bar = page[page.index('class="actionbar"') :]
    assert title in page
    assert page.count("<h1") == 1
    assert order.no in page
    for button in buttons:
        assert button in bar
    for button in absent:
        assert button not in bar


def test_the_history_ascends_and_keeps_the_staffs_notes_to_themselves():
    order = made.shipped((catalog.sku(), 1))
    order.logs.create(command="note", actor="staff:owner", note="难缠的客人", at=clock.now())
    response = owner_of(order).get(f"/me/orders/{order.no}/")
    times = [entry.at for entry in response.context["history"]]
    assert times == sorted(times)
    assert "难缠的客人" not in response.content.decode()
    assert [step["label"] for step in response.context["steps"] if step["state"] == "done"] == [
        "已提交",
        "已付款",
        "已审核",
        "已发货",
    ]


def test_another_members_order_is_not_there():
    order = made.shipped((catalog.sku(), 1))
    stranger = logged_in(made.shopper())
    for tail in ("", "track/", "cancel/", "refund/"):
        assert stranger.get(f"/me/orders/{order.no}/{tail}").status_code == 404
    for tail in ("cancel/", "receive/", "again/", "refund/"):
        assert stranger.post(f"/me/orders/{order.no}/{tail}").status_code == 404
    order.refresh_from_db()
    assert order.state == "shipped"


def test_writing_needs_a_csrf_token():
    order = made.shipped((catalog.sku(), 1))
    client = Client(enforce_csrf_checks=True)
    client.force_login(order.member)
    assert client.post(f"/me/orders/{order.no}/receive/").status_code == 403
    page = client.get(f"/me/orders/{order.no}/").content.decode()
    assert page.count("csrfmiddlewaretoken") == page.count('method="post"')
    order.refresh_from_db()
    assert order.state == "shipped"


def test_cancelling_asks_why_and_happens_once():
    order = made.placed((catalog.sku(), 1))
    client = owner_of(order)
    assert "再想想" in client.get(f"/me/orders/{order.no}/cancel/").content.decode()
    for _tap in range(2):
        response = client.post(f"/me/orders/{order.no}/cancel/", {"reason": "地址或电话填错了"})
        assert response["Location"] == f"/me/orders/{order.no}/"
    order.refresh_from_db()
    assert (order.state, order.cancel_reason) == ("cancelled", "地址或电话填错了")
    assert client.get(f"/me/orders/{order.no}/cancel/").status_code == 302


def test_an_invented_reason_is_not_stored():
    order = made.placed((catalog.sku(), 1))
    owner_of(order).post(f"/me/orders/{order.no}/cancel/", {"reason": "x" * 500})
    order.refresh_from_db()
    assert order.cancel_reason == "其他原因"


def test_receiving_twice_signs_once():
    order = made.shipped((catalog.sku(), 1))
    client = owner_of(order)
    for _tap in range(2):
        assert client.post(f"/me/orders/{order.no}/receive/").status_code == 302
    order.refresh_from_db()
    assert order.state == "signed"
    assert order.logs.filter(to_state="signed").count() == 1


def test_a_paid_order_cannot_be_cancelled_from_a_stale_page():
    order = made.paid((catalog.sku(), 1))
    response = owner_of(order).post(f"/me/orders/{order.no}/cancel/", {"reason": "不想要了"}, follow=True)
    assert "不能这样操作" in response.content.decode()
    order.refresh_from_db()
    assert order.state == "approved"


def test_tracking_shows_the_parcel_before_and_after_its_first_scan():
    order = made.shipped((catalog.sku(), 1))
    page = owner_of(order).get(f"/me/orders/{order.no}/track/").content.decode()
    assert "商家已发货" in page
    assert "还没有上传物流信息" in page
    waiting = made.paid((catalog.sku(), 1))
    assert "还没有包裹" in owner_of(waiting).get(f"/me/orders/{waiting.no}/track/").content.decode()


def test_buying_again_fills_the_cart_with_what_is_still_sold():
    there, gone = catalog.sku(on_hand=10), catalog.sku(on_hand=1, of=catalog.product("绝版茶杯"))
    order = made.signed((there, 2), (gone, 1))
    response = owner_of(order).post(f"/me/orders/{order.no}/again/", follow=True)
    assert response.redirect_chain[-1][0] == "/cart/"
    assert "绝版茶杯" in response.content.decode()
    assert list(CartItem.objects.values_list("sku_id", "quantity")) == [(there.pk, 2)]


def test_the_confirmed_receipt_is_offered_only_while_on_its_way():
    order = made.shipped((catalog.sku(), 1))
    fulfilment.receive(order_no=order.no, member_id=order.member_id, at=clock.now())
    assert "确认收货" not in owner_of(order).get("/me/orders/").content.decode()
