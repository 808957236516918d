"""海报: choose a picture with one's own code on it, look at it, keep it by a long press."""

import dataclasses
import io
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from catalog import queries as catalog
from distribution.queries.promoter import Promoter
from mall.h5 import posters
from mall.h5.distributor.access import distributors_only, query
from mall.kernel import fonts
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
        return reverse("product", args=[self.product.slug]) if self.product else "/"


def _product(text: str) -> catalog.ProductPage | None:
    """The product of this id, if it is on sale."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        return None
    try:
        return catalog.product_page(id=int(text))
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
def image(request: HttpRequest, person: Promoter) -> HttpResponseBase:
    """The poster itself as PNG; the bare code where no font can write Chinese."""
    wish = Wish.read(request)
    product = wish.product
    nickname = "" if wish.is_anonymous else str(getattr(request.user, "nickname", ""))
    try:
        name = posters.poster(
            code=person.code,
            title=product.name if product else _t("良品集 · 用心挑选每一件"),
            price_fen=min(sku.price_fen for sku in product.skus) if product and product.skus else None,
            picture_path=_picture(product),
            nickname=nickname or _t("朋友"),
            template=wish.template,
            to=wish.target,
        )
    except fonts.FontMissing:
        drawn = io.BytesIO()
        segno.make(posters.link(code=person.code, to=wish.target), error="m").save(drawn, kind="png", scale=14)
        return HttpResponse(drawn.getvalue(), content_type="image/png")
    return FileResponse(Path(settings.MEDIA_ROOT, name).open("rb"), content_type="image/png")


def _picture(product: catalog.ProductPage | None) -> str | None:
    """The file of the product's first picture below the media folder, if it is there."""
    if product is None or not product.gallery:
        return None
    name = product.gallery[0].full_url.removeprefix(settings.MEDIA_URL)
    return name if Path(settings.MEDIA_ROOT, name).is_file() else None


urlpatterns = [
    path("d/posters/", page, name="d-posters"),
    path("d/posters/image.png", image, name="d-posters-image"),
]
