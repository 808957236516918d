"""余额: how much there is and every change of it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from mall.h5 import paging
from payments import queries as payments

PAGE_SIZE = 20


@never_cache
@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    member_id = int(request.user.pk or 0)
    window = paging.window(request, size=PAGE_SIZE)
    context = {
        "entries": payments.wallet_entries(member_id=member_id, page=window.page, page_size=window.page_size),
        "next_url": window.next_url(count=payments.wallet_entry_count(member_id=member_id)),
        "page": window.number,
    }
    if window.is_fragment:
        return render(request, "h5/wallet/_entries.html", context)
    context["balance_fen"] = payments.wallet(member_id=member_id).balance_fen
    return render(request, "h5/wallet/page.html", context)


urlpatterns = [path("me/wallet/", page, name="wallet")]
