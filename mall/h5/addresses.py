"""The address book: list, edit, default, and reading a pasted address."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mall.h5.local_urls import next_of
from mall.kernel.errors import DomainError
from members import address_text, queries
from members.services import addresses

FIELDS = ("name", "phone", "province", "city", "district", "street", "tag", "is_default")
REGION = ("province", "city", "district")


class AddressForm(forms.Form):
    """The fields of an address; the three of the region are drawn by the picker."""

    name = forms.CharField(
        label=_("收货人"), max_length=30, widget=forms.TextInput(attrs={"class": "input", "autocomplete": "name"})
    )
    phone = forms.RegexField(
        r"\A1[3-9][0-9]{9}\Z",
        label=_("手机号"),
        error_messages={"invalid": _("请填写 11 位手机号")},
        widget=forms.TextInput(
            attrs={"class": "input", "type": "tel", "inputmode": "numeric", "autocomplete": "tel-national"}
        ),
    )
    province = forms.CharField(max_length=40, error_messages={"required": _("请选择所在地区")})
    city = forms.CharField(max_length=40, error_messages={"required": _("请选择所在地区")})
    district = forms.CharField(max_length=40, error_messages={"required": _("请选择所在地区")})
    street = forms.CharField(
        label=_("详细地址"),
        max_length=120,
        widget=forms.Textarea(
            attrs={
                "class": "input",
                "rows": 2,
                "autocomplete": "street-address",
                "placeholder": _("街道、门牌号、楼层"),
            }
        ),
    )
    tag = forms.ChoiceField(
        label=_("标签"),
        required=False,
        choices=[("", _("无")), ("家", _("家")), ("公司", _("公司")), ("学校", _("学校"))],
        widget=forms.Select(attrs={"class": "input"}),
    )
    is_default = forms.BooleanField(label=_("设为默认地址"), required=False)


@never_cache
@login_required
@require_GET
def book(request: HttpRequest) -> HttpResponse:
    """All addresses; with `?next=` each can be chosen for the page that asked."""
    rows = queries.addresses(member_id=int(request.user.pk or 0))
    target = next_of(request, default="")
    return render(request, "h5/addresses/list.html", {"rows": rows, "next": target, "limit": addresses.MAX_PER_MEMBER})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, address_id: int | None = None) -> HttpResponse:
    """A new address, or one of the member's own; 智能识别 fills the form from pasted text."""
    member_id = int(request.user.pk or 0)
    row = queries.address(member_id=member_id, address_id=address_id) if address_id else None
    initial: dict[str, Any] = {name: getattr(row, name) for name in FIELDS} if row else {}
    form = AddressForm(initial=initial)
    if "parse" in request.POST:
        form = AddressForm(initial=_recognised(request, initial))
    elif request.method == "POST":
        form = AddressForm(request.POST)
        if form.is_valid() and _saved(form, member_id, address_id):
            messages.success(request, _t("地址已保存"))
            return HttpResponseRedirect(next_of(request, default="/me/addresses/"))
    context = {
        "form": form,
        "row": row,
        "region": {name: form[name].value() for name in REGION},
        "region_errors": [error for name in REGION for error in form[name].errors][:1],
        "next": next_of(request, default=""),
        "pasted": request.POST.get("paste", "")[: address_text.MAX_LENGTH],
        "max_paste": address_text.MAX_LENGTH,
    }
    return render(request, "h5/addresses/form.html", context, status=422 if form.errors else 200)


def _saved(form: AddressForm, member_id: int, address_id: int | None) -> bool:
    data = addresses.AddressData(**form.cleaned_data)
    try:
        addresses.save(member_id=member_id, data=data, address_id=address_id)
    except DomainError as refusal:
        form.add_error(refusal.attr if refusal.attr in form.fields else None, refusal.detail)
        return False
    return True


def _recognised(request: HttpRequest, initial: dict[str, Any]) -> dict[str, Any]:
    """What the pasted text says, over what the form already held."""
    typed = {name: request.POST.get(name, "") for name in FIELDS if request.POST.get(name)}
    found = vars(address_text.parse(request.POST.get("paste", ""), queries.region_tree()))
    return initial | typed | {name: value for name, value in found.items() if value}


@login_required
@require_POST
def remove(request: HttpRequest, address_id: int) -> HttpResponse:
    """Delete one address."""
    addresses.delete(member_id=int(request.user.pk or 0), address_id=address_id)
    messages.success(request, _t("地址已删除"))
    return redirect("addresses")


@login_required
@require_POST
def make_default(request: HttpRequest, address_id: int) -> HttpResponse:
    """Start checkouts with this address."""
    addresses.set_default(member_id=int(request.user.pk or 0), address_id=address_id)
    return redirect("addresses")


urlpatterns = [
    path("me/addresses/", book, name="addresses"),
    path("me/addresses/new/", edit, name="address-new"),
    path("me/addresses/<int:address_id>/", edit, name="address-edit"),
    path("me/addresses/<int:address_id>/delete/", remove, name="address-delete"),
    path("me/addresses/<int:address_id>/default/", make_default, name="address-default"),
]
