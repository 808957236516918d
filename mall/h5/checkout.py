"""确认订单: the quote and the promise are one engine; what is shown is what `place` will charge."""

import dataclasses
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mall.h5 import once, referral
from mall.kernel import clock, money
from mall.kernel.errors import DomainError, NotFound
from members import queries as members
from orders import queries as orders
from orders.services import checkout, requests


@dataclasses.dataclass(frozen=True, kw_only=True)
class Form:
    """What is being bought, where it goes and with which coupon; the same fields in the address and in the form."""

    sku: int | None
    quantity: int
    address: int | None
    coupon: int | None
    remark: str

    @classmethod
    def read(cls, request: HttpRequest) -> "Form":
        given = request.POST if request.method == "POST" else request.GET
        return cls(
            sku=_number(given.get("sku", "")),
            quantity=_number(given.get("quantity", "1")) or 1,
            address=_number(given.get("address", "")),
            coupon=_number(given.get("coupon", "")),
            remark=given.get("remark", "").replace("\x00", "").strip()[:200],
        )

    def request(self, *, referral_code: str = "") -> checkout.CheckoutRequest:
        items = (checkout.Wanted(sku_id=self.sku, quantity=self.quantity),) if self.sku else None
        return checkout.CheckoutRequest(
            items=items,
            address_id=self.address,
            coupon_id=self.coupon,
            remark=self.remark,
            referral_code=referral_code,
        )

    @property
    def here(self) -> str:
        """The address of this page with everything chosen so far."""
        fields = {"sku": self.sku, "quantity": self.quantity if self.sku else "", "coupon": self.coupon}
        return reverse("checkout") + "?" + urlencode({k: v for k, v in fields.items() if v})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    form = Form.read(request)
    if request.method == "POST" and "place" in request.POST:
        return _place(request, form)
    return _show(request, form)


def _show(request: HttpRequest, form: Form, *, notice: str = "", status: int = 200) -> HttpResponse:
    member_id = int(request.user.pk or 0)
    at = clock.now()
    chosen = "coupon" in request.GET or request.method == "POST"
    form, priced, refused = _quote(member_id, form, best_coupon=not chosen)
    if priced is None:
        messages.error(request, refused)
        return redirect("cart")
    context = {
        "form": form,
        "priced": priced,
        "lines": [{"priced": line, "fact": priced.facts[line.item.sku_id]} for line in priced.quote.lines],
        "adjustments": _totals(priced),
        "addresses": members.addresses(member_id=member_id),
        "minutes": orders.policy().unpaid_minutes,
        "token": request.POST.get("token") or once.new_token(),
        "notice": notice or refused,
        "now": at,
    }
    template = "h5/checkout/_fragment.html" if request.headers.get("HX-Request") else "h5/checkout/page.html"
    return render(request, template, context, status=status)


def _quote(member_id: int, form: Form, *, best_coupon: bool) -> tuple[Form, checkout.CheckoutQuote | None, str]:
    """The quote; without the coupon when it does not fit, without the address when nobody delivers there.

    `best_coupon` chooses the coupon for a shopper who has not.
    """
    refused = ""
    for attempt in (form, dataclasses.replace(form, coupon=None), dataclasses.replace(form, coupon=None, address=None)):
        try:
            priced = checkout.quote(
                member_id=member_id, request=attempt.request(), best_coupon=best_coupon, at=clock.now()
            )
        except NotFound:
            refused = _("商品或地址不存在，请重新选择")
        except DomainError as error:
            refused = error.detail
        else:
            return dataclasses.replace(attempt, coupon=priced.coupon_id), priced, refused
    return form, None, refused


def _totals(priced: checkout.CheckoutQuote) -> list[dict[str, Any]]:
    """优惠明细: each rule once with its sum over the lines."""
    sums: dict[tuple[str, str], int] = {}
    for line in priced.quote.lines:
        for adjustment in line.adjustments:
            key = (adjustment.rule, adjustment.label)
            sums[key] = sums.get(key, 0) + adjustment.amount_fen
    return [{"label": label, "amount_fen": amount} for (_rule, label), amount in sums.items()]


def _place(request: HttpRequest, form: Form) -> HttpResponse:
    member_id = int(request.user.pk or 0)

    def place() -> str:
        return checkout.place(
            member_id=member_id,
            request=form.request(referral_code=referral.remembered(request)),
            fingerprint=request.POST.get("fingerprint") or None,
            at=clock.now(),
        )

    try:
        no = once.run(scope=f"member:{member_id} checkout", token=request.POST.get("token", ""), work=place)
    except checkout.PriceChanged as changed:
        now_fen = int(changed.data["payable_fen"])
        was = request.POST.get("payable_fen", "")
        old = money.yuan(int(was)) if was.isascii() and was.isdigit() else ""
        notice = _("价格或优惠有变化：¥{old} → ¥{new}，请确认后重新提交").format(old=old, new=money.yuan(now_fen))
        return _show(request, form, notice=notice, status=409)
    except (requests.EmptyBasket, NotFound) as error:
        messages.error(request, error.detail)
        return redirect("cart")
    except DomainError as error:
        return _show(request, form, notice=error.detail, status=error.status)
    return redirect("pay", no)


urlpatterns = [path("checkout/", page, name="checkout")]
