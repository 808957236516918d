"""海报: choose a picture with one's own code on it, look at it, keep it by a long press."""

import io
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from catalog import queries as catalog
from distribution.queries.promoter import Promoter
from mall.h5.distributor.access import distributors_only, query
from mall.kernel.errors import NotFound


@distributors_only
def page(request: HttpRequest, person: Promoter) -> HttpResponse:
    product = _product(request)
    context: dict[str, Any] = {
        "product": product,
        "person": person,
        "image_url": f"{reverse('d-posters-image')}?{query(product=product.id if product else '')}",
        "share_url": _link(person, product),
        "can_earn": person.is_active,
    }
    return render(request, "h5/distributor/posters.html", context)


@distributors_only
def image(request: HttpRequest, person: Promoter) -> HttpResponse:
    """The poster itself, as PNG."""
    drawn = io.BytesIO()
    segno.make(_link(person, _product(request)), error="m").save(drawn, kind="png", scale=14, border=3)
    return HttpResponse(drawn.getvalue(), content_type="image/png")


def _product(request: HttpRequest) -> catalog.ProductPage | None:
    """The product of the address, if it names one that is on sale."""
    text = request.GET.get("product", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        return None
    try:
        return catalog.product_page(id=int(text))
    except NotFound:
        return None


def _link(person: Promoter, product: catalog.ProductPage | None) -> str:
    """The referral link, to the product or to the home page."""
    link = settings.SITE_URL + reverse("referral", args=[person.code])
    return f"{link}?to={reverse('product', args=[product.slug])}" if product else link


urlpatterns = [
    path("d/posters/", page, name="d-posters"),
    path("d/posters/image.png", image, name="d-posters-image"),
]
