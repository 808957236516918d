"""首页: what the shop wants to show today."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from catalog import queries as catalog
from mall.h5.cards import cards
from mall.kernel import clock
from marketing import queries as marketing


def home(request: HttpRequest) -> HttpResponse:
    sections = catalog.home_sections()
    at = clock.now()
    return render(
        request,
        "h5/home/page.html",
        {
            "categories": sections.categories,
            "banners": catalog.banners(),
            "coupons": marketing.claimable(member_id=request.user.pk, at=at)[:4],
            "reductions": marketing.reductions_at(at=at),
            "hot": cards(sections.hot),
            "new": cards(sections.new),
            "recommended": cards(sections.recommended),
            "more_url": reverse("search"),
        },
    )


urlpatterns = [path("", home, name="home")]
