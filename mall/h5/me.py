"""我的: who I am here, what waits for me, and the way to everything that is mine."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from distribution.queries import overview
from mall.kernel import clock, notices
from marketing import queries as marketing
from orders import queries as orders
from payments import queries as payments

TOOLS = (
    (_("收货地址"), "/me/addresses/", "location"),
    (_("领券中心"), "/coupons/", "coupon"),
    (_("售后进度"), "/me/refunds/", "refund"),
    (_("我的消息"), "/me/messages/", "bell"),
    (_("设置"), "/me/settings/", "settings"),
    (_("服务协议"), "/legal/terms/", "doc"),
    (_("价格说明"), "/legal/price/", "info"),
    (_("商家证照"), "/about/license/", "shield"),
)
ORDER_ICONS = (
    (_("待付款"), "?tab=unpaid", "wallet", "unpaid"),
    (_("待发货"), "?tab=to_ship", "box", "to_ship"),
    (_("待收货"), "?tab=to_receive", "truck", "to_receive"),
    (_("售后"), "?tab=refunds", "refund", "refunds"),
)


@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"order_icons": _order_icons(None), "tools": _tools(0)}
    if request.user.is_authenticated:
        context |= _mine(int(request.user.pk))
    return render(request, "h5/me/page.html", context)


def _mine(member_id: int) -> dict[str, Any]:
    person = overview.distributor_of(member_id=member_id)
    return {
        "balance_fen": payments.wallet(member_id=member_id).balance_fen,
        "coupons": len(marketing.member_coupons(member_id=member_id, state="usable", at=clock.now())),
        "order_icons": _order_icons(orders.badges(member_id=member_id)),
        "tools": _tools(notices.unread_count(member_id=member_id)),
        "distributor": person,
        "withdrawable_fen": overview.balances(distributor_id=person.pk).withdrawable if person else 0,
    }


def _order_icons(counts: orders.Badges | None) -> list[dict[str, Any]]:
    return [
        {"label": label, "query": query, "icon": icon, "count": getattr(counts, key, 0)}
        for label, query, icon, key in ORDER_ICONS
    ]


def _tools(unread: int) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": url, "icon": icon, "count": unread if icon == "bell" else 0}
        for label, url, icon in TOOLS
    ]


urlpatterns = [path("me/", page, name="me")]
