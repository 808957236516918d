"""选品: what can be promoted, what it would earn, and the link to share."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from catalog import queries as catalog
from distribution.queries import pitch
from distribution.queries.promoter import Promoter
from mall.h5.cards import card
from mall.h5.distributor.access import Window, distributors_only, query, show_list
from mall.kernel import clock

SORTS = (("-sales", _("销量")), ("-created", _("新品")), ("-price", _("价格↓")), ("price", _("价格↑")))


@distributors_only
def listing(request: HttpRequest, person: Promoter) -> HttpResponse:
    window = Window.of(request)
    q = request.GET.get("q", "").strip().replace("\x00", "")[:60]
    wanted = request.GET.get("ordering", "")
    ordering = wanted if wanted in dict(SORTS) else "-sales"
    limit = window.bounds["limit"]
    found = catalog.search(
        q=q,
        ordering=ordering,
        in_stock=True,
        page=window.page if window.is_fragment else 1,
        page_size=limit,
    )
    earn = pitch.earnings_of(product_ids=[view.id for view in found.items], at=clock.now())
    return show_list(
        request,
        "goods",
        window,
        rows=[_row(view, earn.get(view.id, 0), person) for view in found.items],
        next_url=window.next_url(total=found.count, fields={"q": q, "ordering": ordering}),
        count=found.count,
        q=q,
        ordering=ordering,
        can_earn=person.is_active,
        sorts=[
            {"label": label, "url": "?" + query(q=q, ordering=key), "current": ordering == key} for key, label in SORTS
        ],
    )


def _row(view: catalog.ProductCard, earn_fen: int, person: Promoter) -> dict[str, Any]:
    target = reverse("product", args=[view.slug])
    link = f"{settings.SITE_URL}{reverse('referral', args=[person.code])}?to={target}"
    return card(view, earn_fen=earn_fen) | {"link": link, "id": view.id}


urlpatterns = [path("d/goods/", listing, name="d-goods")]
