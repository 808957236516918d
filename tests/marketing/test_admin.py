"""Offers as staff edit them: in yuan."""

import pytest
from django.urls import reverse

from marketing.models import Coupon, FullReduction
from members.models import Member

pytestmark = pytest.mark.django_db
PERIOD = {
    "starts_at_0": "2026-11-01", "starts_at_1": "00:00:00", "ends_at_0": "2026-12-01", "ends_at_1": "00:00:00",
}  # fmt: skip


@pytest.fixture
def owner(client):
    client.force_login(Member.objects.create_superuser("owner", "demo-2026"))
    return client


def test_a_coupon_is_made_in_yuan(owner):
    data = {
        "name": "新人券",
        "amount_fen": "12.30",
        "threshold_fen": "100",
        "total": 5,
        "per_member": 1,
        "valid_days": 7,
    }
    owner.post(reverse("admin:marketing_coupon_add"), {**data, **PERIOD, "is_active": "on"})
    coupon = Coupon.objects.get()
    assert (coupon.amount_fen, coupon.threshold_fen) == (1230, 10_000)
    page = owner.get(reverse("admin:marketing_coupon_changelist")).content.decode()
    assert "¥12.30" in page
    assert 'value="12.30"' in owner.get(reverse("admin:marketing_coupon_change", args=[coupon.pk])).content.decode()


@pytest.mark.parametrize("steps", ["200", "200 -1", "20 200", "200 x", "200 20\n200 30", "0 0"])
def test_impossible_steps_are_refused(owner, steps):
    owner.post(reverse("admin:marketing_fullreduction_add"), {"name": "满减", "steps": steps, **PERIOD})
    assert not FullReduction.objects.exists()


def test_steps_are_lines_in_yuan(owner):
    owner.post(reverse("admin:marketing_fullreduction_add"), {"name": "满减", "steps": "500 80\n200 20.5", **PERIOD})
    reduction = FullReduction.objects.get()
    assert reduction.steps == [
        {"threshold_fen": 20_000, "off_fen": 2050},
        {"threshold_fen": 50_000, "off_fen": 8000},
    ]
    page = owner.get(reverse("admin:marketing_fullreduction_change", args=[reduction.pk])).content.decode()
    assert "200.00 20.50" in page


def test_member_coupons_can_be_looked_at(owner):
    assert owner.get(reverse("admin:marketing_membercoupon_changelist")).status_code == 200
