"""The clock of the faces. Domain functions take `at` as an argument, so late events and tests stay exact."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """The present moment, timezone-aware (UTC)."""
    return timezone.now()


def local_date(at: dt.datetime) -> dt.date:
    """The calendar day of `at` in Shanghai, where the shop's books are kept."""
    return at.astimezone(SHANGHAI).date()


def day_start(day: dt.date) -> dt.datetime:
    """Midnight at the beginning of `day` in Shanghai."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
