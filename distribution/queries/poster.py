"""A distributor's poster: of the shop, or of one product, with the code that leads there by their link."""

import io
from pathlib import Path

import segno
from django.conf import settings
from django.utils.translation import gettext as _

from catalog import queries as catalog
from distribution import posters
from mall.kernel import fonts
from mall.kernel.errors import NotFound


def product_of(reference: str) -> catalog.ProductPage | None:
    """The product on sale that `reference` names by id or slug; None for an empty reference. Raises NotFound."""
    if not reference:
        return None
    if reference.isascii() and reference.isdigit():
        if len(reference) > 18:
            raise NotFound
        found = catalog.product_page(id=int(reference))
    else:
        found = catalog.product_page(slug=reference)
    if not found.on_sale:
        raise NotFound
    return found


def target_of(product: catalog.ProductPage | None) -> str:
    """Where the code leads on this site."""
    return f"/p/{product.slug}/" if product else "/"


def png(*, code: str, nickname: str, product: catalog.ProductPage | None = None, template: str = "") -> bytes:
    """The PNG; the bare QR code where the system has no font for Chinese. Raises UnknownTemplate."""
    to = target_of(product)
    try:
        name = posters.poster(
            code=code,
            title=product.name if product else _("良品集 · 用心挑选每一件"),
            price_fen=product.min_price_fen if product else None,
            picture_path=_picture(product),
            nickname=nickname or _("朋友"),
            template=template or ("product" if product else "store"),
            to=to,
        )
    except fonts.FontMissing:
        drawn = io.BytesIO()
        segno.make(posters.link(code=code, to=to), error="m").save(drawn, kind="png", scale=14)
        return drawn.getvalue()
    return Path(settings.MEDIA_ROOT, name).read_bytes()


def _picture(product: catalog.ProductPage | None) -> str | None:
    """The file of the product's first picture below the media folder, if it is there."""
    if product is None or not product.gallery:
        return None
    name = product.gallery[0].full_url.removeprefix(settings.MEDIA_URL)
    return name if Path(settings.MEDIA_ROOT, name).is_file() else None
