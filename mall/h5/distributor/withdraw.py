"""提现: what may be taken out, what arrives of it, and how far it is."""

import dataclasses
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from distribution import states
from distribution.queries import payout, promoter, purse
from distribution.queries.promoter import Promoter
from distribution.services import withdrawal
from mall.h5 import once
from mall.h5.distributor.access import Window, distributors_only, show_list
from mall.kernel import clock, money
from mall.kernel.errors import DomainError, NotFound
from members import queries as members
from payments import queries as payments

CHANNELS = promoter.CHANNELS
State = promoter.WITHDRAWAL_STATES
WECHAT, BANK, BALANCE = "wechat", "bank", "balance"
BANK_FIELDS = ("account_name", "account_no", "bank_name")
ICONS = {WECHAT: "wechat", BANK: "card", BALANCE: "wallet"}
NOTES = {
    WECHAT: _("审核后在微信里确认收款"),
    BANK: _("审核后 1–3 个工作日到账"),
    BALANCE: _("审核后立即到账，可用于购物"),
}
TABS = {"": (), "open": states.OPEN, "paid": (states.PAID,), "returned": states.RETURNED}
TAB_NAMES = {"": _("全部"), "open": _("处理中"), "paid": _("已到账"), "returned": _("已退回")}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Form:
    """What is asked for, as typed; `amount_fen` is None while the amount is no amount."""

    amount: str
    amount_fen: int | None
    channel: str
    account: dict[str, str]

    @classmethod
    def read(cls, request: HttpRequest, *, default_fen: int, has_wechat: bool) -> "Form":
        given = request.POST if request.method == "POST" else request.GET
        text = given.get("amount", money.yuan(default_fen) if default_fen else "").strip().lstrip("¥￥")
        channel = given.get("channel", "")
        return cls(
            amount=text[:14],
            amount_fen=_fen(text),
            channel=channel if channel in CHANNELS else (WECHAT if has_wechat else BALANCE),
            account={name: given.get(name, "").replace("\x00", "").strip()[:60] for name in BANK_FIELDS},
        )


def _fen(text: str) -> int | None:
    try:
        fen = money.parse_yuan(text)
    except ValueError:
        return None
    return fen if 0 < fen < money.MAX_FEN else None


@distributors_only
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, person: Promoter) -> HttpResponse:
    """The form; posting it once shows what arrives, posting that again asks for the money."""
    at = clock.now()
    desk = purse.desk(distributor_id=person.id, is_active=person.is_active, at=at)
    has_wechat = bool(members.openid(member_id=person.member_id, appid=settings.WECHAT_APPID))
    form = Form.read(request, default_fen=desk.most_fen, has_wechat=has_wechat)
    if request.method == "POST" and "confirm" in request.POST:
        return _ask(request, person, form)
    problems = _problems(desk, form) if request.method == "POST" else {}
    if request.method == "POST" and not problems and not desk.blocked:
        context = _context(person, desk, form, has_wechat=has_wechat) | {"token": once.new_token()}
        return render(request, "h5/distributor/withdraw_confirm.html", context)
    context = _context(person, desk, form, has_wechat=has_wechat) | {"problems": problems}
    template = "_withdraw_form" if request.headers.get("HX-Request") else "withdraw"
    return render(request, f"h5/distributor/{template}.html", context, status=422 if problems else 200)


def _context(person: Promoter, desk: purse.Desk, form: Form, *, has_wechat: bool) -> dict[str, Any]:
    return {
        "person": person,
        "desk": desk,
        "form": form,
        "fee_percent": money.percent(desk.terms.fee_ppm),
        "preview": _preview(desk, form),
        "bank_tail": form.account["account_no"].replace(" ", "")[-4:],
        "channel_text": CHANNELS[form.channel],
        "channels": [
            {
                "key": channel,
                "label": label,
                "icon": ICONS[channel],
                "note": NOTES[channel],
                "off": channel == WECHAT and not has_wechat,
            }
            for channel, label in CHANNELS.items()
        ],
    }


def _preview(desk: purse.Desk, form: Form) -> dict[str, int] | None:
    """Amount, fee, tax and what arrives; None for an amount that cannot be asked for."""
    if form.amount_fen is None or not desk.minimum_fen <= form.amount_fen <= desk.most_fen:
        return None
    fee = withdrawal.fee_fen(amount_fen=form.amount_fen, terms=desk.terms)
    return {"amount_fen": form.amount_fen, "fee_fen": fee, "tax_fen": 0, "net_fen": form.amount_fen - fee}


def _problems(desk: purse.Desk, form: Form) -> dict[str, str]:
    """Field name -> what is wrong with it."""
    found = {}
    if form.amount_fen is None:
        found["amount"] = _t("请填写金额，最多两位小数")
    elif form.amount_fen < desk.minimum_fen:
        missing = money.yuan(desk.minimum_fen - form.amount_fen)
        found["amount"] = _t("单笔最低 ¥{least}，还差 ¥{missing}").format(
            least=money.yuan(desk.minimum_fen), missing=missing
        )
    elif form.amount_fen > desk.available_fen:
        found["amount"] = _t("可提现只有 ¥{most}").format(most=money.yuan(desk.available_fen))
    elif form.amount_fen > desk.maximum_fen:
        found["amount"] = _t("单笔最高 ¥{most}").format(most=money.yuan(desk.maximum_fen))
    if form.channel == BANK:
        number = form.account["account_no"].replace(" ", "")
        if not (number.isascii() and number.isdigit() and 8 <= len(number) <= 30):
            found["account_no"] = _t("银行卡号须为 8 到 30 位数字")
        found |= {name: _t("请填写") for name in ("account_name", "bank_name") if not form.account[name]}
    return found


def _ask(request: HttpRequest, person: Promoter, form: Form) -> HttpResponse:
    """However often the button is tapped, one request; every further tap leads to it."""

    def ask() -> str:
        return withdrawal.request(
            member_id=person.member_id,
            amount_fen=form.amount_fen or 0,
            channel=form.channel,
            account=form.account if form.channel == BANK else None,
            at=clock.now(),
        ).no

    try:
        no = once.run(scope=f"member:{person.member_id} withdrawal", token=request.POST.get("token", ""), work=ask)
    except NotFound:
        raise
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("d-withdraw")
    return redirect("d-withdrawal", no)


@distributors_only
def records(request: HttpRequest, person: Promoter) -> HttpResponse:
    wanted = request.GET.get("state", "")
    tab = wanted if wanted in TABS else ""
    window = Window.of(request)
    count, amount, net = purse.withdrawal_sums(distributor_id=person.id, chosen=TABS[tab])
    return show_list(
        request,
        "records",
        window,
        rows=purse.withdrawals(distributor_id=person.id, chosen=TABS[tab], **window.bounds),
        next_url=window.next_url(total=count, fields={"state": tab}),
        count=count,
        amount_fen=amount,
        net_fen=net,
        tab=tab,
        tabs=[
            {"label": label, "url": f"?state={key}" if key else "?", "current": tab == key}
            for key, label in TAB_NAMES.items()
        ],
    )


@distributors_only
def detail(request: HttpRequest, person: Promoter, no: str) -> HttpResponse:
    """One withdrawal; while WeChat waits for its receiver, the way to confirm."""
    view = payout.withdrawal(no=no, member_id=person.member_id)
    steps = payout.withdrawal_steps(no=no)
    transfer = payments.transfer_of(purpose="withdrawal", ref=no) if view.state == State.AWAITING_USER else None
    package = transfer.package_info if transfer else ""
    context = {
        "view": view,
        "steps": _stepper(view),
        "events": [{"title": step.to_state_text, "note": step.note, "at": step.at} for step in reversed(steps)],
        "package": package,
        "wx": {"mchId": settings.WXPAY_MCHID, "appId": settings.WECHAT_APPID, "package": package},
        "sandbox_url": package if settings.SANDBOX and package.startswith("http") else "",
    }
    return render(request, "h5/distributor/withdrawal.html", context)


def _stepper(view: payout.WithdrawalView) -> list[dict[str, Any]]:
    """申请 → 审核 → 打款 → 到账; the step at which it ended early is marked."""
    labels = [_("申请"), _("审核"), _("打款"), _("到账")]
    reached = {
        State.REQUESTED: ("done", "current", "", ""),
        State.APPROVED: ("done", "done", "current", ""),
        State.SENDING: ("done", "done", "current", ""),
        State.AWAITING_USER: ("done", "done", "done", "current"),
        State.PAID: ("done", "done", "done", "done"),
        State.FAILED: ("done", "done", "failed", ""),
        State.REFUSED: ("done", "failed", "", ""),
        State.CANCELLED: ("failed", "", "", ""),
    }[State(view.state)]
    if view.state == State.AWAITING_USER:
        labels[3] = _("待确认收款")
    if view.state == State.CANCELLED:
        labels[0] = _("已撤销")
    times = (view.requested_at, view.reviewed_at, None, view.finished_at if view.state == State.PAID else None)
    return [
        {"label": label, "state": state, "time": f"{when.astimezone(clock.SHANGHAI):%m-%d %H:%M}" if when else ""}
        for label, state, when in zip(labels, reached, times, strict=True)
    ]


@distributors_only
@require_POST
def cancel(request: HttpRequest, person: Promoter, no: str) -> HttpResponse:
    """Take the request back before anybody reviewed it."""
    withdrawal.cancel(withdrawal_no=no, member_id=person.member_id, at=clock.now())
    messages.success(request, _t("已撤销，金额退回可提现"))
    return redirect("d-withdrawal", no)


urlpatterns = [
    path("d/withdraw/", page, name="d-withdraw"),
    path("d/withdraw/records/", records, name="d-withdraw-records"),
    path("d/withdraw/<str:no>/", detail, name="d-withdrawal"),
    path("d/withdraw/<str:no>/cancel/", cancel, name="d-withdrawal-cancel"),
]
