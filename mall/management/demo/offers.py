"""Coupons and the running reduction. They have no service of their own: staff edit the rows, and so do we."""

import datetime as dt

from mall.kernel.transactions import use_case
from marketing.models import Coupon, FullReduction

DAY = dt.timedelta(days=1)
# Name, amount and threshold in yuan, how many, days until it ends.
COUPONS = (
    ("新人见面礼", 10, 59, 2000, 60),
    ("满 199 减 20", 20, 199, 1000, 30),
    ("茶友专享 满 399 减 50", 50, 399, 500, 14),
    ("限量 88 元券", 88, 699, 40, 3),
)


@use_case
def create(*, opened: dt.datetime, at: dt.datetime) -> list[int]:
    """Four coupons that can be claimed today and one reduction in force; the ids of the coupons."""
    FullReduction.objects.create(
        name="全场满减",
        steps=[{"threshold_fen": 20_000, "off_fen": 1_500}, {"threshold_fen": 40_000, "off_fen": 4_000}],
        starts_at=at - 20 * DAY,
        ends_at=at + 20 * DAY,
    )
    made = Coupon.objects.bulk_create(
        Coupon(
            name=name,
            amount_fen=amount * 100,
            threshold_fen=threshold * 100,
            total=total,
            per_member=1,
            starts_at=opened,
            ends_at=at + days * DAY,
        )
        for name, amount, threshold, total, days in COUPONS
    )
    return [coupon.pk for coupon in made]
