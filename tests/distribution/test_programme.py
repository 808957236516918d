"""Publishing rules: what is impossible is refused, what was in force stays readable, and the public shape round-trips."""

import copy
import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from catalog.models import Category, Product
from distribution.models import Programme
from distribution.queries import programme as programmes
from distribution.services import programme
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db
NOW = make.NOW
DAY = dt.timedelta(days=1)


def test_a_new_shop_starts_with_two_tiers():
    first = programmes.current()
    assert programmes.to_api(first) == {
        "version": 1,
        "tiers": 2,
        "rates": ["20", "10"],
        "basis": "sales",
        "self_purchase": "off",
        "missing_tier": "forfeit",
        "cap_percent": "50",
        "cooling_days": 7,
        "cycle": "monthly",
        "pay_day": 5,
        "withdrawal": {
            "minimum": "10.00",
            "maximum": "5000.00",
            "per_day": 3,
            "fee_percent": "0",
            "fee_floor": "0.00",
            "fee_cap": "0.00",
        },
    }
    assert first.acknowledged_at is None


def test_what_is_read_can_be_put_back_unchanged():
    make.publish(rates_ppm=(125_000, 50_001, 1), cycle="weekly", pay_day=3, binding_mode="days", binding_days=30)
    read = programmes.to_api(programmes.current())
    again = programme.publish(data=programme.from_api(read), reason="原样", by="key:erp", at=NOW)
    assert programmes.to_api(again) == {**read, "version": read["version"] + 1}
    assert (again.binding_mode, again.binding_days) == ("days", 30)


def test_versions_are_dated_and_old_orders_keep_theirs():
    make.publish(at=NOW, rates_ppm=(300_000,))
    assert programmes.at(NOW - DAY).rates_ppm == [200_000, 100_000]
    assert programmes.at(NOW).rates_ppm == [300_000]
    assert [version.version for version in programmes.versions()] == [2, 1]
    with pytest.raises(programme.InvalidProgramme):
        make.publish(at=NOW - DAY)


def test_a_published_version_cannot_be_rewritten():
    make.publish(at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Programme.objects.update(rates_ppm=[900_000])


def test_a_third_tier_needs_the_merchants_acknowledgement_once():
    three = {"rates_ppm": (200_000, 100_000, 50_000)}
    with pytest.raises(programme.InvalidProgramme) as refused:
        make.publish(at=NOW, acknowledged_by="", **three)
    assert refused.value.attr == "tiers"
    accepted = make.publish(at=NOW, acknowledged_by="staff:owner", **three)
    assert (accepted.acknowledged_by, accepted.acknowledged_at) == ("staff:owner", NOW)
    carried = make.publish(at=NOW + DAY, acknowledged_by="", **three)
    assert carried.acknowledged_at == NOW


IMPOSSIBLE: list[tuple[str, Any, str]] = [
    ("tiers", 4, "tiers"),
    ("tiers", 0, "tiers"),
    ("tiers", True, "tiers"),
    ("tiers", "2", "tiers"),
    ("rates", ["20"], "rates"),
    ("rates", ["20", "10", "5"], "rates"),
    ("rates", ["20", "10.00001"], "rates"),
    ("rates", ["20", -1], "rates"),
    ("rates", ["40", "20"], "rates"),
    ("rates", "20", "rates"),
    ("basis", "turnover", "basis"),
    ("self_purchase", "on", "self_purchase"),
    ("missing_tier", None, "missing_tier"),
    ("cap_percent", "100.0001", "cap_percent"),
    ("cooling_days", 91, "cooling_days"),
    ("cooling_days", -1, "cooling_days"),
    ("cycle", "yearly", "cycle"),
    ("pay_day", 29, "pay_day"),
    ("pay_day", 0, "pay_day"),
    ("withdrawal", {}, "withdrawal.fee_cap"),
    ("withdrawal", [], "withdrawal"),
    ("withdrawal.minimum", "0.00", "withdrawal.minimum"),
    ("withdrawal.minimum", "6000.00", "withdrawal.maximum"),
    ("withdrawal.minimum", "1.234", "withdrawal.minimum"),
    ("withdrawal.minimum", 10, "withdrawal.minimum"),
    ("withdrawal.per_day", 0, "withdrawal.per_day"),
    ("withdrawal.fee_percent", "100", "withdrawal.fee_percent"),
    ("withdrawal.fee_floor", "10.00", "withdrawal.fee_floor"),
    ("withdrawal.tax", "1", "withdrawal.tax"),
    ("bonus", "1", "bonus"),
]


@pytest.mark.parametrize(("path", "value", "attr"), IMPOSSIBLE)
def test_impossible_values_are_refused_by_name(path: str, value: Any, attr: str):
    body = copy.deepcopy(programmes.to_api(programmes.current()))
    *parents, key = path.split(".")
    target = body
    for parent in parents:
        target = target[parent]
    target[key] = value
    with pytest.raises(programme.InvalidProgramme) as refused:
        programme.from_api(body)
    assert (refused.value.code, refused.value.status, refused.value.attr) == ("invalid", 400, attr)


@pytest.mark.parametrize("key", ["tiers", "rates", "withdrawal"])
def test_a_missing_value_is_refused(key: str):
    body = programmes.to_api(programmes.current())
    del body[key]
    with pytest.raises(programme.InvalidProgramme) as refused:
        programme.from_api(body)
    assert refused.value.attr == key


def test_a_product_may_have_rates_of_its_own_for_a_time():
    category = Category.objects.create(name="茶", slug="tea")
    product = Product.objects.create(name="龙井", slug="longjing", category=category)
    rate: dict[str, Any] = {"product_id": product.pk, "reason": "新品", "by": "staff:owner"}
    programme.publish_product_rate(rates_ppm=[300_000], at=NOW, **rate)
    programme.publish_product_rate(rates_ppm=[], at=NOW + DAY, **rate)
    programme.publish_product_rate(rates_ppm=None, at=NOW + 2 * DAY, **rate)
    seen = [
        programmes.product_rates(product_ids=[product.pk], when=NOW + days * DAY).get(product.pk)
        for days in range(-1, 3)
    ]
    assert [found and found.rates_ppm for found in seen] == [None, [300_000], [], None]
    with pytest.raises(programme.InvalidProgramme):
        programme.publish_product_rate(rates_ppm=[600_000, 500_000], at=NOW + 3 * DAY, **rate)
