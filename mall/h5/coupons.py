"""领券中心 and 我的优惠券."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from mall.h5 import once
from mall.kernel import clock
from mall.kernel.errors import DomainError
from marketing import queries as marketing
from marketing.services import coupons

# The session's note of what a guest wanted before the login.
WANTED = "wanted_coupon"
TABS = (
    ("usable", gettext_lazy("可用"), gettext_lazy("没有可用的优惠券")),
    ("used", gettext_lazy("已用"), gettext_lazy("还没有用过优惠券")),
    ("expired", gettext_lazy("已过期"), gettext_lazy("没有过期的优惠券")),
)


@never_cache
@require_GET
def centre(request: HttpRequest) -> HttpResponse:
    """The coupons on offer. Somebody back from the login gets the one they tapped before it."""
    member_id = int(request.user.pk) if request.user.is_authenticated else None
    if member_id and (wanted := request.session.pop(WANTED, None)):
        _claim(request, coupon_id=wanted["coupon"], member_id=member_id, token=wanted["token"])
    offers = marketing.claimable(member_id=member_id, at=clock.now())
    return render(request, "h5/coupons/centre.html", {"offers": offers, "token": once.new_token()})


@require_POST
def claim(request: HttpRequest, coupon_id: int) -> HttpResponse:
    token = request.POST.get("token", "") or once.new_token()
    if not request.user.is_authenticated:
        request.session[WANTED] = {"coupon": coupon_id, "token": token}
        target = f"{reverse('login')}?{urlencode({'next': reverse('coupons')})}"
        return HttpResponse(headers={"HX-Redirect": target}) if request.headers.get("HX-Request") else redirect(target)
    member_id = int(request.user.pk)
    if not request.headers.get("HX-Request"):
        _claim(request, coupon_id=coupon_id, member_id=member_id, token=token)
        return redirect("coupons")
    _take(coupon_id=coupon_id, member_id=member_id, token=token)
    offers = marketing.claimable(member_id=member_id, at=clock.now())
    offer = next((offer for offer in offers if offer.id == coupon_id), None)
    response = render(request, "h5/coupons/_offer.html", {"offer": offer, "token": once.new_token()})
    response["HX-Trigger"] = json.dumps({"toast": {"message": _("领取成功"), "level": "success"}})
    return response


def _take(*, coupon_id: int, member_id: int, token: str) -> None:
    once.run(
        scope=f"member:{member_id} coupon:{coupon_id}",
        token=token,
        work=lambda: str(coupons.claim(coupon_id=coupon_id, member_id=member_id, at=clock.now())),
    )


def _claim(request: HttpRequest, *, coupon_id: int, member_id: int, token: str) -> None:
    try:
        _take(coupon_id=coupon_id, member_id=member_id, token=token)
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("领取成功"))


@never_cache
@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    chosen = request.GET.get("tab", "usable")
    tab, _label, empty = next((row for row in TABS if row[0] == chosen), TABS[0])
    return render(
        request,
        "h5/coupons/mine.html",
        {
            "held": marketing.member_coupons(member_id=int(request.user.pk or 0), state=tab, at=clock.now()),
            "tab": tab,
            "empty": empty,
            "tabs": [{"label": label, "url": f"?tab={key}", "current": key == tab} for key, label, _empty in TABS],
        },
    )


urlpatterns = [
    path("coupons/", centre, name="coupons"),
    path("coupons/<int:coupon_id>/claim/", claim, name="coupon-claim"),
    path("me/coupons/", mine, name="my-coupons"),
]
