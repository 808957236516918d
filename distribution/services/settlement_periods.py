"""The settlement calendar, in the shop's time zone (Asia/Shanghai): where periods end and when they are paid."""

import datetime as dt

from distribution.models import Programme
from mall.kernel import clock

Cycle = Programme.Cycle
DAY = dt.timedelta(days=1)


def last_end(*, cycle: str, at: dt.datetime) -> dt.datetime:
    """The latest period end at or before `at`: a midnight (daily), a Monday (weekly) or a first (monthly).

    >>> last_end(cycle="monthly", at=dt.datetime(2028, 3, 1, 4, tzinfo=dt.UTC)).isoformat()
    '2028-03-01T00:00:00+08:00'
    """
    day = clock.local_date(at)
    if cycle == Cycle.WEEKLY:
        day -= DAY * day.weekday()
    elif cycle == Cycle.MONTHLY:
        day = day.replace(day=1)
    return clock.day_start(day)


def next_end(*, cycle: str, at: dt.datetime) -> dt.datetime:
    """The end of the period that contains `at`: the first one strictly after it."""
    # The longest period has 31 days, so this many days on lies in the next one.
    ahead = {Cycle.DAILY: 1, Cycle.WEEKLY: 7, Cycle.MONTHLY: 32}[Cycle(cycle)]
    begun = clock.local_date(last_end(cycle=cycle, at=at))
    return last_end(cycle=cycle, at=clock.day_start(begun + DAY * ahead))


def pay_on(*, cycle: str, pay_day: int, period_end: dt.datetime) -> dt.datetime:
    """When the statements of a period are credited.

    daily: at once. weekly: the first ISO weekday `pay_day` (7 at most) from the day the period ended. monthly: the
    first `pay_day`-th of a month from that day, so a period that ended on 1 April is paid on 5 April. A run that ends
    between two period ends is the merchant's own decision to settle early, and is credited at once.
    """
    day = clock.local_date(period_end)
    if cycle == Cycle.DAILY or period_end != last_end(cycle=cycle, at=period_end):
        return period_end
    if cycle == Cycle.WEEKLY:
        return clock.day_start(day + DAY * ((min(pay_day, 7) - day.isoweekday()) % 7))
    return clock.day_start(day.replace(day=pay_day))
