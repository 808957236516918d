"""Uploaded pictures: what is refused, what is stored, what pages are told."""

import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from catalog import pictures, queries
from catalog.models import Product, ProductPicture
from catalog.services import gallery
from mall.kernel.errors import NotFound
from tests.factories import catalog as make


def png(width=1000, height=500, mode="RGB", color="red"):
    buffer = io.BytesIO()
    Image.new(mode, (width, height), color).save(buffer, "PNG")
    buffer.seek(0)
    return buffer


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_picture_is_encoded_anew_with_its_renditions():
    prepared = pictures.prepare(png())
    assert (prepared.width, prepared.height) == (1000, 500)
    assert sorted(prepared.renditions) == [200, 400, 800]
    for width, data in prepared.renditions.items():
        with Image.open(io.BytesIO(data)) as rendition:
            assert (rendition.format, rendition.size) == ("WEBP", (width, width // 2))


def test_small_pictures_are_not_blown_up():
    assert sorted(pictures.prepare(png(300, 300)).renditions) == [200]


def test_metadata_goes_and_orientation_stays():
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "GPS 31.2N 121.4E"
    Image.new("RGB", (400, 200)).save(buffer, "JPEG", exif=exif)
    buffer.seek(0)
    prepared = pictures.prepare(buffer)
    assert (prepared.width, prepared.height) == (200, 400)
    assert b"GPS" not in prepared.data
    with Image.open(io.BytesIO(prepared.data)) as stored:
        assert not stored.getexif()


def test_transparency_becomes_white():
    prepared = pictures.prepare(png(50, 50, "RGBA", (255, 0, 0, 0)))
    with Image.open(io.BytesIO(prepared.data)) as stored:
        assert stored.convert("RGB").getpixel((25, 25)) == (255, 255, 255)


def test_a_bomb_is_refused_by_its_header(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 10_000)
    with pytest.raises(pictures.InvalidPicture, match="尺寸"):
        pictures.prepare(png(200, 200))


def test_a_huge_file_is_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 100)
    with pytest.raises(pictures.InvalidPicture, match="10 MB"):
        pictures.prepare(png())


@pytest.mark.parametrize(
    "data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", b"GIF89a<script>", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(pictures.InvalidPicture):
        pictures.prepare(io.BytesIO(data))


def test_a_truncated_picture_is_refused():
    with pytest.raises(pictures.InvalidPicture):
        pictures.prepare(io.BytesIO(png().getvalue()[:-200]))


@pytest.mark.django_db
def test_the_first_picture_is_the_cover_and_pages_get_a_srcset():
    product = make.product()
    first = gallery.add(product_id=product.pk, file=png(), alt="")
    gallery.add(product_id=product.pk, file=png(500, 500), alt="细节")
    assert Product.objects.get(pk=product.pk).cover_id == first
    page = queries.product_page(id=product.pk)
    assert [p.alt for p in page.gallery] == ["明前龙井", "细节"]
    cover = page.gallery[0]
    assert [part.split()[1] for part in cover.srcset.split(", ")] == ["200w", "400w", "800w", "1000w"]
    assert (cover.width, cover.height) == (1000, 500)
    assert cover.url.endswith("-400.webp")
    for url in (part.split()[0] for part in cover.srcset.split(", ")):
        assert default_storage.exists(url.removeprefix("/media/"))


@pytest.mark.django_db
def test_a_refused_picture_leaves_no_file(tmp_path):
    with pytest.raises(NotFound):
        gallery.add(product_id=987, file=png())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_the_gallery_has_a_limit(monkeypatch):
    monkeypatch.setattr(gallery, "MAX_PICTURES", 1)
    product = make.product()
    gallery.add(product_id=product.pk, file=png(50, 50))
    with pytest.raises(gallery.TooManyPictures):
        gallery.add(product_id=product.pk, file=png(50, 50))


@pytest.mark.django_db
def test_arranging_moves_the_cover_and_drops_files(django_capture_on_commit_callbacks, tmp_path):
    product = make.product()
    a, b, c = (gallery.add(product_id=product.pk, file=png(50, 50)) for _ in range(3))
    with django_capture_on_commit_callbacks(execute=True):
        gallery.arrange(product_id=product.pk, picture_ids=[c, a], alts={c: "新主图"})
    product.refresh_from_db()
    assert product.cover_id == c
    assert ProductPicture.objects.get(pk=c).alt == "新主图"
    assert list(product.pictures.values_list("pk", flat=True)) == [c, a]
    assert len(list(tmp_path.rglob("*.webp"))) == 2
    with django_capture_on_commit_callbacks(execute=True):
        gallery.remove(picture_id=c)
    product.refresh_from_db()
    assert product.cover_id == a
    assert not ProductPicture.objects.filter(pk__in=[b, c]).exists()
