"""Settings: nickname, password, WeChat, language, display, personal data, signing out."""

from django import forms
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from mall.kernel.errors import DomainError
from members import queries
from members.services import profile


class NicknameForm(forms.Form):
    """The name others see."""

    nickname = forms.CharField(
        label=_("昵称"), max_length=60, widget=forms.TextInput(attrs={"class": "input", "autocomplete": "nickname"})
    )


class PasswordForm(forms.Form):
    """A new password, with the current one where there is one."""

    current = forms.CharField(
        label=_("当前密码"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("新密码"),
        strip=False,
        max_length=128,
        help_text=_("至少 8 位，不能全是数字"),
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password"}),
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """`/me/settings/`; the hidden `form` field says which of the two forms was sent."""
    member = queries.member(member_id=int(request.user.pk or 0))
    which = request.POST.get("form", "")
    nickname = NicknameForm(request.POST if which == "nickname" else None, initial={"nickname": member.nickname})
    password = PasswordForm(request.POST if which == "password" else None)
    if not member.has_usable_password():
        del password.fields["current"]
    if which == "nickname" and nickname.is_valid() and _renamed(nickname, member.pk):
        messages.success(request, _t("昵称已保存"))
        return redirect("settings")
    if which == "password" and password.is_valid() and _changed(request, password, member.pk):
        messages.success(request, _t("密码已更新，其他设备需重新登录"))
        return redirect("settings")
    context = {
        "member": member,
        "nickname_form": nickname,
        "password_form": password,
        "wechat_bound": queries.openid(member_id=member.pk, appid=settings.WECHAT_APPID) is not None,
        "has_wechat": bool(settings.WECHAT_APPID),
    }
    status = 422 if nickname.errors or password.errors else 200
    return render(request, "h5/settings/page.html", context, status=status)


def _renamed(form: NicknameForm, member_id: int) -> bool:
    try:
        profile.rename(member_id=member_id, nickname=form.cleaned_data["nickname"])
    except DomainError as refusal:
        form.add_error("nickname", refusal.detail)
        return False
    return True


def _changed(request: HttpRequest, form: PasswordForm, member_id: int) -> bool:
    given = form.cleaned_data
    try:
        profile.change_password(member_id=member_id, current=given.get("current", ""), new=given["new"])
    except DomainError as refusal:
        form.add_error(refusal.attr if refusal.attr in form.fields else None, refusal.detail)
        return False
    auth.update_session_auth_hash(request, queries.member(member_id=member_id))
    return True


urlpatterns = [
    path("me/settings/", page, name="settings"),
    # Django's view: it sets the cookie ChosenLanguageMiddleware reads and follows `next` only within this host.
    path("language/", require_POST(set_language), name="language"),
]
