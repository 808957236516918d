"""The home page's lists."""

from catalog.models import Banner, Product
from catalog.queries import categories, views
from catalog.queries.listing import card, with_card_facts

SECTION = 10


def home_sections(*, size: int = SECTION) -> views.HomeSections:
    """Top categories, new arrivals, best sellers, and recommendations that repeat neither, in four statements."""
    on_sale = with_card_facts(Product.objects.filter(state=Product.State.ON_SALE))
    hot = list(on_sale.order_by("-sales_count", "-pk")[:size])
    new = list(on_sale.order_by("-published_at", "-pk")[:size])
    shown = [row.pk for row in (*hot, *new)]
    recommended = list(on_sale.exclude(pk__in=shown).order_by("-sales_count", "-pk")[: 2 * size])
    return views.HomeSections(
        categories=categories.category_tree(),
        recommended=[card(row) for row in recommended or hot],
        new=[card(row) for row in new],
        hot=[card(row) for row in hot],
    )


def banners() -> list[views.BannerView]:
    """The visible banners in their order."""
    return [
        views.BannerView(image_url=row.image.url, alt=row.title, url=row.url)
        for row in Banner.objects.filter(is_visible=True)
    ]
