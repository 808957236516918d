"""The search index: two columns of Product, rewritten whenever a word of it changes."""

from collections.abc import Iterator, Sequence

from django.db import connection

from catalog import search
from catalog.models import Brand, Category, Product
from mall.kernel.transactions import step, use_case

BATCH = 200


@step
def refresh(*, product_ids: Sequence[int]) -> None:
    """Index these products anew: name, brand, categories up to the root, subtitle and attributes."""
    products = Product.objects.filter(pk__in=list(product_ids)).select_related("brand", "category").order_by("pk")
    paths = _category_paths()
    rows = [_row(product, paths[product.category_id]) for product in products]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE catalog_product SET search_vector = %s::tsvector, search_text = %s WHERE id = %s", rows
        )


@step
def refresh_brand(*, brand_id: int) -> None:
    """After a brand was renamed."""
    refresh(product_ids=list(Product.objects.filter(brand_id=brand_id).values_list("pk", flat=True)))


@step
def refresh_category(*, category_id: int) -> None:
    """After a category was renamed or moved: its products and those of its descendants."""
    tree = Category.objects.get(pk=category_id).get_descendants(include_self=True)
    refresh(product_ids=list(Product.objects.filter(category__in=tree).values_list("pk", flat=True)))


def rebuild() -> Iterator[int]:
    """Index everything, one transaction per batch; yields how many products each batch held."""
    last = 0
    while batch := list(Product.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        _refresh_batch(product_ids=batch)
        last = batch[-1]
        yield len(batch)


@use_case
def _refresh_batch(*, product_ids: Sequence[int]) -> None:
    refresh(product_ids=product_ids)


def _category_paths() -> dict[int, str]:
    """The names from the root to each category, joined by spaces."""
    paths: dict[int, str] = {}
    for pk, parent_id, name in Category.objects.order_by("tree_id", "lft").values_list("pk", "parent_id", "name"):
        paths[pk] = f"{paths[parent_id]} {name}" if parent_id else name
    return paths


def _row(product: Product, categories: str) -> tuple[str, str, int]:
    brand: Brand | None = product.brand
    brand_name = brand.name if brand else ""
    vector = search.vector(
        name=product.name,
        brand=brand_name,
        category=categories,
        subtitle=product.subtitle,
        attributes=" ".join(str(attribute.get("value", "")) for attribute in product.attributes),
    )
    return vector, search.typing_text(name=product.name, brand=brand_name), product.pk
