"""佣金明细 and 佣金说明: which commissions there are, and why each is what it is."""

import datetime as dt
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from distribution import rules
from distribution.queries import commissions, explanation, pages, purse
from distribution.queries.promoter import BUCKETS, COMMISSION_STATES, HOUSE_BUCKET, Promoter
from mall.h5.distributor.access import Window, distributors_only, query, show_list
from mall.kernel import clock

TIERS = {1: _("一级"), 2: _("二级"), 3: _("三级")}
MONTHS = 6
JOURNALS = {
    "earn": _("订单付款，记为预估"),
    "freeze": _("订单签收，转入冻结"),
    "reverse": _("售后扣回"),
    "settle": _("结算出账（含本期其他佣金）"),
    "payout": _("发放到可提现（含本期其他佣金）"),
}
MOVEMENTS = {
    "payout": _("佣金发放"),
    "reverse": _("售后扣回"),
    "withdraw": _("申请提现"),
    "withdraw-back": _("提现退回"),
}
LIMITS = {rules.CAP: _("佣金封顶"), rules.PAID: _("商品实付金额")}
BASES = {
    rules.SALES: _("实付金额（不含运费）"),
    rules.PROFIT: _("利润（实付 − 成本）"),
    rules.LIST_PRICE: _("标价"),
}
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


def read_wish(request: HttpRequest) -> pages.Wish:
    """The filters of the address; nonsense in it is dropped, never an error."""
    given = request.GET
    state = given.get("state", "")
    tier = given.get("tier", "")
    first, last = _day(given.get("from", "")), _day(given.get("to", ""))
    if month := _MONTH.fullmatch(given.get("month", "")):
        first = dt.date(int(month[1]), int(month[2]), 1)
        last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return pages.Wish(
        state=state if state in COMMISSION_STATES else "",
        tier=int(tier) if tier in {"1", "2", "3"} else None,
        first=first,
        last=last,
    )


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day and 2000 <= day.year <= 2100 else None


@distributors_only
def listing(request: HttpRequest, person: Promoter) -> HttpResponse:
    wish, window = read_wish(request), Window.of(request)
    fields = _fields(request, wish)
    total = pages.sums(distributor_id=person.id, wish=wish)
    return show_list(
        request,
        "earnings",
        window,
        rows=pages.earnings(distributor_id=person.id, wish=wish, **window.bounds),
        next_url=window.next_url(total=total.count, fields=fields),
        total=total,
        tabs=_tabs(fields),
        tiers=_tier_chips(fields),
        months=_months(),
        fields=fields,
        is_filtered=bool(fields),
        days=(wish.first, wish.last) if wish.first and "month" not in fields else None,
        tier_names=TIERS,
    )


def _fields(request: HttpRequest, wish: pages.Wish) -> dict[str, str]:
    """The filters in force, by the names of the address."""
    month = request.GET.get("month", "")
    by_day = {"month": month} if _MONTH.fullmatch(month) else {"from": wish.first or "", "to": wish.last or ""}
    fields = {"state": wish.state, "tier": wish.tier or "", **by_day}
    return {name: str(value) for name, value in fields.items() if value}


def _tabs(fields: dict[str, str]) -> list[dict[str, Any]]:
    choices = [("", _("全部")), *COMMISSION_STATES.items()]
    return [
        {
            "label": label,
            "url": "?" + query(**{**fields, "state": state}),
            "current": fields.get("state", "") == state,
        }
        for state, label in choices
    ]


def _tier_chips(fields: dict[str, str]) -> list[dict[str, Any]]:
    choices: list[tuple[str, Any]] = [("", _("全部级别")), *((str(tier), name) for tier, name in TIERS.items())]
    return [
        {
            "label": label,
            "url": "?" + query(**{**fields, "tier": tier}),
            "current": fields.get("tier", "") == tier,
        }
        for tier, label in choices
    ]


def _months() -> list[str]:
    """This month and the five before it."""
    day = clock.local_date(clock.now())
    found = []
    for _n in range(MONTHS):
        found.append(f"{day:%Y-%m}")
        day = day.replace(day=1) - dt.timedelta(days=1)
    return found


@distributors_only
def detail(request: HttpRequest, person: Promoter, commission_id: int) -> HttpResponse:
    """One commission, recomputed from its order's snapshot next to what was booked."""
    told = explanation.explain(commission_id=commission_id, distributor_id=person.id)
    context = {
        "told": told,
        "state_text": COMMISSION_STATES[told.state],
        "order_no_masked": commissions.mask_order_no(told.order_no),
        "tier_text": TIERS[told.tier],
        "placed_at": dt.datetime.fromisoformat(told.attribution["placed_at"]),
        "basis_text": BASES[told.base["kind"]],
        "lines": [{**line, "source_text": _source(line["source"])} for line in told.base["lines"]],
        "limited_text": LIMITS.get(told.cap["limited_by"], ""),
        "settlement": _times(told.settlement, "pay_on", "paid_at") if told.settlement else None,
        "reversals": [_times(row, "at") for row in told.reversals],
        "journals": [
            {
                "title": JOURNALS.get(journal["kind"], _t("记账")),
                "at": dt.datetime.fromisoformat(journal["at"]),
                "moves": [
                    {"account": BUCKETS.get(entry["account"], ""), "amount": entry["amount"]}
                    for entry in journal["entries"]
                    if entry["account"] != HOUSE_BUCKET
                ],
            }
            for journal in told.ledger
        ],
    }
    return render(request, "h5/distributor/earning.html", context)


def _source(source: str) -> str:
    """`programme:v3` or `product:12` for people."""
    kind, _colon, which = source.partition(":")
    return _t("商品单独设置") if kind == "product" else _t("分销规则 {version}").format(version=which)


def _times(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same with its ISO times as moments."""
    return row | {name: dt.datetime.fromisoformat(row[name]) if row[name] else None for name in names}


@distributors_only
def balance(request: HttpRequest, person: Promoter) -> HttpResponse:
    """可提现明细: every change of the available balance; they sum to it."""
    window = Window.of(request)
    count, come, gone = purse.movement_sums(distributor_id=person.id)
    rows = [_movement(row) for row in purse.movements(distributor_id=person.id, **window.bounds)]
    return show_list(
        request,
        "balance",
        window,
        rows=rows,
        next_url=window.next_url(total=count),
        count=count,
        come_fen=come,
        gone_fen=gone,
        balance_fen=come - gone,
        debt_fen=gone - come,
    )


def _movement(row: purse.Movement) -> dict[str, Any]:
    """A change of the balance; one by a withdrawal leads to it, one by a refund says which order, masked."""
    is_withdrawal = row.kind in ("withdraw", "withdraw-back")
    return {
        "title": MOVEMENTS.get(row.kind, _t("调整")),
        "at": row.at,
        "is_in": row.delta_fen > 0,
        "fen": abs(row.delta_fen),
        "ref": commissions.mask_order_no(row.ref) if row.kind == "reverse" else row.ref,
        "url": reverse("d-withdrawal", args=[row.ref]) if is_withdrawal else "",
    }


urlpatterns = [
    path("d/earnings/", listing, name="d-earnings"),
    path("d/earnings/<int:commission_id>/", detail, name="d-earning"),
    path("d/balance/", balance, name="d-balance"),
]
