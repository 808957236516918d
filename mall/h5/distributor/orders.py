"""推广订单: what people below bought, and what of it is mine."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from distribution.queries import pages
from distribution.queries.promoter import COMMISSION_STATES, Promoter
from mall.h5.distributor.access import Window, distributors_only, query, show_list
from mall.h5.distributor.earnings import TIERS


@distributors_only
def listing(request: HttpRequest, person: Promoter) -> HttpResponse:
    wanted = request.GET.get("state", "")
    state = wanted if wanted in COMMISSION_STATES else ""
    window = Window.of(request)
    total = pages.promoted_count(distributor_id=person.id, state=state)
    choices = [("", _("全部")), *COMMISSION_STATES.items()]
    return show_list(
        request,
        "orders",
        window,
        rows=pages.promoted(distributor_id=person.id, state=state, **window.bounds),
        next_url=window.next_url(total=total, fields={"state": state}),
        total=total,
        state=state,
        tier_names=TIERS,
        tabs=[{"label": label, "url": "?" + query(state=key), "current": state == key} for key, label in choices],
    )


urlpatterns = [path("d/orders/", listing, name="d-orders")]
