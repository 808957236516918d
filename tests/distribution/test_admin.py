"""The merchant's pages: everything opens, forms act through the services, and refusals are shown on the form."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from distribution.models import Binding, Distributor, ProductRate
from distribution.queries import programme as programmes
from mall.kernel.models import Notice
from tests.factories import catalog
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db
PAGES = ["programme", "productrate", "distributor", "binding", "commission", "account", "journal"]


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("owner", "pw"))
    return client


def new_rules(**changes: str) -> dict[str, str]:
    return {
        "tiers": "3", "rates": "20 10 5", "basis": "sales", "self_purchase": "off", "missing_tier": "forfeit",
        "cap_percent": "50", "cooling_days": "7", "cycle": "monthly", "pay_day": "5", "binding_mode": "permanent",
        "binding_days": "0", "withdrawal_minimum": "10.00", "withdrawal_maximum": "5000.00", "withdrawal_per_day": "3",
        "withdrawal_fee_percent": "0", "withdrawal_fee_floor": "0.00", "withdrawal_fee_cap": "0.00",
        "acknowledged": "on", "reason": "开启三级", **changes,
    }  # fmt: skip


def some_order() -> str:
    buyer = make.member()
    make.bind(buyer, make.chain(2)[0])
    order = make.order(buyer, 10_000)
    make.pay(order)
    return order.no


@pytest.mark.parametrize("page", PAGES)
def test_every_list_opens_and_every_row_is_read_only(owner: Client, page: str):
    some_order()
    catalog.sku()
    shown = owner.get(reverse(f"admin:distribution_{page}_changelist"))
    assert shown.status_code == 200
    rows = shown.context["cl"].result_list
    for row in rows[:1]:
        assert owner.get(reverse(f"admin:distribution_{page}_change", args=[row.pk])).status_code == 200
        assert owner.post(reverse(f"admin:distribution_{page}_delete", args=[row.pk])).status_code == 403


def test_publishing_a_third_tier_needs_the_tick_and_records_who(owner: Client):
    url = reverse("admin:distribution_programme_add")
    assert "禁止传销条例" in owner.get(url).content.decode()
    refused = owner.post(url, new_rules(acknowledged=""))
    assert refused.status_code == 200
    assert refused.context["form"].errors["tiers"]
    assert owner.post(url, new_rules(withdrawal_minimum="x")).context["form"].errors["withdrawal_minimum"]
    assert programmes.current().version == 1
    assert owner.post(url, new_rules()).status_code == 302
    version = programmes.current()
    assert (version.rates_ppm, version.acknowledged_by, version.published_by) == (
        [200_000, 100_000, 50_000], "staff:owner", "staff:owner",
    )  # fmt: skip


def test_a_products_own_rates(owner: Client):
    product = catalog.sku().product
    url = reverse("admin:distribution_productrate_add")
    assert owner.get(f"{url}?product={product.pk}").status_code == 200
    owner.post(url, {"product": product.pk, "rates": "30 12.5", "reason": "新品"})
    assert ProductRate.objects.get(active_to=None).rates_ppm == [300_000, 125_000]
    owner.post(url, {"product": product.pk, "follow": "on", "reason": "恢复"})
    assert not ProductRate.objects.filter(active_to=None).exists()
    assert owner.post(url, {"product": 10**9, "rates": "30", "reason": "错误"}).context["form"].errors["product"]


def test_moving_a_member_asks_for_a_reason(owner: Client):
    first, second, buyer = make.distributor(), make.distributor(), make.member()
    make.bind(buyer, first, at=make.NOW - dt.timedelta(days=1))
    url = reverse("admin:distribution_binding_add")
    assert owner.get(f"{url}?member={buyer}").status_code == 200
    assert owner.post(url, {"member": buyer, "code": second.code}).context["form"].errors["reason"]
    assert owner.post(url, {"member": buyer, "code": "NOBODY", "reason": "客诉"}).context["form"].errors
    assert owner.post(url, {"member": buyer, "code": second.code, "reason": "客诉"}).status_code == 302
    moved = Binding.objects.get(member_id=buyer, active_to=None)
    assert (moved.inviter, moved.actor, moved.reason) == (second, "staff:owner", "客诉")


def test_suspending_a_distributor_tells_them_and_removing_is_final(owner: Client):
    person = make.distributor()
    url = reverse("admin:distribution_standing", args=[person.pk])
    assert owner.get(url).status_code == 200
    for state in ("suspended", "active", "removed"):
        assert owner.post(url, {"state": state, "reason": "违规推广"}).status_code == 302
    assert owner.post(url, {"state": "active", "reason": "恢复"}).context["form"].errors["state"]
    assert Distributor.objects.get(pk=person.pk).state == "removed"
    assert Notice.objects.filter(member_id=person.member_id).count() == 3


def test_the_explanation_page_shows_all_tiers(owner: Client):
    make.publish(rates_ppm=(200_000, 100_000, 50_000))
    page = owner.get(reverse("admin:distribution_explanation", args=[some_order()]))
    text = page.content.decode()
    assert "与账面一致" in text
    assert "第 3 级" in text
    assert "归平台" in text
    assert owner.get(reverse("admin:distribution_explanation", args=["D-nowhere"])).status_code == 404


def test_staff_without_the_permission_see_nothing():
    clerk = get_user_model().objects.create_user("clerk", "pw", is_staff=True)
    client = Client()
    client.force_login(clerk)
    order = some_order()
    person = make.distributor()
    for url in (
        reverse("admin:distribution_explanation", args=[order]),
        reverse("admin:distribution_programme_add"),
        reverse("admin:distribution_binding_add"),
        reverse("admin:distribution_standing", args=[person.pk]),
    ):
        assert client.get(url).status_code == 403
