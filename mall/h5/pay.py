"""收银台 and 支付结果: open the provider's cashier, then ask the provider until the answer is certain."""

from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from mall.kernel import clock, ratelimit
from mall.kernel.errors import DomainError
from orders import queries as orders
from orders.services import payment
from payments import queries as payments
from payments.services import collect

METHODS = {
    "wechat_jsapi": (_("微信支付"), "wechat"),
    "wechat_h5": (_("微信支付"), "wechat"),
    "wechat_native": (_("微信扫码支付"), "qr"),
    "balance": (_("余额支付"), "wallet"),
}
JSAPI_FIELDS = ("appId", "timeStamp", "nonceStr", "package", "signType", "paySign")
PAID = {"paid", "approved", "shipped", "signed", "completed"}


@never_cache
@login_required
def cashier(request: HttpRequest, no: str) -> HttpResponse:
    """Choose how to pay; a POST opens that cashier."""
    member_id = int(request.user.pk or 0)
    order = orders.order_card(order_no=no, member_id=member_id)
    if order.state != "unpaid":
        return redirect("pay-result", no)
    if request.method == "POST":
        try:
            return _open(request, no, member_id)
        except DomainError as error:
            messages.error(request, error.detail)
            return redirect("pay", no)
    wallet = payments.wallet(member_id=member_id)
    return render(
        request,
        "h5/pay/cashier.html",
        {
            "order": order,
            "methods": _methods(request),
            "balance_fen": wallet.balance_fen,
            "balance_covers": wallet.balance_fen >= order.payable_fen,
        },
    )


def _methods(request: HttpRequest) -> list[dict[str, Any]]:
    """Inside WeChat its own sheet; in a phone's browser the jump to WeChat; on a desk the QR code; balance anywhere."""
    agent = request.headers.get("User-Agent", "")
    if "MicroMessenger" in agent:
        keys = ["wechat_jsapi", "balance"]
    elif "Mobile" in agent:
        keys = ["wechat_h5", "balance"]
    else:
        keys = ["wechat_native", "balance"]
    return [{"key": key, "label": METHODS[key][0], "icon": METHODS[key][1]} for key in keys]


def _open(request: HttpRequest, no: str, member_id: int) -> HttpResponse:
    method = request.POST.get("method", "")
    opened = payment.start(
        order_no=no,
        member_id=member_id,
        method=method if method in METHODS else "wechat_h5",
        client_ip=request.META.get("REMOTE_ADDR", "127.0.0.1"),
        at=clock.now(),
    )
    action = dict(opened.action)
    if action["kind"] == "redirect":
        return redirect(str(action["url"]))
    if action["kind"] in ("qr", "jsapi"):
        return render(
            request,
            f"h5/pay/{action['kind']}.html",
            {
                "order": orders.order_card(order_no=no, member_id=member_id),
                "payment": opened,
                "qr_svg": _qr(str(action["code_url"])) if action["kind"] == "qr" else "",
                "code_url": action.get("code_url", ""),
                "jsapi": {key: action[key] for key in JSAPI_FIELDS if key in action},
            },
        )
    return redirect("pay-result", no)


def _qr(text: str) -> SafeString:
    return mark_safe(segno.make(text, error="m").svg_inline(scale=6, border=2))  # noqa: S308 (our own drawing)


@never_cache
@login_required
def result(request: HttpRequest, no: str) -> HttpResponse:
    """What became of the payment; while it is unknown the page keeps asking and says that leaving is safe."""
    order = orders.order_card(order_no=no, member_id=int(request.user.pk or 0))
    attempts = payments.payments_of(purpose="order", ref=no)
    return render(
        request,
        "h5/pay/result.html",
        {
            "order": order,
            "is_paid": order.state in PAID,
            "returned": [p for p in attempts if p.is_surplus],
            "retry_url": reverse("pay", args=[no]) if order.state == "unpaid" else "",
        },
    )


@never_cache
@login_required
def status(request: HttpRequest, no: str) -> JsonResponse:
    """Polled by the pages above. Asks the provider itself, so that a lost notice never strands anybody."""
    member_id = int(request.user.pk or 0)
    state = orders.order_state(order_no=no, member_id=member_id)
    if state == "unpaid" and _ask_provider(no):
        state = orders.order_state(order_no=no, member_id=member_id)
    here = reverse("pay-result", args=[no])
    done = state != "unpaid"
    return JsonResponse({"status": state} | ({"redirect": f"{here}?done=1"} if done else {}))


def _ask_provider(no: str) -> bool:
    """Query the pending payments, each at most once in two seconds; True when one was asked about."""
    asked = False
    for attempt in payments.payments_of(purpose="order", ref=no):
        if attempt.state not in ("pending", "unknown") or attempt.provider != "wechat":
            continue
        try:
            ratelimit.hit("1/2 second", "pay-query", attempt.no)
            asked = True
            collect.refresh(payment_no=attempt.no, at=clock.now())
        except DomainError:
            continue
    return asked


urlpatterns = [
    path("pay/<str:no>/", cashier, name="pay"),
    path("pay/<str:no>/result/", result, name="pay-result"),
    path("pay/<str:no>/status/", status, name="pay-status"),
]
