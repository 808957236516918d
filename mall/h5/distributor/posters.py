"""海报: choose a picture with one's own code on it, look at it, keep it by a long press."""

import dataclasses
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from catalog import queries as catalog
from distribution import posters
from distribution.queries import poster
from distribution.queries.promoter import Promoter
from mall.h5.distributor.access import distributors_only, query
from mall.kernel.errors import NotFound

NAMES = {"store": _("店铺"), "product": _("好物"), "festive": _("节日")}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """Which poster: a template, for a product or the shop, with one's nickname or without."""

    template: str
    product: catalog.ProductPage | None
    is_anonymous: bool

    @classmethod
    def read(cls, request: HttpRequest) -> "Wish":
        product = _product(request.GET.get("product", ""))
        wanted = request.GET.get("template", "")
        usual = "product" if product else "store"
        return cls(
            template=wanted if wanted in posters.TEMPLATES else usual,
            product=product,
            is_anonymous=request.GET.get("name") == "0",
        )

    def link(self, **changes: Any) -> str:
        """The same wish with changes, as a query string."""
        fields = {
            "template": self.template,
            "product": self.product.id if self.product else "",
            "name": "0" if self.is_anonymous else "",
        }
        return "?" + query(**fields | changes)

    @property
    def target(self) -> str:
        """Where the code leads on this site."""
        return poster.target_of(self.product)


def _product(reference: str) -> catalog.ProductPage | None:
    """The product of the address; a wrong one gives the shop's poster."""
    try:
        return poster.product_of(reference)
    except NotFound:
        return None


@distributors_only
def page(request: HttpRequest, person: Promoter) -> HttpResponse:
    wish = Wish.read(request)
    context: dict[str, Any] = {
        "wish": wish,
        "person": person,
        "image_url": reverse("d-posters-image") + wish.link(),
        "share_url": posters.link(code=person.code, to=wish.target),
        "shop_url": wish.link(product="", template=""),
        "size": (posters.WIDTH, posters.HEIGHT),
        "templates": [
            {
                "label": NAMES.get(name, _("海报")),
                "url": wish.link(template=name),
                "current": wish.template == name,
            }
            for name in posters.TEMPLATES
        ],
        "name_url": wish.link(name="" if wish.is_anonymous else "0"),
    }
    return render(request, "h5/distributor/posters.html", context)


@distributors_only
def image(request: HttpRequest, person: Promoter) -> HttpResponse:
    """The poster itself as PNG."""
    wish = Wish.read(request)
    nickname = "" if wish.is_anonymous else str(getattr(request.user, "nickname", ""))
    drawn = poster.png(code=person.code, nickname=nickname, product=wish.product, template=wish.template)
    return HttpResponse(drawn, content_type="image/png")


urlpatterns = [
    path("d/posters/", page, name="d-posters"),
    path("d/posters/image.png", image, name="d-posters-image"),
]
