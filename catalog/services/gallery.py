"""Pictures of products: prepared by `catalog.pictures`, stored under random names, first one on the cover."""

from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from catalog import pictures
from catalog.models import Product, ProductPicture
from mall.kernel.errors import NotFound, StateConflict
from mall.kernel.transactions import remote, use_case

MAX_PICTURES = 15
FOLDER = "products"


class TooManyPictures(StateConflict):
    """The gallery of a product holds fifteen pictures."""

    message = _("每个商品最多 15 张图片")


@remote
def add(*, product_id: int, file: IO[bytes], alt: str = "") -> int:
    """Check and store an uploaded picture with its renditions; the picture's id. Raises InvalidPicture, NotFound."""
    return keep(product_id=product_id, prepared=pictures.prepare(file), alt=alt)


@remote
def keep(*, product_id: int, prepared: pictures.Prepared, alt: str = "") -> int:
    """`add` for a picture that is prepared already, such as many of them by several processes. Raises NotFound.

    Files are written before the row: a crash in between leaves files nobody points at, never a broken picture.
    """
    name = store(prepared, folder=FOLDER)
    try:
        return _attach(product_id=product_id, name=name, prepared=prepared, alt=alt)
    except Exception:
        _delete_files(name, prepared.width)
        raise


def store(prepared: pictures.Prepared, *, folder: str) -> str:
    """Write a prepared picture and its renditions to the media storage; its name there."""
    storage = ProductPicture.image.field.storage
    name: str = storage.save(pictures.fresh_name(folder), ContentFile(prepared.data))
    for width, data in prepared.renditions.items():
        storage.save(pictures.rendition_name(name, width), ContentFile(data))
    return name


@use_case
def _attach(*, product_id: int, name: str, prepared: pictures.Prepared, alt: str) -> int:
    product = _lock(product_id)
    gallery = product.pictures.aggregate(last=Max("position"))
    if product.pictures.count() >= MAX_PICTURES:
        raise TooManyPictures
    picture = ProductPicture.objects.create(
        product=product,
        image=name,
        width=prepared.width,
        height=prepared.height,
        alt=alt.strip()[:120] or product.name,
        position=0 if gallery["last"] is None else gallery["last"] + 1,
    )
    if product.cover_id is None:
        product.cover = picture
        product.save(update_fields=["cover"])
    return picture.pk


@use_case
def arrange(*, product_id: int, picture_ids: list[int], alts: dict[int, str]) -> None:
    """Order the gallery as listed (the first becomes the cover) and set alternative texts; drop what is not listed."""
    product = _lock(product_id)
    present = {picture.pk: picture for picture in product.pictures.all()}
    kept = [present[pk] for pk in dict.fromkeys(picture_ids) if pk in present]
    for position, picture in enumerate(kept):
        picture.position = position
        picture.alt = alts.get(picture.pk, "").strip()[:120] or picture.alt
    ProductPicture.objects.bulk_update(kept, ["position", "alt"])
    product.cover = kept[0] if kept else None
    product.save(update_fields=["cover"])
    for picture in present.values():
        if picture not in kept:
            _drop(picture)


@use_case
def remove(*, picture_id: int) -> None:
    """Delete a picture and, once that is committed, its files. The next picture takes over the cover."""
    picture = ProductPicture.objects.filter(pk=picture_id).first()
    if picture is None:
        raise NotFound
    product = _lock(picture.product_id)
    _drop(picture)
    product.refresh_from_db(fields=["cover"])
    if product.cover_id is None:
        product.cover = product.pictures.first()
        product.save(update_fields=["cover"])


def _lock(product_id: int) -> Product:
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise NotFound
    return product


def _drop(picture: ProductPicture) -> None:
    name, width = str(picture.image), picture.width
    ProductPicture.objects.filter(pk=picture.pk).delete()
    transaction.on_commit(lambda: _delete_files(name, width), robust=True)


def _delete_files(name: str, width: int) -> None:
    storage = ProductPicture.image.field.storage
    storage.delete(name)
    for rendition in pictures.rendition_widths(width):
        storage.delete(pictures.rendition_name(name, rendition))
