"""推广中心: what there is to withdraw, what is on its way, and what to do next."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from distribution.queries import overview, pages
from distribution.queries.promoter import Promoter
from mall.h5.distributor.access import distributors_only
from mall.kernel import clock

SPANS = (7, 30)
TILES = (
    ("d-earnings", _("佣金明细"), "wallet", ""),
    ("d-orders", _("推广订单"), "list", "info"),
    ("d-team", _("我的团队"), "team", "ok"),
    ("d-goods", _("选品"), "gift", "gold"),
    ("d-posters", _("海报"), "poster", ""),
    ("d-withdraw", _("提现"), "card", "gold"),
    ("d-withdraw-records", _("提现记录"), "clock", "info"),
    ("d-statements", _("结算单"), "doc", "ok"),
)


@distributors_only
def home(request: HttpRequest, person: Promoter) -> HttpResponse:
    at = clock.now()
    span = 30 if request.GET.get("days") == "30" else 7
    today = clock.local_date(at)
    days = pages.daily(distributor_id=person.id, days=span, at=at)
    context: dict[str, Any] = {
        "person": person,
        "figures": pages.figures(distributor_id=person.id, at=at),
        "balances": overview.balances(distributor_id=person.id),
        "today": today,
        "yesterday": today - pages.DAY,
        "month": f"{today:%Y-%m}",
        "span": span,
        "spans": [
            {"label": _("近 7 天") if each == 7 else _("近 30 天"), "url": f"?days={each}", "current": each == span}
            for each in SPANS
        ],
        "points": [(f"{day:%m-%d}", fen) for day, fen in days],
        "span_fen": sum(fen for _day, fen in days),
        "span_url": f"{reverse('d-earnings')}?from={days[0][0]}&to={days[-1][0]}",
        "tiles": [(reverse(name), label, icon, tint) for name, label, icon, tint in TILES],
        "share_url": settings.SITE_URL + reverse("referral", args=[person.code]),
    }
    return render(request, "h5/distributor/overview.html", context)


urlpatterns = [path("d/", home, name="d-home")]
