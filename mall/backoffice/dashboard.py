"""The overview at /admin/: figures with their change, the trend, the best, what waits, and a new shop's first steps.

Everything shown is text already; amounts only for those who may see them.
"""

import dataclasses
import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import queries
from analytics.queries import Figures, Range
from mall.backoffice import frame, todo
from mall.kernel import clock, money

RANGES = {"today": (1, gettext_lazy("今日")), "week": (7, gettext_lazy("7 天")), "month": (30, gettext_lazy("30 天"))}
DEFAULT = "week"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """One figure. `tone` colours its change: good, bad, or empty for none."""

    label: str
    value: str
    change: str
    tone: str
    link: str
    meaning: str


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's dashboard callback: adds what the template of the overview shows."""
    chosen = request.GET.get("range", DEFAULT)
    if chosen not in RANGES:
        chosen = DEFAULT
    links = frame.permitted(request)
    context["title"] = _("概览")
    context["todos"] = _todos(request, links)
    context["steps"] = _first_steps(request, links)
    if request.user.has_perm("analytics.view_sales") and not context["steps"]:
        period = queries.last_days(days=RANGES[chosen][0], at=clock.now())
        context["ranges"] = [(key, label, key == chosen) for key, (_days, label) in RANGES.items()]
        context.update(_sales(request, period, links))
    return context


def _sales(request: HttpRequest, period: Range, links: dict[str, str]) -> dict[str, Any]:
    sees_cost = request.user.has_perm("analytics.view_cost")
    now, before = queries.figures(period, period.before)
    return {
        "cards": _cards(now, before, period, links, sees_cost=sees_cost),
        "chart": _chart(period),
        "top_products": [
            (
                _row_link(links, "catalog.product", row.product_id),
                row.name,
                row.quantity,
                f"¥{money.yuan(row.paid_fen)}",
            )
            for row in queries.top_products(period)
        ],
        "top_distributors": [
            (
                _row_link(links, "distribution.distributor", row.distributor_id),
                row.name or row.code,
                row.orders,
                f"¥{money.yuan(row.earned_fen)}",
            )
            for row in (queries.top_distributors(period) if sees_cost else [])
        ],
        "sees_cost": sees_cost,
    }


def _cards(now: Figures, before: Figures, period: Range, links: dict[str, str], *, sees_cost: bool) -> list[Card]:
    paid = _filtered(links, "orders.order", "paid_at", period)
    refunds = _filtered(links, "orders.refund", "refunded_at", period, state__exact="refunded")
    joined = _filtered(links, "members.member", "date_joined", period)
    earned = _filtered(links, "distribution.commission", "earned_at", period)
    cards = [
        _card(_("支付金额"), _yuan(now.paid_fen), now.paid_fen, before.paid_fen, paid, _("期内付款的订单的应付合计，不减退款")),
        _card(_("支付订单"), str(now.paid_orders), now.paid_orders, before.paid_orders, paid, _("期内付款的订单数")),
        _card(_("客单价"), _yuan(now.average_fen), now.average_fen, before.average_fen, paid, _("支付金额 ÷ 支付订单")),
        _card(_("退款金额"), _yuan(now.refunded_fen), now.refunded_fen, before.refunded_fen, refunds, _("期内退款到账的合计"), up_is_good=False),
        _card(_("新会员"), str(now.new_members), now.new_members, before.new_members, joined, _("期内注册的会员数")),
        _card(_("分销订单占比"), _rate(now.promoted_ppm), now.promoted_ppm, before.promoted_ppm, earned, _("产生佣金的订单 ÷ 支付订单")),
    ]  # fmt: skip
    if sees_cost:
        cards.append(
            _card(
                _("佣金成本"),
                _yuan(now.commission_fen),
                now.commission_fen,
                before.commission_fen,
                earned,
                _("期内付款订单的佣金，已减扣回；占支付金额 %(rate)s") % {"rate": _rate(now.commission_ppm)},
                up_is_good=None,
            )
        )
    return cards


def _card(
    label: str, value: str, now: int, before: int, link: str, meaning: str, *, up_is_good: bool | None = True
) -> Card:
    growth = queries.change_ppm(now, before)
    if growth is None:
        return Card(label=label, value=value, change="", tone="", link=link, meaning=meaning)
    sign = "+" if growth > 0 else "−" if growth < 0 else ""
    tone = "" if not growth or up_is_good is None else "good" if (growth > 0) == up_is_good else "bad"
    return Card(label=label, value=value, change=f"{sign}{_rate(abs(growth))}", tone=tone, link=link, meaning=meaning)


def _yuan(fen: int) -> str:
    return f"¥{fen / 100:,.2f}" if abs(fen) < 10**9 else f"¥{fen // 100:,}"


def _rate(ppm: int) -> str:
    """Parts per million as a percentage with one decimal, rounded down."""
    return f"{ppm // 10_000}.{ppm // 1_000 % 10}%"


def _filtered(links: dict[str, str], model: str, field: str, period: Range, **more: str) -> str:
    """The list of exactly the rows a card counts; empty for those who may not open it."""
    if model not in links:
        return ""
    last = period.until - dt.timedelta(seconds=1)
    query = {
        **more,
        f"{field}_from_0": f"{period.since:%Y-%m-%d}",
        f"{field}_from_1": f"{period.since:%H:%M:%S}",
        f"{field}_to_0": f"{last:%Y-%m-%d}",
        f"{field}_to_1": f"{last:%H:%M:%S}",
    }
    return f"{links[model]}?{urlencode(query)}"


def _row_link(links: dict[str, str], model: str, pk: int) -> str:
    app, name = model.split(".")
    return reverse(f"admin:{app}_{name}_change", args=[pk]) if model in links else ""


def _chart(period: Range) -> str:
    """The trend as unfold's chart component wants it: this range filled, the one before dashed."""
    points = queries.trend(period)
    shape = "%H:%M" if period.days == 1 else "%m-%d"
    shared = {"displayYAxis": True, "suffixYAxis": _("元"), "maxTicksXLimit": 10, "tension": 0.3, "pointRadius": 0}
    current = {
        **shared,
        "label": _("本期支付金额"),
        "data": [point.paid_fen / 100 for point in points],
        "borderColor": "var(--color-primary-600)",
        "borderWidth": 2,
    }
    earlier = {
        **shared,
        "label": _("上期"),
        "data": [point.before_fen / 100 for point in points],
        "borderColor": "var(--color-base-400)",
        "borderDash": [4, 4],
        "borderWidth": 1.5,
    }
    labels = [point.at.astimezone(clock.SHANGHAI).strftime(shape) for point in points]
    return json.dumps({"labels": labels, "datasets": [current, earlier]})


def _todos(request: HttpRequest, links: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"title": task.title, "count": count, "link": f"{links[task.model]}?{task.query}"}
        for task, count in todo.of(request)
        if task.model in links
    ]


def _first_steps(request: HttpRequest, links: dict[str, str]) -> list[dict[str, Any]]:
    """What to do before the first order. Empty once there was one, and for those who do not run the shop."""
    if not request.user.has_perm("catalog.add_product"):
        return []
    done = queries.setup()
    if done.has_orders:
        return []
    steps = [
        ("catalog.product", _("上架商品"), _("建立商品、规格与价格，上传图片，点“上架”"), done.has_products),
        ("catalog.stock", _("登记库存"), _("入库后商品才能下单"), done.has_products),
        ("logistics.freightrule", _("设置运费"), _("包邮门槛、续重与不配送地区"), None),
        ("orders.orderpolicy", _("订单规则"), _("付款时限、自动审核、售后期"), None),
        ("distribution.programme", _("分销规则"), _("级数、比例、冷静期与结算周期"), None),
        ("members.staff", _("员工与角色"), _("为运营、财务、仓库、客服各建一个账号"), done.has_staff),
        ("payments.payment", _("接通收款"), _("在环境变量里填写微信支付商户号与密钥"), bool(settings.WXPAY_MCHID)),
    ]
    return [
        {"link": links[model], "title": title, "text": text, "done": is_done}
        for model, title, text, is_done in steps
        if model in links
    ]
