"""Lists of products: search, filters, facets and suggestions."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import BooleanField, Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy, Subquery
from django.db.models.functions import Coalesce

from catalog import search as text
from catalog.models import SKU, Brand, Category, HotWord, Product
from catalog.queries import views

MAX_PAGE_SIZE = 100
MAX_PAGE = 10_000
SUGGESTIONS = 10
HOT_WORDS = 10
BRANDS = 20
# Upper ends of the price bands, in fen.
BANDS = (5_000, 10_000, 20_000, 50_000, 100_000)

ORDERINGS: dict[str, tuple[OrderBy, ...]] = {
    "-sales": (F("sales_count").desc(), F("id").desc()),
    "sales": (F("sales_count").asc(), F("id").asc()),
    "price": (F("min_price_fen").asc(), F("id").asc()),
    "-price": (F("min_price_fen").desc(), F("id").desc()),
    "-created": (F("published_at").desc(nulls_last=True), F("id").desc()),
    "created": (F("published_at").asc(nulls_last=True), F("id").asc()),
}


class _TsQuery(SearchQuery):
    """A tsquery literal: no parser between our words and the index."""

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # type: ignore[override]
        sql, params = compiler.compile(self.source_expressions[-1])
        return f"{sql}::tsquery", params


def search(
    *,
    q: str = "",
    category: str | None = None,
    brand: str | None = None,
    price_min_fen: int | None = None,
    price_max_fen: int | None = None,
    audience: str | None = None,
    in_stock: bool = False,
    ordering: str = "",
    page: int = 1,
    page_size: int = 20,
) -> views.Page[views.ProductCard]:
    """Products on sale, in two statements (one or two more when only near matches exist).

    `category` and `brand` are slugs; a category includes its descendants. Without `ordering` the best match comes
    first when there is a `q`, the best seller otherwise. Raises UnknownOrdering.
    """
    if ordering and ordering not in ORDERINGS:
        raise views.UnknownOrdering(attr="ordering")
    page = min(max(page, 1), MAX_PAGE)
    page_size = min(max(page_size, 1), MAX_PAGE_SIZE)
    base = _filtered(
        category=category,
        brand=brand,
        price_min_fen=price_min_fen,
        price_max_fen=price_max_fen,
        audience=audience,
        in_stock=in_stock,
    )
    wanted = text.normalise(q[: text.MAX_QUERY])
    found, ranks, near = base, _no_ranks(), False
    if wanted:
        found, ranks = _matching(base, wanted)
    count = found.count()
    for nearly in (_loosely, _alike) if wanted and not count else ():
        near = True
        found, ranks = nearly(base, wanted)
        count = found.count()
        if count:
            break
    order = ORDERINGS[ordering] if ordering else (*ranks, *ORDERINGS["-sales"])
    start = (page - 1) * page_size
    rows = with_card_facts(found).order_by(*order)[start : start + page_size] if count > start else []
    return views.Page(
        items=[card(row) for row in rows], count=count, page=page, page_size=page_size, near=near and count > 0
    )


def facets(*, q: str = "", category: str | None = None) -> views.Facets:
    """Brands and price bands among the products of a list, with counts, in two statements."""
    found = _filtered(category=category)
    wanted = text.normalise(q[: text.MAX_QUERY])
    if wanted:
        found, _ranks = _matching(found, wanted)
    brands = (
        found.filter(brand__isnull=False)
        .values("brand__name", "brand__slug")
        .annotate(number=Count("pk"))
        .order_by("-number", "brand__slug")[:BRANDS]
    )
    counted = dict(
        found.annotate(
            band=Case(
                *(When(min_price_fen__lt=high, then=Value(i)) for i, high in enumerate(BANDS)),
                default=Value(len(BANDS)),
                output_field=IntegerField(),
            )
        )
        .values_list("band")
        .annotate(number=Count("pk"))
        .order_by("band")
    )
    edges = [0, *BANDS, None]
    return views.Facets(
        brands=[
            views.BrandFacet(name=row["brand__name"], slug=row["brand__slug"], count=row["number"]) for row in brands
        ],
        bands=[
            views.PriceBand(low_fen=edges[i] or 0, high_fen=edges[i + 1], count=number) for i, number in counted.items()
        ],
    )


def suggestions(*, q: str) -> list[views.Suggestion]:
    """Completions of what is typed, in Chinese, pinyin or initials: categories, brands, then best sellers."""
    wanted = text.normalise(q[: text.MAX_QUERY])
    if not wanted:
        return []
    found: list[views.Suggestion] = []
    tables: Sequence[tuple[str, QuerySet]] = [
        ("category", Category.objects.filter(is_visible=True).order_by("tree_id", "lft")),
        ("brand", Brand.objects.all()),
    ]
    for kind, rows in tables:
        named = [row for row in rows.values_list("name", "slug") if text.begins(row[0], wanted)]
        found += [views.Suggestion(text=name, kind=kind, slug=slug) for name, slug in named[:3]]
    products, _ranks = _matching(_on_sale(), wanted)
    titles = products.order_by("-sales_count", "-pk").values_list("name", "slug")[:SUGGESTIONS]
    found += [views.Suggestion(text=name, kind="product", slug=slug) for name, slug in titles]
    return found[:SUGGESTIONS]


def hot_words() -> list[str]:
    """The merchant's words; without any, the categories that sell best."""
    words = list(HotWord.objects.filter(is_visible=True).values_list("text", flat=True)[:HOT_WORDS])
    if words:
        return words
    best = _on_sale().order_by("-sales_count", "-pk").values_list("category__name", flat=True)[:50]
    return list(dict.fromkeys(best))[:HOT_WORDS]


def with_card_facts(products: QuerySet[Product]) -> QuerySet[Product]:
    """Join what `card` reads, so that a list is one statement."""
    return (
        products.select_related("brand", "cover")
        .annotate(has_stock=_stock_flag())
        .defer("description_html", "search_vector", "search_text", "options", "attributes")
    )


def card(row: Product) -> views.ProductCard:
    """The card of a product that came `with_card_facts`."""
    return views.ProductCard(
        id=row.pk,
        slug=row.slug,
        name=row.name,
        subtitle=row.subtitle,
        brand=row.brand.name if row.brand else "",
        min_price_fen=row.min_price_fen,
        max_price_fen=row.max_price_fen,
        market_price_fen=row.market_price_fen,
        sales_count=row.sales_count,
        in_stock=row.has_stock,  # type: ignore[attr-defined]  # annotated
        picture=views.picture(row.cover, alt=row.name),
    )


def _on_sale() -> QuerySet[Product]:
    return Product.objects.filter(state=Product.State.ON_SALE)


def _sellable() -> QuerySet[SKU]:
    return SKU.objects.filter(product=OuterRef("pk"), is_active=True, stock__on_hand__gt=F("stock__reserved"))


def _has_stock() -> Exists:
    return Exists(_sellable())


def _stock_flag() -> Coalesce:
    """The same for the rows of a page. PostgreSQL may answer EXISTS in a select list by hashing the stock of the whole
    catalogue, whatever the page needs; a scalar subquery is looked up row by row, after the LIMIT."""
    found = Subquery(_sellable().values(found=Value(True))[:1], output_field=BooleanField())
    return Coalesce(found, Value(False))


def _filtered(
    *,
    category: str | None = None,
    brand: str | None = None,
    price_min_fen: int | None = None,
    price_max_fen: int | None = None,
    audience: str | None = None,
    in_stock: bool = False,
) -> QuerySet[Product]:
    found = _on_sale()
    if category:
        root = Category.objects.filter(
            slug=category, tree_id=OuterRef("tree_id"), lft__lte=OuterRef("lft"), rght__gte=OuterRef("rght")
        )
        found = found.filter(category__in=Category.objects.filter(Exists(root)))
    if brand:
        found = found.filter(brand__slug=brand)
    if price_min_fen is not None:
        found = found.filter(max_price_fen__gte=price_min_fen)
    if price_max_fen is not None:
        found = found.filter(min_price_fen__lte=price_max_fen)
    if audience:
        found = found.filter(audience__in=[audience, Product.Audience.EVERYONE])
    if in_stock:
        found = found.filter(_has_stock())
    return found


def _matching(base: QuerySet[Product], wanted: str) -> tuple[QuerySet[Product], tuple[OrderBy, ...]]:
    """Every word must match, as a prefix; or the whole phrase is part of the title or its pinyin."""
    condition = Q()
    ranks: tuple[OrderBy, ...] = _no_ranks()
    literal = text.strict_query(wanted)
    if literal:
        query = _TsQuery(literal)
        condition |= Q(search_vector=query)
        ranks = (OrderBy(SearchRank(F("search_vector"), query), descending=True),)
    if len(wanted) >= text.MIN_SUBSTRING:
        condition |= Q(search_text__contains=wanted)
    return (base.filter(condition) if condition else base.none()), ranks


def _loosely(base: QuerySet[Product], wanted: str) -> tuple[QuerySet[Product], tuple[OrderBy, ...]]:
    """Any word of the query, or the beginning of a misspelt one."""
    literal = text.loose_query(wanted)
    if not literal:
        return base.none(), _no_ranks()
    query = _TsQuery(literal)
    return base.filter(search_vector=query), (OrderBy(SearchRank(F("search_vector"), query), descending=True),)


def _alike(base: QuerySet[Product], wanted: str) -> tuple[QuerySet[Product], tuple[OrderBy, ...]]:
    """Letters much like the query's ("ongjing"). Slower than words, hence last."""
    likeness = TrigramWordSimilarity(wanted, "search_text")
    return base.filter(search_text__trigram_word_similar=wanted), (OrderBy(likeness, descending=True),)


def _no_ranks() -> tuple[OrderBy, ...]:
    return ()
