"""Signing in and out: by SMS code, by password, by one tap in WeChat."""

import json
import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mall.h5.local_urls import local_path, next_of
from mall.kernel import clients, clock, ratelimit
from mall.kernel.errors import DomainError
from members import wechat
from members.models import Member, SmsCode
from members.services import login, sms

BACKEND = "members.backends.PhoneOrUsernameBackend"
STATES = "wechat_states"
# Several tabs may be on their way at once; older tries are forgotten.
STATES_KEPT = 5
STATE_SECONDS = 600


def _phone_field() -> forms.CharField:
    widget = forms.TextInput(
        attrs={"class": "input", "type": "tel", "inputmode": "numeric", "autocomplete": "tel-national", "maxlength": 11}
    )
    return forms.RegexField(
        r"\A1[3-9][0-9]{9}\Z", label=_("手机号"), widget=widget, error_messages={"invalid": _("请填写 11 位手机号")}
    )


def _agreement_field() -> forms.BooleanField:
    return forms.BooleanField(error_messages={"required": _("请先阅读并同意用户协议和隐私政策")})


class CodeForm(forms.Form):
    """Phone and SMS code."""

    phone = _phone_field()
    code = forms.CharField(
        label=_("验证码"),
        max_length=8,
        widget=forms.TextInput(
            attrs={"class": "input", "inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 6}
        ),
    )
    agree = _agreement_field()


class PasswordForm(forms.Form):
    """Phone and password."""

    phone = _phone_field()
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "current-password"}),
    )
    agree = _agreement_field()


@never_cache
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """`/login/?next=&by=sms|password`."""
    target = next_of(request, default=settings.LOGIN_REDIRECT_URL)
    if request.user.is_authenticated and request.method == "GET":
        return HttpResponseRedirect(target)
    by_password = (request.POST.get("by") or request.GET.get("by")) == "password"
    kind = PasswordForm if by_password else CodeForm
    form = kind(request.POST or None, initial={"phone": request.GET.get("phone", "")[:11]})
    if request.method == "POST" and form.is_valid():
        try:
            member = _enter(request, form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.attr if refusal.attr in form.fields else None, refusal.detail)
        else:
            auth.login(request, member, backend=BACKEND)
            return HttpResponseRedirect(target)
    return _show(request, form, by_password=by_password, target=target)


def _enter(request: HttpRequest, given: dict[str, Any]) -> Member:
    ip, at = clients.address(request), clock.now()
    if "password" in given:
        return login.by_password(phone=given["phone"], password=given["password"], ip=ip, at=at)
    return login.by_sms(phone=given["phone"], code=given["code"], ip=ip, at=at)[0]


def _show(request: HttpRequest, form: forms.Form, *, by_password: bool, target: str) -> HttpResponse:
    def tab(label: str, by: str) -> dict[str, Any]:
        return {
            "label": label,
            "url": f"{reverse('login')}?by={by}&next={target}",
            "current": (by == "password") == by_password,
        }

    context = {
        "form": form,
        "by_password": by_password,
        "next": target,
        "tabs": [tab(_t("验证码登录"), "sms"), tab(_t("密码登录"), "password")],
        "sandbox_code": settings.SANDBOX_SMS_CODE if settings.SANDBOX else "",
        "has_wechat": bool(settings.WECHAT_APPID),
    }
    return render(request, "h5/login/page.html", context, status=422 if form.errors else 200)


@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    """Send a login code; answers the button with its resend timer, or without scripts the page again."""
    phone = request.POST.get("phone", "")
    form = CodeForm({"phone": phone})
    if "phone" in form.errors:
        return _answer(request, _t("请填写 11 位手机号"), ok=False)
    try:
        sms.send_code(phone=phone, purpose=SmsCode.Purpose.LOGIN, ip=clients.address(request), at=clock.now())
    except DomainError as refusal:
        return _answer(request, refusal.detail, ok=False)
    return _answer(request, _t("验证码已发送，5 分钟内有效"), ok=True)


def _answer(request: HttpRequest, text: str, *, ok: bool) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        (messages.success if ok else messages.error)(request, text)
        phone = "".join(c for c in request.POST.get("phone", "")[:11] if c.isascii() and c.isdigit())
        target = next_of(request, default=settings.LOGIN_REDIRECT_URL)
        return redirect(f"{reverse('login')}?phone={phone}&next={target}")
    response = render(request, "h5/login/code_button.html", {"wait": 60}) if ok else HttpResponse(status=422)
    if not ok:
        response["HX-Reswap"] = "none"
    response["HX-Trigger"] = json.dumps({"toast": {"message": text, "level": "success" if ok else "error"}})
    return response


@require_POST
def wechat_start(request: HttpRequest) -> HttpResponse:
    """From the person's own tap to WeChat's page. A signed-in member binds the account instead of switching to it."""
    target = next_of(request, default=settings.LOGIN_REDIRECT_URL)
    binds = request.user.is_authenticated
    if not binds and request.POST.get("agree") != "on":
        messages.error(request, _t("请先阅读并同意用户协议和隐私政策"))
        return redirect(f"{reverse('login')}?next={target}")
    state = secrets.token_urlsafe(24)
    waiting = dict(list(request.session.get(STATES, {}).items())[1 - STATES_KEPT :])
    waiting[state] = {"next": target, "binds": request.user.pk if binds else None, "at": int(clock.now().timestamp())}
    request.session[STATES] = waiting
    callback = settings.SITE_URL + reverse("login-wechat-callback")
    return HttpResponseRedirect(wechat.authorize_url(redirect_uri=callback, state=state))


@never_cache
@require_GET
def wechat_callback(request: HttpRequest) -> HttpResponse:
    """Back from WeChat. The state must be one this very browser was given, and works once."""
    waiting = request.session.get(STATES, {})
    intent = waiting.pop(request.GET.get("state", ""), None)
    request.session[STATES] = waiting
    code = request.GET.get("code", "")
    if intent is None or not code or clock.now().timestamp() - intent["at"] > STATE_SECONDS:
        messages.error(request, _t("微信授权已失效，请重新登录"))
        return redirect("login")
    target = local_path(intent["next"], default=settings.LOGIN_REDIRECT_URL)
    try:
        return _finish_wechat(request, code=code, binds=intent["binds"], target=target)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("settings" if intent["binds"] else "login")


def _finish_wechat(request: HttpRequest, *, code: str, binds: int | None, target: str) -> HttpResponse:
    ratelimit.hit(settings.LOGIN_IP_LIMIT, "login-ip", clients.address(request))
    if binds is None:
        member, _created = login.by_wechat(code=code, app="h5", at=clock.now())
        auth.login(request, member, backend=BACKEND)
    elif request.user.pk == binds:
        login.bind_wechat(member_id=binds, code=code, app="h5", at=clock.now())
        messages.success(request, _t("微信已绑定，下次可一键登录"))
    return HttpResponseRedirect(target)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session here and on the server."""
    auth.logout(request)
    return redirect("/")


urlpatterns = [
    path("login/", page, name="login"),
    path("login/code/", send_code, name="login-code"),
    path("login/wechat/", wechat_start, name="login-wechat"),
    path("login/wechat/callback/", wechat_callback, name="login-wechat-callback"),
    path("logout/", leave, name="logout"),
]
