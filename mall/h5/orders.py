"""我的订单: the list with its tabs, one order with everything, its parcels, and what the shopper may do to it."""

import dataclasses
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from logistics import queries as logistics
from mall.h5 import paging
from mall.kernel import clock
from mall.kernel.errors import DomainError
from orders import queries as orders
from orders.services import cancel as cancelling
from orders.services import cart, fulfilment
from payments import queries as payments

PAGE_SIZE = 10
TABS = (
    ("all", gettext_lazy("全部")),
    ("unpaid", gettext_lazy("待付款")),
    ("to_ship", gettext_lazy("待发货")),
    ("to_receive", gettext_lazy("待收货")),
    ("done", gettext_lazy("已完成")),
    ("refunds", gettext_lazy("售后中")),
)
EMPTY = {
    "all": gettext_lazy("还没有订单"),
    "unpaid": gettext_lazy("没有等待付款的订单"),
    "to_ship": gettext_lazy("没有等待发货的订单"),
    "to_receive": gettext_lazy("没有在路上的包裹"),
    "done": gettext_lazy("还没有完成的订单"),
    "refunds": gettext_lazy("没有处理中的售后"),
}
CANCEL_REASONS = (
    gettext_lazy("不想要了"),
    gettext_lazy("规格或数量选错了"),
    gettext_lazy("地址或电话填错了"),
    gettext_lazy("忘记使用优惠券"),
    gettext_lazy("付款遇到问题"),
    gettext_lazy("其他原因"),
)
HEADLINES = {
    "unpaid": (gettext_lazy("等待付款"), gettext_lazy("付款后商家会尽快发货")),
    "paid": (gettext_lazy("已付款"), gettext_lazy("商家正在审核订单")),
    "approved": (gettext_lazy("等待发货"), gettext_lazy("商家正在备货，发出后会通知您")),
    "shipped": (gettext_lazy("商品在路上"), gettext_lazy("收到商品后请确认收货")),
    "signed": (gettext_lazy("已签收"), gettext_lazy("如有问题可以申请售后")),
    "completed": (gettext_lazy("已完成"), gettext_lazy("感谢您的购买")),
    "cancelled": (gettext_lazy("订单已取消"), ""),
}
# The column that tells when, what happened, and what is said while it is waited for.
STEPS = (
    ("placed_at", gettext_lazy("已提交"), gettext_lazy("待提交")),
    ("paid_at", gettext_lazy("已付款"), gettext_lazy("待付款")),
    ("approved_at", gettext_lazy("已审核"), gettext_lazy("待审核")),
    ("shipped_at", gettext_lazy("已发货"), gettext_lazy("待发货")),
    ("signed_at", gettext_lazy("已签收"), gettext_lazy("待签收")),
    ("completed_at", gettext_lazy("已完成"), gettext_lazy("待完成")),
)
REFUNDABLE_STATES = ("paid", "approved", "shipped", "signed")
# What the shop keeps to itself.
INTERNAL_COMMANDS = ("note",)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Actions:
    """The buttons an order shows."""

    pay: bool
    track: bool
    receive: bool
    refund: bool
    rebuy: bool


def actions(order: orders.OrderCard) -> Actions:
    """What the shopper may do to `order` now."""
    return Actions(
        pay=order.state == "unpaid",
        track=order.state in ("shipped", "signed", "completed"),
        receive=order.state == "shipped",
        refund=order.state in REFUNDABLE_STATES and any(line.refundable_fen > 0 for line in order.lines),
        rebuy=order.state in ("signed", "completed", "cancelled"),
    )


@never_cache
@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    member_id = int(request.user.pk or 0)
    tab = request.GET.get("tab", "all")
    tab = tab if tab in dict(TABS) else "all"
    q = request.GET.get("q", "").replace("\x00", "").strip()[:40]
    window = paging.window(request, size=PAGE_SIZE)
    found = orders.orders_of(member_id=member_id, tab=tab, q=q, page=window.page, page_size=window.page_size)
    context = {
        "rows": [{"order": order, "can": actions(order)} for order in found.items],
        "next_url": window.next_url(count=found.count, tab=tab, q=q),
        "page": window.number,
    }
    if window.is_fragment:
        return render(request, "h5/orders/_cards.html", context)
    counts = orders.badges(member_id=member_id)
    context |= {
        "tabs": [
            {"label": label, "url": f"?tab={key}", "current": key == tab, "count": getattr(counts, key, 0)}
            for key, label in TABS
        ],
        "tab": tab,
        "q": q,
        "empty": EMPTY[tab],
    }
    return render(request, "h5/orders/list.html", context)


@never_cache
@login_required
@require_GET
def detail(request: HttpRequest, no: str) -> HttpResponse:
    order = orders.order_view(order_no=no, member_id=int(request.user.pk or 0))
    title, note = HEADLINES[order.state]
    attempts = payments.payments_of(purpose="order", ref=no)
    return render(
        request,
        "h5/orders/detail.html",
        {
            "order": order,
            "can": actions(order),
            "title": title,
            "note": order.cancel_reason if order.state == "cancelled" else note,
            "steps": _steps(order),
            "history": [entry for entry in order.timeline if entry.command not in INTERNAL_COMMANDS],
            "discounts": _discounts(order),
            "payments": [attempt for attempt in attempts if attempt.settled_at],
            "receive_days": orders.policy().receive_days,
        },
    )


def _steps(order: orders.OrderView) -> list[dict[str, Any]]:
    """The stepper: what happened with its time, what comes next, and how a cancelled or refunded order ended."""
    steps: list[dict[str, Any]] = [
        {"label": label, "waiting": waiting, "at": getattr(order, field), "state": "done"}
        for field, label, waiting in STEPS
    ]
    if order.state == "cancelled":
        steps = [step for step in steps if step["at"]]
        steps.append({"label": _("已取消"), "at": order.cancelled_at, "state": "failed"})
    waiting = [step for step in steps if not step["at"]]
    for step in waiting:
        step["state"] = ""
    if order.has_open_refund:
        steps.append({"label": _("退款中"), "at": None, "state": "current"})
    elif waiting:
        waiting[0] |= {"state": "current", "label": waiting[0]["waiting"]}
    if order.refunded_fen:
        last = max((refund.refunded_at for refund in order.refunds if refund.refunded_at), default=None)
        steps.append({"label": _("已退款"), "at": last, "state": "done"})
    for step in steps:
        step["time"] = timezone.localtime(step["at"]).strftime("%m-%d %H:%M") if step["at"] else ""
    return steps


def _discounts(order: orders.OrderView) -> list[dict[str, Any]]:
    """优惠明细: each rule once with its sum over the lines."""
    sums: dict[tuple[str, str], int] = {}
    for line in order.lines:
        for adjustment in line.adjustments:
            key = (adjustment.rule, adjustment.label)
            sums[key] = sums.get(key, 0) + adjustment.amount_fen
    return [{"label": label, "amount_fen": amount} for (_rule, label), amount in sums.items()]


@never_cache
@login_required
@require_GET
def track(request: HttpRequest, no: str) -> HttpResponse:
    order = orders.order_view(order_no=no, member_id=int(request.user.pk or 0))
    return render(request, "h5/orders/track.html", {"order": order, "parcels": logistics.parcels(order_no=no)})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, no: str) -> HttpResponse:
    """Ask for the reason, then close the order; what was paid meanwhile stays paid."""
    member_id = int(request.user.pk or 0)
    if request.method == "GET":
        order = orders.order_view(order_no=no, member_id=member_id)
        if not order.can_cancel:
            return redirect("order", no)
        return render(request, "h5/orders/cancel.html", {"order": order, "reasons": CANCEL_REASONS})
    given = request.POST.get("reason", "")
    reason = given if given in [str(known) for known in CANCEL_REASONS] else str(CANCEL_REASONS[-1])
    try:
        cancelling.cancel(order_no=no, member_id=member_id, reason=reason, actor=f"member:{member_id}", at=clock.now())
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("订单已取消"))
    return redirect("order", no)


@login_required
@require_POST
def receive(request: HttpRequest, no: str) -> HttpResponse:
    fulfilment.receive(order_no=no, member_id=int(request.user.pk or 0), at=clock.now())
    messages.success(request, _("已确认收货"))
    return redirect("order", no)


@login_required
@require_POST
def buy_again(request: HttpRequest, no: str) -> HttpResponse:
    """Put the order's goods into the cart, as many of them as are still sold."""
    member_id = int(request.user.pk or 0)
    order = orders.order_view(order_no=no, member_id=member_id)
    missing = [line.name for line in order.lines if not _put(line, member_id)]
    if missing:
        messages.warning(request, _("{names} 已下架或库存不足，没有加入购物车").format(names="、".join(missing)))
    if len(missing) == len(order.lines):
        return redirect("order", no)
    messages.success(request, _("已加入购物车"))
    return redirect(reverse("cart"))


def _put(line: orders.LineView, member_id: int) -> bool:
    try:
        cart.put(sku_id=line.sku_id, quantity=line.quantity, member_id=member_id, at=clock.now())
    except DomainError:
        return False
    return True


urlpatterns = [
    path("me/orders/", index, name="orders"),
    path("me/orders/<str:no>/", detail, name="order"),
    path("me/orders/<str:no>/track/", track, name="track"),
    path("me/orders/<str:no>/cancel/", cancel, name="order-cancel"),
    path("me/orders/<str:no>/receive/", receive, name="order-receive"),
    path("me/orders/<str:no>/again/", buy_again, name="order-again"),
]
