"""The shop's figures over all domains, for a range of Shanghai days and the range of equal length before it."""

import dataclasses
import datetime as dt

from catalog.queries import figures as catalog_figures
from distribution.queries import figures as distribution_figures
from distribution.queries.figures import DistributorEarnings
from mall.kernel import clock, money
from members import queries as members
from orders.queries import figures as order_figures
from orders.queries.figures import ProductSales


@dataclasses.dataclass(frozen=True, kw_only=True)
class Range:
    """Whole Shanghai days [since, until); the day of `until` minus one is the last."""

    since: dt.datetime
    until: dt.datetime

    @property
    def days(self) -> int:
        return (self.until - self.since).days

    @property
    def before(self) -> "Range":
        """The range of equal length that ends where this one begins."""
        return Range(since=self.since - (self.until - self.since), until=self.since)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figures:
    """A range in numbers: fen, counts, and rates in parts per million. Refunds count on the day they were paid back."""

    paid_fen: int
    paid_orders: int
    average_fen: int
    refunded_fen: int
    refunds: int
    new_members: int
    promoted_orders: int
    promoted_ppm: int
    commission_fen: int
    commission_ppm: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Point:
    """One step of the trend: fen paid in it, and in the same step of the range before."""

    at: dt.datetime
    paid_fen: int
    before_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setup:
    """What a new shop has done already."""

    has_products: bool
    has_orders: bool
    has_staff: bool


def last_days(*, days: int, at: dt.datetime) -> Range:
    """The last `days` Shanghai days with today as the last."""
    tomorrow = clock.local_date(at) + dt.timedelta(days=1)
    return Range(since=clock.day_start(tomorrow - dt.timedelta(days=days)), until=clock.day_start(tomorrow))


def figures(*ranges: Range) -> list[Figures]:
    """The figures of each range, in the order given. Three queries, and one more per range."""
    periods = [(one.since, one.until) for one in ranges]
    sold = order_figures.sales(periods=periods)
    costs = distribution_figures.commission_cost(periods=periods)
    return [
        Figures(
            paid_fen=sales.paid_fen,
            paid_orders=sales.paid_orders,
            average_fen=sales.average_fen,
            refunded_fen=sales.refunded_fen,
            refunds=sales.refunds,
            new_members=members.joined_count(since=since, until=until),
            promoted_orders=cost.orders,
            promoted_ppm=_ppm(cost.orders, sales.paid_orders),
            commission_fen=cost.net_fen,
            commission_ppm=_ppm(cost.net_fen, sales.paid_fen),
        )
        for (since, until), sales, cost in zip(periods, sold, costs, strict=True)
    ]


def trend(period: Range) -> list[Point]:
    """Every hour of a one-day range, every day of a longer one, gaps as zeros. One query."""
    step = dt.timedelta(hours=1) if period.days == 1 else dt.timedelta(days=1)
    length = period.until - period.since
    paid = order_figures.paid_series(since=period.before.since, until=period.until, hourly=period.days == 1)
    starts = [period.since + step * n for n in range(length // step)]
    return [Point(at=at, paid_fen=paid.get(at, 0), before_fen=paid.get(at - length, 0)) for at in starts]


def top_products(period: Range) -> list[ProductSales]:
    """The ten products that brought in most."""
    return order_figures.top_products(since=period.since, until=period.until)


def top_distributors(period: Range) -> list[DistributorEarnings]:
    """The ten distributors who earned most."""
    return distribution_figures.top_distributors(since=period.since, until=period.until)


def setup() -> Setup:
    """How far a new shop has come. Three queries."""
    return Setup(
        has_products=catalog_figures.any_on_sale(),
        has_orders=order_figures.any_placed(),
        has_staff=members.any_staff_besides_one(),
    )


def change_ppm(now: int, before: int) -> int | None:
    """Growth over the range before, in parts per million; None when there is nothing to compare with."""
    return (now - before) * money.PPM // before if before > 0 else None


def _ppm(part: int, whole: int) -> int:
    return part * money.PPM // whole if whole > 0 else 0
