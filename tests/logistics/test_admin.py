"""Freight in yuan, parcels to read."""

import pytest
from django.db import transaction
from django.urls import reverse

from logistics import queries
from logistics.models import Carrier, FreightRule, Parcel
from logistics.services import shipments
from mall.kernel import clock
from members.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    client.force_login(Member.objects.create_superuser("owner", "demo-2026"))
    return client


def save(client, provinces):
    rule = FreightRule.objects.get()
    data = {
        "name": rule.name, "first_weight_g": 1000, "first_fee_fen": "6", "further_weight_g": 500,
        "further_fee_fen": "1.50", "free_over_fen": "88", "provinces": provinces, "is_default": "on",
    }  # fmt: skip
    return client.post(reverse("admin:logistics_freightrule_change", args=[rule.pk]), data)


def test_a_freight_rule_is_edited_in_yuan(owner):
    page = owner.get(reverse("admin:logistics_freightrule_change", args=[FreightRule.objects.get().pk]))
    assert "西藏自治区 20.00 10.00 0.00" in page.content.decode()
    assert save(owner, "西藏自治区 25 10 0\n台湾省 不配送\n").status_code == 302
    rule = queries.default_rule()
    assert rule is not None
    assert (rule.first_fee_fen, rule.further_fee_fen, rule.free_over_fen) == (600, 150, 8800)
    assert rule.provinces == {
        "西藏自治区": {"first_fee_fen": 2500, "further_fee_fen": 1000, "free_over_fen": 0},
        "台湾省": None,
    }


@pytest.mark.parametrize("provinces", ["西藏自治区", "西藏自治区 20", "西藏自治区 20 10 x", "西藏自治区 -1 0 0"])
def test_an_unreadable_exception_is_refused(owner, provinces):
    assert save(owner, provinces).status_code == 200
    assert FreightRule.objects.get().first_fee_fen == 800


def test_parcels_and_carriers_can_be_looked_at(owner):
    with transaction.atomic():
        shipments.dispatch(
            order_no="D1", carrier_code="SF", tracking_no="SF1234567",
            contents=[{"line": 1, "name": "茶", "quantity": 2}], phone_tail="0001", actor="staff:w", at=clock.now(),
        )  # fmt: skip
    parcel = Parcel.objects.get()
    assert "SF1234567" in owner.get(reverse("admin:logistics_parcel_changelist")).content.decode()
    assert "茶 ×2" in owner.get(reverse("admin:logistics_parcel_change", args=[parcel.pk])).content.decode()
    assert "顺丰速运" in owner.get(reverse("admin:logistics_carrier_changelist")).content.decode()
    assert Carrier.objects.count() == 17
