"""售后: asking for money back, with or without the goods, and following the claim to its end."""

import dataclasses
import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from logistics import queries as logistics
from mall.h5 import once, paging
from mall.h5.orders import REFUNDABLE_STATES
from mall.kernel import clock
from mall.kernel.errors import DomainError
from orders import queries as orders
from orders.services import claims, refunds
from payments import queries as payments

PAGE_SIZE = 10
SENT_STATES = ("shipped", "signed")
KINDS = {
    "refund": (gettext_lazy("仅退款"), gettext_lazy("没收到货，或与商家商量好不用退货")),
    "return": (gettext_lazy("退货退款"), gettext_lazy("已收到货，寄回后退款")),
}
REASONS = (
    gettext_lazy("不想要了"),
    gettext_lazy("规格或数量选错了"),
    gettext_lazy("质量问题"),
    gettext_lazy("商品破损"),
    gettext_lazy("少件、漏发或发错"),
    gettext_lazy("与描述不符"),
    gettext_lazy("没有按时发货或收到"),
    gettext_lazy("其他原因"),
)
PATHS = {
    "refund": (
        ("applied", gettext_lazy("提交申请")),
        ("approved", gettext_lazy("商家处理")),
        ("refunding", gettext_lazy("退款中")),
        ("refunded", gettext_lazy("退款到账")),
    ),
    "return": (
        ("applied", gettext_lazy("提交申请")),
        ("approved", gettext_lazy("商家处理")),
        ("returning", gettext_lazy("寄回商品")),
        ("refunding", gettext_lazy("收货退款")),
        ("refunded", gettext_lazy("退款到账")),
    ),
}
HEADLINES = {
    "applied": (gettext_lazy("等待商家处理"), gettext_lazy("商家会尽快答复，处理前可以撤销")),
    "approved": (gettext_lazy("商家已同意"), gettext_lazy("请寄回商品，并在下面填写运单号")),
    "returning": (gettext_lazy("商品寄回中"), gettext_lazy("商家收到并检查后退款")),
    "refunding": (gettext_lazy("退款处理中"), gettext_lazy("款项正在原路退回，一般 1–3 个工作日到账")),
    "refunded": (gettext_lazy("退款已到账"), gettext_lazy("款项已原路退回")),
    "rejected": (gettext_lazy("申请未通过"), gettext_lazy("如有疑问，可以修改后重新申请")),
    "cancelled": (gettext_lazy("申请已撤销"), gettext_lazy("售后期内可以重新申请")),
}
TRACKING = re.compile(r"[A-Za-z0-9-]{6,40}", re.ASCII)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Form:
    """A claim as typed: units per line id, and the words around it."""

    kind: str
    quantities: dict[int, int]
    reason: str
    description: str
    token: str

    @classmethod
    def read(cls, request: HttpRequest, order: orders.OrderCard) -> "Form":
        """From the request, or for a fresh form all of the one line meant, else of an order not yet sent."""
        given = request.POST if request.method == "POST" else request.GET
        kinds = kinds_of(order)
        reason = given.get("reason", "")
        return cls(
            kind=given["kind"] if given.get("kind") in kinds else next(iter(kinds)),
            quantities=_quantities(request, order),
            reason=reason if reason in [str(known) for known in REASONS] else str(REASONS[0]),
            description=given.get("description", "").replace("\x00", "").strip()[:200],
            token=given.get("token") or once.new_token(),
        )

    @property
    def claim(self) -> list[claims.ClaimLine]:
        return [claims.ClaimLine(line=line, quantity=n) for line, n in self.quantities.items() if n]


def kinds_of(order: orders.OrderCard) -> list[str]:
    """The kinds of claim the order's state allows."""
    return ["refund", "return"] if order.state in SENT_STATES else ["refund"]


def _quantities(request: HttpRequest, order: orders.OrderCard) -> dict[int, int]:
    given = request.POST if request.method == "POST" else request.GET
    open_lines = [line for line in order.lines if line.refundable_fen > 0]
    if any(f"quantity-{line.id}" in given for line in open_lines):
        return {line.id: _units(given.get(f"quantity-{line.id}", "0")) for line in open_lines}
    meant = given.get("line", "")
    everything = len(open_lines) == 1 or (not meant and order.state not in SENT_STATES)
    return {line.id: line.refundable_quantity if everything or str(line.id) == meant else 0 for line in open_lines}


def _units(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, no: str) -> HttpResponse:
    """The form with what the claim is worth, recomputed on every change; a POST makes the claim once."""
    member_id = int(request.user.pk or 0)
    order = orders.order_card(order_no=no, member_id=member_id)
    form = Form.read(request, order)
    refusal = ""
    if request.method == "POST":
        try:
            refund_no = _apply(order, form, member_id)
        except DomainError as error:
            refusal = error.detail
        else:
            messages.success(request, _("售后申请已提交"))
            return redirect("refund", refund_no)
    elif order.state not in REFUNDABLE_STATES or not form.quantities:
        messages.info(request, _("订单当前没有可以申请售后的商品"))
        return redirect("order", no)
    context = {"order": order, "form": form, "refusal": refusal, **_worth(order, form)}
    if request.headers.get("HX-Request"):
        return render(request, "h5/refunds/_worth.html", context)
    context |= {
        "lines": [
            {"line": line, "units": form.quantities[line.id], "field": f"quantity-{line.id}"}
            for line in order.lines
            if line.id in form.quantities
        ],
        "kinds": [{"key": key, "label": KINDS[key][0], "note": KINDS[key][1]} for key in kinds_of(order)],
        "reasons": REASONS,
        "after_sale_days": orders.policy().after_sale_days,
    }
    return render(request, "h5/refunds/apply.html", context, status=422 if refusal else 200)


def _apply(order: orders.OrderCard, form: Form, member_id: int) -> str:
    def work() -> str:
        return refunds.apply(
            order_no=order.no,
            kind=form.kind,
            lines=form.claim,
            reason=form.reason,
            description=form.description,
            actor=f"member:{member_id}",
            member_id=member_id,
            at=clock.now(),
        )

    return once.run(scope=f"member:{member_id} refund", token=form.token, work=work)


def _worth(order: orders.OrderCard, form: Form) -> dict[str, Any]:
    """What comes back for the chosen units, or why nothing does."""
    try:
        worth = claims.estimate(order_no=order.no, member_id=order.member_id, claim=form.claim)
    except claims.NothingToRefund:
        return {"worth": None, "why": _("请选择要退的商品和数量")}
    except DomainError as error:
        return {"worth": None, "why": error.detail}
    return {"worth": worth, "why": ""}


@never_cache
@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    window = paging.window(request, size=PAGE_SIZE)
    found = orders.refunds_of(member_id=int(request.user.pk or 0), page=window.page, page_size=window.page_size)
    template = "h5/refunds/_cards.html" if window.is_fragment else "h5/refunds/list.html"
    return render(
        request,
        template,
        {"refunds": found.items, "next_url": window.next_url(count=found.count), "page": window.number},
    )


@never_cache
@login_required
@require_GET
def detail(request: HttpRequest, no: str) -> HttpResponse:
    refund = orders.refund_view(refund_no=no, member_id=int(request.user.pk or 0))
    title, note = HEADLINES[refund.state]
    if refund.state == "approved" and refund.kind == "refund":
        note = gettext_lazy("商家已同意，款项即将退回")
    paid = [p for p in payments.payments_of(purpose="order", ref=refund.order_no) if p.settled_at and not p.is_surplus]
    return render(
        request,
        "h5/refunds/detail.html",
        {
            "refund": refund,
            "title": title,
            "note": note,
            "steps": _steps(refund),
            "route": paid[0].method_text if paid else "",
            "carriers": logistics.carriers() if refund.can_send_back else [],
        },
    )


def _steps(refund: orders.RefundView) -> list[dict[str, Any]]:
    times: dict[str, Any] = {
        "applied": refund.applied_at,
        "approved": refund.handled_at,
        "refunded": refund.refunded_at,
    }
    path_of_kind = PATHS[refund.kind]
    states = [state for state, _label in path_of_kind]
    steps: list[dict[str, Any]]
    if refund.state in states:
        # A claim waits for the step after the one its state names, until it is at the end.
        reached = states.index(refund.state) + (refund.state in ("applied", "approved", "refunded"))
        marks = ["done"] * reached + ["current"] + [""] * len(states)
        steps = [
            {"label": label, "state": marks[place], "at": times.get(state)}
            for place, (state, label) in enumerate(path_of_kind)
        ]
    else:
        ended = _("未通过") if refund.state == "rejected" else _("已撤销")
        steps = [
            {"label": path_of_kind[0][1], "state": "done", "at": refund.applied_at},
            {"label": ended, "state": "failed", "at": refund.handled_at},
        ]
    for step in steps:
        step["time"] = timezone.localtime(step["at"]).strftime("%m-%d %H:%M") if step["at"] else ""
    return steps


@login_required
@require_POST
def cancel(request: HttpRequest, no: str) -> HttpResponse:
    refunds.cancel(refund_no=no, member_id=int(request.user.pk or 0), at=clock.now())
    messages.success(request, _("售后申请已撤销"))
    return redirect("refund", no)


@login_required
@require_POST
def send_back(request: HttpRequest, no: str) -> HttpResponse:
    """How the goods travel back: one of the shop's carriers, or another one by name."""
    tracking_no = request.POST.get("tracking_no", "").strip().replace(" ", "")
    carrier = request.POST.get("carrier", "").replace("\x00", "").strip()
    if not carrier or not TRACKING.fullmatch(tracking_no):
        messages.error(request, _("请选择快递公司，并填写 6–40 位的运单号"))
        return redirect("refund", no)
    refunds.return_parcel(
        refund_no=no,
        member_id=int(request.user.pk or 0),
        carrier=carrier[:20],
        tracking_no=tracking_no,
        at=clock.now(),
    )
    messages.success(request, _("运单号已提交，商家收货后退款"))
    return redirect("refund", no)


urlpatterns = [
    path("me/orders/<str:no>/refund/", apply, name="refund-apply"),
    path("me/refunds/", index, name="refunds"),
    path("me/refunds/<str:no>/", detail, name="refund"),
    path("me/refunds/<str:no>/cancel/", cancel, name="refund-cancel"),
    path("me/refunds/<str:no>/parcel/", send_back, name="refund-parcel"),
]
