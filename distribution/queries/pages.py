"""What the promotion centre shows: its figures, and the lists behind them. A figure and the list it links to are
summed from the same rows by the same condition, so they cannot differ. Amounts in fen, days in Asia/Shanghai.
"""

import dataclasses
import datetime as dt

from django.contrib.auth import get_user_model
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from distribution.models import Attribution, Commission
from distribution.queries import commissions
from mall.kernel import clock, money
from mall.kernel.clock import SHANGHAI

State = Commission.State
NET = F("amount_fen") - F("reversed_fen")
DAY = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """Which commissions: a state, a tier, and days of payment `first` to `last` inclusive; empty means any."""

    state: str = ""
    tier: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None

    def condition(self, *, distributor_id: int) -> Q:
        """The rows meant."""
        wanted = Q(distributor=distributor_id)
        if self.state:
            wanted &= Q(state=self.state)
        if self.tier is not None:
            wanted &= Q(tier=self.tier)
        if self.first:
            wanted &= Q(earned_at__gte=clock.day_start(self.first))
        if self.last:
            wanted &= Q(earned_at__lt=clock.day_start(self.last + DAY))
        return wanted


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sums:
    """Of a list of commissions: how many, what they came to, what refunds took back, what is left."""

    count: int
    amount_fen: int
    reversed_fen: int

    @property
    def net_fen(self) -> int:
        return self.amount_fen - self.reversed_fen


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figures:
    """Net earnings by state and by day of payment. `releases_*`: what ends its cooling next, and when."""

    count: int
    estimated_fen: int
    frozen_fen: int
    cleared_fen: int
    today_fen: int
    yesterday_fen: int
    month_fen: int
    total_fen: int
    releases_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Earning:
    """A commission in a list; `rate` a percentage, None when its lines differ. `pay_on` is set once it is settled."""

    id: int
    order_no_masked: str
    goods: str
    buyer_masked: str
    tier: int
    state: str
    state_text: str
    base_fen: int
    rate: str | None
    amount_fen: int
    reversed_fen: int
    net_fen: int
    earned_at: dt.datetime
    cooling_ends_at: dt.datetime | None
    pay_on: dt.datetime | None
    paid_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Share:
    """What one tier of an order earns the viewer."""

    commission_id: int
    tier: int
    state: str
    state_text: str
    net_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Promoted:
    """An order somebody below placed, and the viewer's shares of it."""

    order_no_masked: str
    buyer_masked: str
    placed_at: dt.datetime
    goods: str
    paid_fen: int
    shares: list[Share]

    @property
    def commission_fen(self) -> int:
        return sum(share.net_fen for share in self.shares)


def figures(*, distributor_id: int, at: dt.datetime) -> Figures:
    """Everything the head of the promotion centre says of commissions, in one statement."""
    today = clock.local_date(at)

    def net(**changes: object) -> Sum:
        wish = Wish(**changes)  # type: ignore[arg-type]
        return Sum(NET, filter=wish.condition(distributor_id=distributor_id), default=0)

    row = Commission.objects.filter(distributor=distributor_id).aggregate(
        count=Count("pk"),
        estimated_fen=net(state=State.ESTIMATED),
        frozen_fen=net(state=State.FROZEN),
        cleared_fen=net(state=State.CLEARED),
        today_fen=net(first=today, last=today),
        yesterday_fen=net(first=today - DAY, last=today - DAY),
        month_fen=net(first=today.replace(day=1), last=today),
        total_fen=net(),
        releases_at=Min("cooling_ends_at", filter=Q(state=State.FROZEN, cooling_ends_at__gt=at)),
    )
    return Figures(**row)


def daily(*, distributor_id: int, days: int, at: dt.datetime) -> list[tuple[dt.date, int]]:
    """Net earnings by day of payment, today last; days without any are there as zero."""
    last = clock.local_date(at)
    first = last - DAY * (days - 1)
    rows = (
        Commission.objects.filter(Wish(first=first, last=last).condition(distributor_id=distributor_id))
        .values_list(TruncDate("earned_at", tzinfo=SHANGHAI))
        .annotate(net=Sum(NET))
        .order_by()
    )
    found = dict(rows)
    return [(day, found.get(day, 0)) for day in (first + DAY * n for n in range(days))]


def sums(*, distributor_id: int, wish: Wish) -> Sums:
    """The totals of the list `earnings` shows for the same wish."""
    row = Commission.objects.filter(wish.condition(distributor_id=distributor_id)).aggregate(
        count=Count("pk"), amount_fen=Sum("amount_fen", default=0), reversed_fen=Sum("reversed_fen", default=0)
    )
    return Sums(**row)


def earnings(*, distributor_id: int, wish: Wish, offset: int = 0, limit: int = 20) -> list[Earning]:
    """Commissions, the newest first, in four statements."""
    rows = list(
        Commission.objects.filter(wish.condition(distributor_id=distributor_id))
        .select_related("statement__run")
        .prefetch_related("lines")
        .order_by("-earned_at", "-pk")[offset : offset + limit]
    )
    snapshots = _snapshots(Attribution.objects.filter(order_no__in=[row.order_no for row in rows]))
    names = _nicknames(list(snapshots.values()))
    return [_earning(row, snapshots[row.order_no], names) for row in rows]


def promoted(*, distributor_id: int, state: str = "", offset: int = 0, limit: int = 20) -> list[Promoted]:
    """Orders that earn the viewer something, the newest first; with `state` those with a share in it."""
    own = Commission.objects.filter(distributor=distributor_id)
    wanted = own.filter(state=state) if state else own
    snapshots = list(
        Attribution.objects.filter(order_no__in=wanted.values("order_no")).order_by("-placed_at", "-pk")[
            offset : offset + limit
        ]
    )
    shares: dict[str, list[Share]] = {}
    for row in own.filter(order_no__in=[snapshot.order_no for snapshot in snapshots]).order_by("tier"):
        shares.setdefault(row.order_no, []).append(_share(row))
    names = _nicknames(snapshots)
    return [_promoted(snapshot, shares[snapshot.order_no], names) for snapshot in snapshots]


def promoted_count(*, distributor_id: int, state: str = "") -> int:
    """How many orders `promoted` lists."""
    own = Commission.objects.filter(distributor=distributor_id)
    return (own.filter(state=state) if state else own).aggregate(n=Count("order_no", distinct=True))["n"]  # type: ignore[no-any-return]


def _snapshots(rows: QuerySet[Attribution]) -> dict[str, Attribution]:
    return {row.order_no: row for row in rows}


def _nicknames(snapshots: list[Attribution]) -> dict[int, str]:
    buyers = {row.buyer_id for row in snapshots}
    return dict(get_user_model().objects.filter(pk__in=buyers).values_list("pk", "nickname"))


def _goods(snapshot: Attribution) -> str:
    return "、".join(f"{line['name']} ×{line['quantity']}" for line in snapshot.lines)


def _earning(row: Commission, snapshot: Attribution, names: dict[int, str]) -> Earning:
    rates = {line.rate_ppm for line in row.lines.all()}
    return Earning(
        id=row.pk,
        order_no_masked=commissions.mask_order_no(row.order_no),
        goods=_goods(snapshot),
        buyer_masked=commissions.mask_name(names.get(snapshot.buyer_id, "")),
        tier=row.tier,
        state=row.state,
        state_text=row.get_state_display(),
        base_fen=row.base_fen,
        rate=money.percent(rates.pop()) if len(rates) == 1 else None,
        amount_fen=row.amount_fen,
        reversed_fen=row.reversed_fen,
        net_fen=row.net_fen,
        earned_at=row.earned_at,
        cooling_ends_at=row.cooling_ends_at,
        pay_on=row.statement.run.pay_on if row.statement else None,
        paid_at=row.statement.paid_at if row.statement else None,
    )


def _share(row: Commission) -> Share:
    return Share(
        commission_id=row.pk,
        tier=row.tier,
        state=row.state,
        state_text=row.get_state_display(),
        net_fen=row.net_fen,
    )


def _promoted(snapshot: Attribution, shares: list[Share], names: dict[int, str]) -> Promoted:
    return Promoted(
        order_no_masked=commissions.mask_order_no(snapshot.order_no),
        buyer_masked=commissions.mask_name(names.get(snapshot.buyer_id, "")),
        placed_at=snapshot.placed_at,
        goods=_goods(snapshot),
        paid_fen=sum(line["net_fen"] for line in snapshot.lines),
        shares=shares,
    )
