"""The order desk as staff use it, over HTTP."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from members.models import Member
from orders.models import Order, OrderLog, Refund
from orders.services.refunds import ClaimLine
from tests.factories import catalog, orders

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    client.force_login(Member.objects.create_superuser("owner", "demo-2026"))
    return client


def act(client, row, name, **data):
    url = reverse(f"admin:orders_{row._meta.model_name}_{name}", args=[row.pk])
    assert client.get(url).status_code == 200
    row.refresh_from_db()
    response = client.post(url, {"_form_submitted": "true", **data}, follow=True)
    row.refresh_from_db()
    return response


def test_lists_show_amounts_and_search_finds_by_tracking_number(owner):
    order = orders.shipped((catalog.sku(price_fen=12_345), 1))
    tracking = order.logs.get(command="ship").note.split()[1]
    other = orders.placed((catalog.sku(), 1))
    page = owner.get(reverse("admin:orders_order_changelist")).content.decode()
    assert "¥123.45" in page
    assert other.no in page
    found = owner.get(reverse("admin:orders_order_changelist"), {"q": tracking}).content.decode()
    assert order.no in found
    assert other.no not in found


def test_the_order_page_tells_the_whole_story(owner):
    order = orders.shipped((catalog.sku(price_fen=5000), 2))
    orders.claim(order, ClaimLine(line=order.lines.get().pk, quantity=1))
    page = owner.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    for text in ("提交订单", "发货", "顺丰速运", "余额支付", "¥100.00", "申请售后", order.refunds.get().no):
        assert text in page


def test_staff_ship_through_the_dialog_and_errors_become_messages(owner):
    order = orders.paid((catalog.sku(), 1))
    assert "运单号格式不正确" in act(owner, order, "ship", carrier="SF", tracking_no="!").content.decode()
    assert order.state == "approved"
    act(owner, order, "ship", carrier="SF", tracking_no="SF7654321")
    assert order.state == "shipped"
    assert OrderLog.objects.get(order=order, command="ship").actor == "staff:owner"


def test_calling_off_a_paid_order_refunds_it(owner):
    order = orders.paid((catalog.sku(), 1))
    act(owner, order, "call_off", reason="缺货")
    orders.finish_refunds()
    order.refresh_from_db()
    assert (order.state, order.refunded_fen) == ("cancelled", order.payable_fen)


def test_calling_off_an_unpaid_order_closes_it(owner):
    order = orders.placed((catalog.sku(), 1))
    act(owner, order, "call_off", reason="缺货")
    assert (order.state, order.cancel_reason) == ("cancelled", "缺货")


def test_a_note_is_kept_with_its_author(owner):
    order = orders.paid((catalog.sku(), 1))
    act(owner, order, "note", note="加急")
    assert order.staff_note == "加急"
    assert OrderLog.objects.get(order=order, command="note").note == "加急"


def test_refunds_are_agreed_in_yuan(owner):
    order = orders.shipped((catalog.sku(price_fen=5000), 1))
    refund = orders.claim(order, whole=True)
    assert "最多两位小数" in act(owner, refund, "agree", amount="12.345").content.decode()
    assert refund.state == "applied"
    act(owner, refund, "agree", amount="12.30")
    assert (refund.state, refund.amount_fen) == ("refunding", 1230)


def test_refunds_are_refused_with_a_reason_and_listed(owner):
    refund = orders.claim(orders.shipped((catalog.sku(), 1)), whole=True)
    act(owner, refund, "refuse", reason="已使用")
    assert (refund.state, refund.answer) == ("rejected", "已使用")
    assert refund.no in owner.get(reverse("admin:orders_refund_changelist")).content.decode()
    assert "已使用" in owner.get(reverse("admin:orders_refund_change", args=[refund.pk])).content.decode()


def test_looking_is_not_acting(client):
    clerk = Member.objects.create_user("clerk", "demo-2026", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["view_order", "view_refund"]))
    client.force_login(clerk)
    order = orders.paid((catalog.sku(), 1))

    assert client.get(reverse("admin:orders_order_change", args=[order.pk])).status_code == 200
    for name in ("ship", "call_off", "note", "approve"):
        assert client.post(reverse(f"admin:orders_order_{name}", args=[order.pk])).status_code == 403
    assert Order.objects.get().state == "approved"
    assert not Refund.objects.exists()


def test_the_policy_opens_directly(owner):
    response = owner.get(reverse("admin:orders_orderpolicy_changelist"), follow=True)
    assert "未付款关闭" in response.content.decode()
