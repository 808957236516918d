"""Every screen of the back office opens, is Chinese whatever the browser prefers, and asks the database little."""

import re
from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from catalog.models import SKU
from members.models import Member
from orders.models import Order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trade")]
SCREENS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ENGLISH = (
    "Apply Filters", "Reset filters", "Type to search", "No results found", "Save and continue", "Save and add",
    "Select all", "Filters", "Search apps", "Select action", "Log out", "Change password", "Welcome back", "Log in",
    "Return to site", "Password", "History", "Home", "Recent searches", "This page yielded", "Select value", " object (",
    "Can add", "Can view", "More actions", "Date from", "Expand row",
)  # fmt: skip
MAX_QUERIES = 20


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def visible(html: str) -> str:
    """What a person reads or hears: text, and the attributes that are text."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    said = re.findall(r'(?:placeholder|title|aria-label|alt)="([^"]*)"', body)
    return " ".join([strip_tags(body), *said])


def english_in(html: str) -> list[str]:
    return [words for words in ENGLISH if words in visible(html)]


@pytest.mark.parametrize("model", SCREENS, ids=lambda model: model._meta.label)
def test_every_list_and_row_opens_in_chinese_with_few_queries(desk: Callable[[str], Client], model: type[models.Model]):
    owner = desk("老板")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        shown = owner.get(address(model, "changelist"), follow=True)
    assert shown.status_code == 200
    assert english_in(shown.content.decode()) == []
    assert len(queries) <= MAX_QUERIES, [query["sql"][:160] for query in queries]
    row = admin.site.get_model_admin(model).get_queryset(shown.wsgi_request).order_by("-pk").first()
    if row is not None:
        page = owner.get(address(model, "change", row.pk), follow=True)
        assert page.status_code == 200
        assert english_in(page.content.decode()) == []
    if admin.site.get_model_admin(model).has_add_permission(shown.wsgi_request):
        added = owner.get(address(model, "add"))
        # Adding stock by hand is a form of its own behind the row.
        assert added.status_code == 200
        assert english_in(added.content.decode()) == []


def test_the_sign_in_page_is_chinese_and_leads_to_the_overview(client: Client):
    page = client.get("/admin/login/", headers={"accept-language": "en-US"}).content.decode()
    assert english_in(page) == []
    assert "良品集 商家后台" in page
    Member.objects.create_superuser("owner", "demo-2026")
    form = {"username": "owner", "password": "demo-2026"}
    hidden = re.search(r'name="next" value="([^"]*)"', page)
    assert hidden
    assert client.post("/admin/login/", {**form, "next": hidden[1]}).headers["Location"] == "/admin/"


def test_staff_who_chose_english_keep_it(desk: Callable[[str], Client]):
    owner = desk("老板")
    owner.cookies["django_language"] = "en"
    assert "Log out" in owner.get("/admin/").content.decode()


def test_a_shop_page_is_chinese_on_an_english_phone(client: Client):
    assert client.get("/", headers={"accept-language": "en-US"}).headers["Content-Language"] == "zh-hans"


def test_the_palette_finds_orders_members_and_skus_but_only_for_those_who_may(desk: Callable[[str], Client]):
    order, sku = Order.objects.latest("pk"), SKU.objects.latest("pk")
    owner, warehouse = desk("老板"), desk("仓库")
    find = reverse("admin:search")
    assert address(Order, "change", order.pk) in owner.get(find, {"s": order.no, "extended": 1}).content.decode()
    assert f"/admin/catalog/product/{sku.product_id}/change/" in owner.get(find, {"s": sku.code, "extended": 1}).content.decode()  # fmt: skip
    payment = order.payment_no
    assert "/admin/payments/payment/" in owner.get(find, {"s": payment, "extended": 1}).content.decode()
    assert "/admin/payments/payment/" not in warehouse.get(find, {"s": payment, "extended": 1}).content.decode()
