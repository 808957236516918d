"""A distributor's commissions and the orders behind them, with strangers masked."""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Generic, TypeVar

from django.contrib.auth import get_user_model

from distribution import rules
from distribution.models import Attribution, Commission, Programme
from distribution.queries import programme as programmes
from mall.kernel import money

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list, `total` rows in all."""

    items: list[T]
    total: int
    page: int
    page_size: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CommissionRow:
    """A commission in a list. `rate` is a percentage, None when lines differ; amounts in fen."""

    id: int
    order_no_masked: str
    tier: int
    state: str
    base_fen: int
    rate: str | None
    amount_fen: int
    reversed_fen: int
    net_fen: int
    earned_at: dt.datetime
    cooling_ends_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class PromotedOrder:
    """An order somebody below placed: what was bought and what it earns this distributor, all tiers together."""

    order_no_masked: str
    buyer_masked: str
    placed_at: dt.datetime
    goods: str
    paid_fen: int
    commission_fen: int
    states: list[str]


def commissions(
    *, distributor_id: int, state: str = "", tier: int | None = None, page: int = 1, page_size: int = 20
) -> Page[CommissionRow]:
    """The newest first; `state` one of Commission.State or empty for all."""
    rows = Commission.objects.filter(distributor=distributor_id)
    if state:
        rows = rows.filter(state=state)
    if tier is not None:
        rows = rows.filter(tier=tier)
    start = (page - 1) * page_size
    found = rows.order_by("-id").prefetch_related("lines")[start : start + page_size]
    return Page(items=[_row(row) for row in found], total=rows.count(), page=page, page_size=page_size)


def promoted_orders(*, distributor_id: int, page: int = 1, page_size: int = 20) -> Page[PromotedOrder]:
    """Orders that earn this distributor something, the newest first."""
    orders = Commission.objects.filter(distributor=distributor_id).values("order_no")
    snapshots = Attribution.objects.filter(order_no__in=orders).order_by("-placed_at", "-pk")
    start = (page - 1) * page_size
    shown = list(snapshots[start : start + page_size])
    own = Commission.objects.filter(distributor=distributor_id, order_no__in=[row.order_no for row in shown])
    by_order: dict[str, list[Commission]] = {}
    for commission in own.order_by("tier"):
        by_order.setdefault(commission.order_no, []).append(commission)
    names = _nicknames(row.buyer_id for row in shown)
    items = [_order(row, by_order[row.order_no], names.get(row.buyer_id, "")) for row in shown]
    return Page(items=items, total=snapshots.count(), page=page, page_size=page_size)


def previews_fen(*, goods: dict[int, tuple[int, int, int]], at: dt.datetime, tier: int = 1) -> dict[int, int]:
    """“预计赚”: what a distributor at `tier` would earn if one unit were sold now, for many products in two queries.

    `goods`: product id -> (net, list, cost) of one unit in fen.
    """
    programme = programmes.at(at)
    own = programmes.product_rates(product_ids=goods, when=at)
    return {
        product: _preview(programme, own[product].rates_ppm if product in own else programme.rates_ppm, amounts, tier)
        for product, amounts in goods.items()
    }


def unit_previews_fen(
    *, product_id: int, units: Iterable[tuple[int, int, int]], at: dt.datetime
) -> dict[tuple[int, int, int], int]:
    """The same at tier 1 for units of one product at several prices, (net, list, cost) in fen each, in two queries."""
    programme = programmes.at(at)
    own = programmes.product_rates(product_ids=[product_id], when=at)
    rates = own[product_id].rates_ppm if product_id in own else programme.rates_ppm
    return {amounts: _preview(programme, rates, amounts, 1) for amounts in units}


def _preview(programme: Programme, rates: list[int], amounts: tuple[int, int, int], tier: int) -> int:
    net, list_fen, cost = amounts
    base = rules.base_fen(basis=programme.basis, net_fen=net, list_fen=list_fen or net, cost_fen=cost)
    line = rules.Line(line=0, net_fen=net, base_fen=base, rates_ppm=tuple(rates))
    result = rules.compute(lines=[line], paid_tiers=range(1, programme.tiers + 1), cap_ppm=programme.cap_ppm)
    return sum(found.amount_fen for found in result.tiers if found.tier == tier)


def mask_order_no(order_no: str) -> str:
    """D2611220123456789 -> D261122****6789."""
    return f"{order_no[:7]}****{order_no[-4:]}"


def mask_name(name: str) -> str:
    """A nickname for other people's eyes: 王小明 -> 王**."""
    return f"{name[0]}**" if name else "**"


def _nicknames(member_ids: Iterable[int]) -> dict[int, str]:
    return dict(get_user_model().objects.filter(pk__in=set(member_ids)).values_list("pk", "nickname"))


def _row(row: Commission) -> CommissionRow:
    rates = {line.rate_ppm for line in row.lines.all()}
    return CommissionRow(
        id=row.pk,
        order_no_masked=mask_order_no(row.order_no),
        tier=row.tier,
        state=row.state,
        base_fen=row.base_fen,
        rate=money.percent(rates.pop()) if len(rates) == 1 else None,
        amount_fen=row.amount_fen,
        reversed_fen=row.reversed_fen,
        net_fen=row.net_fen,
        earned_at=row.earned_at,
        cooling_ends_at=row.cooling_ends_at,
    )


def _order(row: Attribution, own: list[Commission], buyer: str) -> PromotedOrder:
    return PromotedOrder(
        order_no_masked=mask_order_no(row.order_no),
        buyer_masked=mask_name(buyer),
        placed_at=row.placed_at,
        goods="、".join(line["name"] for line in row.lines),
        paid_fen=sum(line["net_fen"] for line in row.lines),
        commission_fen=sum(commission.net_fen for commission in own),
        states=[commission.state for commission in own],
    )
