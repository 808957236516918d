"""分类、分类商品、搜索: three ways into the same list."""

import dataclasses
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from catalog import queries as catalog
from mall.h5.cards import cards
from mall.kernel import money, ratelimit

PAGE_SIZE = 20
MAX_PAGES = 50
SORTS = (
    ("", _l("综合")),
    ("-sales", _l("销量")),
    ("-created", _l("新品")),
    ("price", _l("价格↑")),
    ("-price", _l("价格↓")),
)
AUDIENCES = (("women", _l("女士")), ("men", _l("男士")), ("children", _l("儿童")), ("seniors", _l("长辈")))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """What the visitor asks for, read from the address; nonsense in it is dropped, never an error."""

    q: str
    category: str | None
    brand: str | None
    price_min_fen: int | None
    price_max_fen: int | None
    audience: str | None
    in_stock: bool
    ordering: str
    page: int

    @classmethod
    def read(cls, request: HttpRequest, *, category: str | None = None) -> "Wish":
        given = request.GET
        page = given.get("page", "1")
        return cls(
            q=given.get("q", "").strip().replace("\x00", "")[:60],
            category=category,
            brand=given.get("brand") or None,
            price_min_fen=_fen(given.get("price_min", "")),
            price_max_fen=_fen(given.get("price_max", "")),
            audience=given.get("audience") if given.get("audience") in dict(AUDIENCES) else None,
            in_stock=given.get("in_stock") == "1",
            ordering=given.get("ordering", "") if given.get("ordering", "") in dict(SORTS) else "",
            page=min(int(page), MAX_PAGES) if page.isascii() and page.isdigit() and int(page) > 0 else 1,
        )

    def link(self, **changes: Any) -> str:
        """The same wish with changes, as a query string (`?…`); leaves out what is empty."""
        fields: dict[str, Any] = {
            "q": self.q,
            "brand": self.brand,
            "price_min": "" if self.price_min_fen is None else money.yuan(self.price_min_fen),
            "price_max": "" if self.price_max_fen is None else money.yuan(self.price_max_fen),
            "audience": self.audience,
            "in_stock": "1" if self.in_stock else "",
            "ordering": self.ordering,
            **changes,
        }
        return "?" + urlencode({key: value for key, value in fields.items() if value})

    def find(self, *, page: int, page_size: int = PAGE_SIZE) -> catalog.Page[catalog.ProductCard]:
        return catalog.search(
            q=self.q,
            category=self.category,
            brand=self.brand,
            price_min_fen=self.price_min_fen,
            price_max_fen=self.price_max_fen,
            audience=self.audience,
            in_stock=self.in_stock,
            ordering=self.ordering,
            page=page,
            page_size=page_size,
        )


def _fen(text: str) -> int | None:
    try:
        return money.parse_yuan(text) if text else None
    except ValueError:
        return None


def _list(request: HttpRequest, wish: Wish, context: dict[str, Any]) -> HttpResponse:
    """The page, or for an infinite list only the next rows. Page n of a full request shows rows 1 to n."""
    found = wish.find(page=wish.page)
    items = list(found.items)
    if not request.headers.get("HX-Request"):
        for earlier in range(wish.page - 1, 0, -1):
            items = [*wish.find(page=earlier).items, *items]
    more = found.count > wish.page * PAGE_SIZE and wish.page < MAX_PAGES
    context |= {
        "wish": wish,
        "products": cards(items),
        "count": found.count,
        "near": found.near,
        "next_url": wish.link(page=wish.page + 1) if more else "",
    }
    if request.headers.get("HX-Request"):
        return render(request, "h5/listing/_cards.html", context)
    facets = catalog.facets(q=wish.q, category=wish.category)
    context |= {
        "sorts": [
            {"label": label, "url": wish.link(ordering=key), "current": wish.ordering == key} for key, label in SORTS
        ],
        "brands": facets.brands,
        "bands": [_band(wish, band) for band in facets.bands],
        "audiences": AUDIENCES,
        "chips": _chips(wish, {brand.slug: brand.name for brand in facets.brands}),
    }
    return render(request, "h5/listing/page.html", context)


def _band(wish: Wish, band: catalog.PriceBand) -> dict[str, Any]:
    low, high = money.yuan(band.low_fen), money.yuan(band.high_fen) if band.high_fen else ""
    label = f"¥{low[:-3]}–{high[:-3]}" if high else _("¥{low} 以上").format(low=low[:-3])
    current = (wish.price_min_fen or 0) == band.low_fen and wish.price_max_fen == band.high_fen
    return {
        "label": label,
        "count": band.count,
        "url": wish.link(price_min=low if band.low_fen else "", price_max=high),
        "current": current,
    }


def _chips(wish: Wish, brands: dict[str, str]) -> list[dict[str, str]]:
    """The filters in force, each with the address that takes it off."""
    chips = []
    if wish.brand:
        chips.append({"label": brands.get(wish.brand, wish.brand), "url": wish.link(brand="")})
    if wish.price_min_fen is not None or wish.price_max_fen is not None:
        low = money.yuan(wish.price_min_fen or 0)
        high = money.yuan(wish.price_max_fen) if wish.price_max_fen is not None else "∞"
        chips.append({"label": f"¥{low}–{high}", "url": wish.link(price_min="", price_max="")})
    if wish.audience:
        chips.append({"label": str(dict(AUDIENCES)[wish.audience]), "url": wish.link(audience="")})
    if wish.in_stock:
        chips.append({"label": _("有货"), "url": wish.link(in_stock="")})
    return chips


def category_index(request: HttpRequest) -> HttpResponse:
    """All categories: the first level on the left, what is below on the right."""
    tree = catalog.category_tree()
    current = next((node for node in tree if node.slug == request.GET.get("k")), tree[0] if tree else None)
    return render(request, "h5/listing/categories.html", {"tree": tree, "current": current})


def category(request: HttpRequest, slug: str) -> HttpResponse:
    place = catalog.category(slug=slug)
    return _list(request, Wish.read(request, category=slug), {"category": place, "title": place.name})


def search(request: HttpRequest) -> HttpResponse:
    wish = Wish.read(request)
    if not request.GET:
        return render(request, "h5/listing/search.html", {"hot_words": catalog.hot_words(), "wish": wish})
    return _list(request, wish, {"title": wish.q or _("全部商品")})


def suggestions(request: HttpRequest) -> HttpResponse:
    """Completions while typing, as a fragment."""
    ratelimit.hit("120/minute", "suggest", request.META.get("REMOTE_ADDR", ""))
    words = catalog.suggestions(q=request.GET.get("q", "").replace("\x00", ""))
    if request.headers.get("HX-Request"):
        return render(request, "h5/listing/_suggestions.html", {"suggestions": words})
    return JsonResponse({"results": [dataclasses.asdict(word) for word in words]})


urlpatterns = [
    path("c/", category_index, name="categories"),
    path("c/<slug:slug>/", category, name="category"),
    path("s/", search, name="search"),
    path("s/suggestions/", suggestions, name="search-suggestions"),
]
