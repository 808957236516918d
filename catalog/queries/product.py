"""One product."""

from django.db.models import Subquery

from catalog import matrix
from catalog.models import SKU, Category, Product
from catalog.queries import categories, views
from catalog.queries.listing import card, with_card_facts
from mall.kernel.errors import NotFound


def product_page(*, slug: str | None = None, id: int | None = None, drafts: bool = False) -> views.ProductPage:
    """The page of a product by slug or id, in four statements.

    Raises NotFound for an unknown one and, unless `drafts`, for one that was never published.
    """
    rows = Product.objects.select_related("category", "brand")
    row = rows.filter(pk=id).first() if id is not None else rows.filter(slug=slug or "").first()
    if row is None or (row.state == Product.State.DRAFT and not drafts):
        raise NotFound
    skus = [
        _sku(sku, row)
        for sku in row.skus.filter(is_active=True).select_related("stock", "picture").order_by("position", "pk")
    ]
    cover_first = sorted(row.pictures.all(), key=lambda p: (p.pk != row.cover_id, p.position, p.pk))
    gallery = [views.picture(picture, alt=row.name) for picture in cover_first]
    category: Category = row.category
    return views.ProductPage(
        id=row.pk,
        slug=row.slug,
        name=row.name,
        subtitle=row.subtitle,
        category=categories.link(category),
        ancestors=categories.ancestors(category),
        brand=views.Link(id=row.brand.pk, name=row.brand.name, slug=row.brand.slug) if row.brand else None,
        audience=row.audience,
        audience_label=row.get_audience_display(),
        options=row.options,
        attributes=row.attributes,
        description_html=row.description_html,
        on_sale=row.state == Product.State.ON_SALE,
        limit_per_order=row.limit_per_order,
        min_price_fen=row.min_price_fen,
        max_price_fen=row.max_price_fen,
        market_price_fen=row.market_price_fen,
        sales_count=row.sales_count,
        in_stock=any(sku.sellable > 0 for sku in skus),
        gallery=[picture for picture in gallery if picture],
        skus=skus,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def similar(*, product_id: int, size: int = 6) -> list[views.ProductCard]:
    """Best sellers of the same category tree, without the product itself, in one statement."""
    of = Category.objects.filter(products=product_id)
    tree = Subquery(of.values("tree_id")[:1])
    rows = Product.objects.filter(state=Product.State.ON_SALE, category__tree_id=tree).exclude(pk=product_id)
    rows = rows.annotate(own_category=Subquery(of.values("pk")[:1]))
    nearest = with_card_facts(rows).order_by("-sales_count", "-pk")[: 4 * size]
    # Stable: those of the very category first, each part by sales.
    return [card(row) for row in sorted(nearest, key=_elsewhere)[:size]]


def _elsewhere(row: Product) -> bool:
    return bool(row.category_id != row.own_category)  # type: ignore[attr-defined]  # annotated


def _sku(sku: SKU, product: Product) -> views.SkuView:
    return views.SkuView(
        id=sku.pk,
        code=sku.code,
        specs=sku.specs,
        spec_text=matrix.text(sku.specs, product.options),
        price_fen=sku.price_fen,
        market_price_fen=sku.market_price_fen,
        sellable=sku.stock.sellable,
        picture=views.picture(sku.picture, alt=product.name),
    )
