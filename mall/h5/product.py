"""商品详情: everything a shopper wants to know before buying, and what a distributor would earn."""

import functools
import json
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from catalog import queries as catalog
from distribution.queries import commissions, overview
from logistics import queries as logistics
from mall.h5.cards import cards
from mall.kernel import clock
from marketing import queries as marketing


def product(request: HttpRequest, slug: str) -> HttpResponse:
    page = catalog.product_page(slug=slug)
    at = clock.now()
    rule = logistics.default_rule()
    context: dict[str, Any] = {
        "product": page,
        "slides": [{"image_url": p.full_url, "image_srcset": p.srcset, "alt": p.alt} for p in page.gallery],
        "specs": _specs(page),
        "similar": cards(catalog.similar(product_id=page.id)),
        "reductions": marketing.reductions_at(at=at),
        "coupons": marketing.claimable(member_id=request.user.pk, at=at)[:3],
        "freight": rule,
        "structured": _structured(page),
    }
    code = _own_code(request)
    earn = _earnings(page) if code else {}
    context |= {
        "earn_fen": max(earn.values(), default=None),
        "matrix": _matrix(page, earn),
        **_share(page, code),
    }
    return render(request, "h5/product/page.html", context)


def by_id(request: HttpRequest, product_id: int) -> HttpResponse:
    """The address of the mini program and of old links."""
    return redirect("product", catalog.product_page(id=product_id).slug, permanent=True)


def _specs(page: catalog.ProductPage) -> list[dict[str, Any]]:
    """Options with their values; a value shows the picture of the first SKU that has one."""
    pictures: dict[tuple[str, str], str] = {}
    for sku in page.skus:
        for name, value in sku.specs.items():
            if sku.picture:
                pictures.setdefault((name, value), sku.picture.url)
    first = str(page.options[0]["name"]) if page.options else ""
    return [
        {
            "name": option["name"],
            "values": [
                {
                    "value": value,
                    "image_url": pictures.get((str(option["name"]), value), "") if option["name"] == first else "",
                }
                for value in _values(option)
            ],
        }
        for option in page.options
    ]


def _values(option: Any) -> list[str]:
    return [str(value) for value in option["values"]]


def _matrix(page: catalog.ProductPage, earn: dict[int, int]) -> dict[str, Any]:
    return {
        "names": [option["name"] for option in page.options],
        "skus": [
            {
                "id": sku.id,
                "specs": dict(sku.specs),
                "price_fen": sku.price_fen,
                "market_fen": sku.market_price_fen,
                "stock": sku.sellable,
                "image": sku.picture.url if sku.picture else "",
                "limit": page.limit_per_order or None,
                **({"earn_fen": earn[sku.id]} if sku.id in earn else {}),
            }
            for sku in page.skus
        ],
    }


def _own_code(request: HttpRequest) -> str:
    """The visitor's referral code while they are an active distributor, else an empty string."""
    if not request.user.is_authenticated:
        return ""
    person = overview.distributor_of(member_id=int(request.user.pk))
    return person.code if person and person.state == person.State.ACTIVE else ""


def _earnings(page: catalog.ProductPage) -> dict[int, int]:
    """SKU id -> fen a distributor would earn on one unit."""
    facts = catalog.sku_facts(sku_ids=[sku.id for sku in page.skus])
    amounts = {sku: (fact.price_fen, fact.list_price_fen, fact.cost_fen) for sku, fact in facts.items()}
    earned = commissions.unit_previews_fen(product_id=page.id, units=set(amounts.values()), at=clock.now())
    return {sku: earned[unit] for sku, unit in amounts.items()}


def _share(page: catalog.ProductPage, code: str) -> dict[str, Any]:
    """The link to share: a distributor's carries their code."""
    clean = reverse("product", args=[page.slug])
    url = f"{settings.SITE_URL}{reverse('referral', args=[code])}?to={clean}" if code else settings.SITE_URL + clean
    return {
        "share_url": url,
        "share_title": page.name,
        "share_text": _("推荐你看看：{name}，{subtitle}").format(name=page.name, subtitle=page.subtitle),
        "poster_url": f"/d/posters/?product={page.id}" if code else "",
        "qr_svg": _qr(url),
    }


@functools.lru_cache(maxsize=1024)
def _qr(url: str) -> SafeString:
    drawn = segno.make(url, error="m").svg_inline(scale=4, border=2, svgclass="qr", lineclass=None, omitsize=False)
    return mark_safe(drawn)  # noqa: S308 (our own drawing of our own link)


def _structured(page: catalog.ProductPage) -> SafeString:
    """JSON-LD of the product with one offer per SKU; `<` is escaped so that no text can end the script."""
    url = settings.SITE_URL + reverse("product", args=[page.slug])
    data = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": page.name,
        "description": page.subtitle,
        "image": [settings.SITE_URL + picture.full_url for picture in page.gallery],
        "brand": {"@type": "Brand", "name": page.brand.name} if page.brand else None,
        "offers": [
            {
                "@type": "Offer",
                "sku": sku.code,
                "url": url,
                "priceCurrency": "CNY",
                "price": f"{sku.price_fen // 100}.{sku.price_fen % 100:02d}",
                "availability": "https://schema.org/" + ("InStock" if sku.sellable > 0 else "OutOfStock"),
            }
            for sku in page.skus
        ],
    }
    text = json.dumps({key: value for key, value in data.items() if value}, ensure_ascii=False)
    return mark_safe(text.replace("<", "\\u003c"))  # noqa: S308 (escaped above)


urlpatterns = [
    path("p/<int:product_id>/", by_id, name="product-by-id"),
    path("p/<slug:slug>/", product, name="product"),
]
