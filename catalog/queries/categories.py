"""The category tree."""

from catalog.models import Category
from catalog.queries import views
from mall.kernel.errors import NotFound


def category_tree() -> list[views.CategoryNode]:
    """All visible categories, nested, in one statement. A hidden category hides what is below it."""
    rows = list(Category.objects.filter(is_visible=True).order_by("tree_id", "lft"))
    children: dict[int | None, list[Category]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    return _nodes(children, None)


def category(*, slug: str) -> views.CategoryPage:
    """One visible category by slug, with ancestors and children. Raises NotFound."""
    row = Category.objects.filter(slug=slug, is_visible=True).first()
    if row is None:
        raise NotFound
    return views.CategoryPage(
        id=row.pk,
        name=row.name,
        slug=row.slug,
        picture=_url(row),
        ancestors=ancestors(row),
        children=[link(child) for child in row.get_children().filter(is_visible=True)],
    )


def ancestors(row: Category) -> list[views.Link]:
    """From the root to the parent."""
    return [link(ancestor) for ancestor in row.get_ancestors()]


def link(row: Category) -> views.Link:
    """The category as a link."""
    return views.Link(id=row.pk, name=row.name, slug=row.slug)


def _nodes(children: dict[int | None, list[Category]], parent: int | None) -> list[views.CategoryNode]:
    return [
        views.CategoryNode(
            id=row.pk, name=row.name, slug=row.slug, picture=_url(row), children=_nodes(children, row.pk)
        )
        for row in children.get(parent, [])
    ]


def _url(row: Category) -> str:
    return row.picture.url if row.picture else ""
