"""The rules in force, now or at a past moment, and their public shape."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from distribution.models import ProductRate, Programme
from mall.kernel import money


def current() -> Programme:
    """The version in force."""
    return Programme.objects.get(active_to=None)


def at(when: dt.datetime) -> Programme:
    """The version that was in force at `when`; before the first one, the first."""
    version = Programme.objects.filter(active_from__lte=when).order_by("-active_from").first()
    return version or Programme.objects.order_by("version")[0]


def versions() -> list[Programme]:
    """All versions, the newest first."""
    return list(Programme.objects.order_by("-version"))


def product_rates(*, product_ids: Iterable[int], when: dt.datetime) -> dict[int, ProductRate]:
    """Product id -> the rates of its own it had at `when`; products that follow the programme are absent."""
    rates = ProductRate.objects.filter(
        Q(active_to=None) | Q(active_to__gt=when), product_id__in=set(product_ids), active_from__lte=when
    )
    return {rate.product_id: rate for rate in rates}


def to_api(version: Programme) -> dict[str, Any]:
    """The public shape: percentages and yuan as strings. `services.programme.from_api` takes it back unchanged."""
    return {
        "version": version.version,
        "tiers": version.tiers,
        "rates": [money.percent(rate) for rate in version.rates_ppm],
        "basis": version.basis,
        "self_purchase": version.self_purchase,
        "missing_tier": version.missing_tier,
        "cap_percent": money.percent(version.cap_ppm),
        "cooling_days": version.cooling_days,
        "cycle": version.cycle,
        "pay_day": version.pay_day,
        "withdrawal": {
            "minimum": money.yuan(version.withdrawal_minimum_fen),
            "maximum": money.yuan(version.withdrawal_maximum_fen),
            "per_day": version.withdrawals_per_day,
            "fee_percent": money.percent(version.fee_ppm),
            "fee_floor": money.yuan(version.fee_floor_fen),
            "fee_cap": money.yuan(version.fee_cap_fen),
        },
    }
