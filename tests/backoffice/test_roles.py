"""What each role sees and what it is refused."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trade")]
OPEN = {
    "运营": ["catalog/product", "marketing/coupon", "orders/order", "distribution/application", "distribution/programme"],
    "财务": ["payments/payment", "distribution/settlementrun", "distribution/withdrawal", "orders/refund", "distribution/journal"],
    "仓库": ["catalog/stock", "orders/order", "orders/refund", "logistics/parcel"],
    "客服": ["orders/order", "orders/refund", "members/member", "logistics/parcel", "distribution/commission"],
}  # fmt: skip
SHUT = {
    "运营": ["payments/payment", "payments/wallet", "members/staff", "auth/group", "api/apikey", "kernel/outboxevent"],
    "财务": ["members/staff", "auth/group", "catalog/product/add", "distribution/programme/add", "api/apikey"],
    "仓库": ["payments/payment", "payments/wallet", "distribution/commission", "distribution/withdrawal", "distribution/settlementrun",
          "members/member", "members/staff"],
    "客服": ["payments/payment", "distribution/withdrawal", "distribution/settlementrun", "distribution/journal", "catalog/product/add"],
}  # fmt: skip


def headings(page: str) -> set[str]:
    """The groups of the sidebar."""
    return {html.unescape(text).strip() for text in re.findall(r"<h2[^>]*>\s*([^<]+?)\s*<", page)}


@pytest.mark.parametrize("role", OPEN)
def test_t77_each_role_opens_its_screens_and_is_refused_the_others(desk: Callable[[str], Client], role: str):
    browser = desk(role)
    assert {path: browser.get(f"/admin/{path}/").status_code for path in OPEN[role]} == dict.fromkeys(OPEN[role], 200)
    assert {path: browser.get(f"/admin/{path}/").status_code for path in SHUT[role]} == dict.fromkeys(SHUT[role], 403)


def test_the_warehouse_sees_no_amounts_and_no_finance(desk: Callable[[str], Client]):
    warehouse = desk("仓库")
    overview = warehouse.get("/admin/").content.decode()
    assert "财务" not in headings(overview)
    assert "经营数据" not in overview
    from_list = re.findall(r"/admin/(?:orders/order|orders/refund)/\d+/change/", "".join(
        warehouse.get(f"/admin/orders/{name}/").content.decode() for name in ("order", "refund")
    ))  # fmt: skip
    assert len(set(from_list)) == 4
    for path in ["/admin/", "/admin/orders/order/", "/admin/orders/refund/", *set(from_list)]:
        assert "¥" not in warehouse.get(path).content.decode(), path


def test_the_operator_sees_sales_but_no_commission_cost(desk: Callable[[str], Client]):
    page = desk("运营").get("/admin/").content.decode()
    assert "支付金额" in page
    assert "佣金成本" not in page
    assert "佣金成本" in desk("财务").get("/admin/").content.decode()
