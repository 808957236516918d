"""SKUs for the domains above: carts, prices, orders, commissions."""

from collections.abc import Collection

from catalog import matrix
from catalog.models import SKU, Product
from catalog.queries import views

_UNREAD = ("description_html", "search_vector", "search_text", "attributes", "subtitle")


def sku_facts(*, sku_ids: Collection[int]) -> dict[int, views.SkuFacts]:
    """Facts by SKU id, in one statement; unknown ids are absent."""
    rows = SKU.objects.filter(pk__in=list(sku_ids)).select_related("product__cover", "picture", "stock")
    # The long texts of a product would travel with every line of every cart and order.
    rows = rows.defer(*(f"product__{field}" for field in _UNREAD))
    return {row.pk: _facts(row) for row in rows.order_by("pk")}


def _facts(row: SKU) -> views.SkuFacts:
    product = row.product
    return views.SkuFacts(
        sku_id=row.pk,
        code=row.code,
        product_id=product.pk,
        product_name=product.name,
        product_slug=product.slug,
        category_id=product.category_id,
        brand_id=product.brand_id,
        specs=row.specs,
        spec_text=matrix.text(row.specs, product.options),
        price_fen=row.price_fen,
        list_price_fen=row.market_price_fen or row.price_fen,
        cost_fen=row.cost_fen,
        weight_g=row.weight_g,
        sellable=row.stock.sellable,
        picture=views.thumbnail(row.picture or product.cover),
        active=row.is_active and product.state == Product.State.ON_SALE,
        limit_per_order=product.limit_per_order,
    )
