"""申请分销商: free, reviewed by people, and honest about what it brings."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from distribution.queries import chain, pitch, promoter
from distribution.queries import commissions as earned
from distribution.queries import programme as programmes
from distribution.services import applications
from mall.h5 import referral
from mall.h5.distributor.access import member_of
from mall.kernel import clock, money
from mall.kernel.errors import DomainError

EXAMPLE_FEN = 10_000
States = promoter.APPLICATION_STATES
KEPT = ("kind", "name", "phone", "channel")


class ApplicationForm(forms.Form):
    """What a member tells about themselves."""

    kind = forms.ChoiceField(
        label=_("身份"), choices=list(promoter.KINDS.items()), initial="person", widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=_("姓名/企业名称"),
        max_length=30,
        help_text=_("提现到微信时须与实名一致"),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "name"}),
    )
    phone = forms.RegexField(
        r"\A1[3-9][0-9]{9}\Z",
        label=_("手机号"),
        error_messages={"invalid": _("请填写 11 位手机号")},
        widget=forms.TextInput(
            attrs={"class": "input", "type": "tel", "inputmode": "numeric", "autocomplete": "tel-national"}
        ),
    )
    channel = forms.CharField(
        label=_("推广渠道说明"),
        max_length=200,
        widget=forms.Textarea(
            attrs={"class": "input", "rows": 3, "placeholder": _("例如：小区团购群两个，共三百人，主要分享茶叶和家居")}
        ),
    )
    agreement = forms.BooleanField(error_messages={"required": _("请阅读并同意分销协议")})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """The form; after a rejection it starts with what was sent before."""
    member_id = member_of(request)
    if promoter.promoter(member_id=member_id):
        return redirect("d-home")
    before = applications.current(member_id=member_id)
    if before and before.state == States.SUBMITTED:
        return redirect("d-apply-status")
    at = clock.now()
    held = chain.above(member_id=member_id, when=at, hops=1)
    code = held[0].code if held else referral.remembered(request)
    inviter = earned.mask_name(held[0].name) if held else pitch.inviter_name(code=code) if code else ""
    form = ApplicationForm(initial=_initial(request, before))
    if request.method == "POST":
        form = ApplicationForm(request.POST)
        if form.is_valid() and _submitted(form, member_id, code if inviter else ""):
            return redirect("d-apply-status")
    context = {"form": form, "before": before, "inviter": inviter, "inviter_code": code, **_example()}
    return render(request, "h5/distributor/apply.html", context, status=422 if form.errors else 200)


def _initial(request: HttpRequest, before: Any) -> dict[str, Any]:
    if before:
        return {name: getattr(before, name) for name in KEPT}
    return {"phone": getattr(request.user, "phone", "") or ""}


def _submitted(form: ApplicationForm, member_id: int, code: str) -> bool:
    try:
        applications.submit(member_id=member_id, referral_code=code, at=clock.now(), **form.cleaned_data)
    except (applications.ApplicationOpen, applications.AlreadyDistributor):
        return True
    except DomainError as refusal:
        form.add_error(refusal.attr if refusal.attr in form.fields else None, refusal.detail)
        return False
    return True


def _example() -> dict[str, Any]:
    """The rule in force, worked out for goods of ¥100: what is, not what could be."""
    terms = programmes.current()
    return {
        "terms": terms,
        "example_fen": EXAMPLE_FEN,
        "example": [
            {"tier": tier, "percent": money.percent(rate), "fen": money.share(EXAMPLE_FEN, rate)}
            for tier, rate in enumerate(terms.rates_ppm[: terms.tiers], start=1)
        ],
    }


@never_cache
@login_required
def status(request: HttpRequest) -> HttpResponse:
    """Where the application stands; a rejected one says why and can be sent again."""
    application = applications.current(member_id=member_of(request))
    if application is None:
        return redirect("d-home" if promoter.promoter(member_id=member_of(request)) else "d-apply")
    person = promoter.promoter(member_id=member_of(request))
    context = {
        "application": application,
        "person": person,
        "steps": _steps(application),
    }
    return render(request, "h5/distributor/apply_status.html", context)


def _steps(application: Any) -> list[dict[str, Any]]:
    states = {
        States.SUBMITTED: ("done", "current", ""),
        States.APPROVED: ("done", "done", "done"),
        States.REJECTED: ("done", "done", "failed"),
    }[States(application.state)]
    last = _("未通过") if application.state == States.REJECTED else _("通过")
    times = (application.submitted_at, None, application.reviewed_at)
    return [
        {"label": label, "state": state, "time": f"{when.astimezone(clock.SHANGHAI):%m-%d %H:%M}" if when else ""}
        for label, state, when in zip((_("已提交"), _("审核中"), last), states, times, strict=True)
    ]


urlpatterns = [
    path("d/apply/", apply, name="d-apply"),
    path("d/apply/status/", status, name="d-apply-status"),
]
