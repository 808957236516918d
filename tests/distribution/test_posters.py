"""Posters: their QR code is read back by an independent decoder, whatever the template."""

import time
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from distribution import posters
from mall.kernel import fonts


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.SITE_URL = "https://shop.example.com"
    return tmp_path


def make(template="product", **changes):
    fields = {
        "code": "K7M3Q9", "title": "明前龙井 250g", "price_fen": 26_800, "picture_path": None, "nickname": "爱喝茶的阿梅",
        "to": "/p/ming-qian-long-jing/",
    }  # fmt: skip
    return posters.poster(template=template, **fields | changes)


@pytest.mark.parametrize("template", posters.TEMPLATES)
def test_the_code_of_every_template_leads_to_the_product_by_the_link(media, template):
    with Image.open(media / make(template)) as picture:
        read = zxingcpp.read_barcodes(picture.convert("RGB"))
        assert picture.width >= 800
    assert [code.text for code in read] == ["https://shop.example.com/r/K7M3Q9/?to=/p/ming-qian-long-jing/"]
    corners = read[0].position
    assert corners.top_right.x - corners.top_left.x >= 200


def test_the_same_words_are_drawn_once_and_within_a_second(media):
    fonts.cjk()
    fonts.cjk(bold=True)
    start = time.process_time()
    first = media / make()
    assert time.process_time() - start < 1
    before = first.stat().st_mtime_ns
    assert media / make() == first
    assert first.stat().st_mtime_ns == before
    assert make(price_fen=26_900) != make()


def test_a_long_title_stays_on_the_poster_and_a_picture_is_shown(media):
    Image.new("RGB", (640, 640), (0, 90, 200)).save(media / "tea.png")
    with Image.open(media / make(title="可" * 200, picture_path="tea.png", price_fen=None)) as picture:
        assert picture.convert("RGB").getpixel((450, 500)) == (0, 90, 200)
        assert picture.size == (posters.WIDTH, posters.HEIGHT)


def test_an_unknown_template_is_refused(media):
    with pytest.raises(posters.UnknownTemplate):
        make("neon")
    assert not list(Path(media).rglob("*.png"))


def test_without_a_chinese_font_the_failure_has_a_name(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "FOLDERS", (str(tmp_path),))
    fonts.cjk.cache_clear()
    try:
        with pytest.raises(fonts.FontMissing):
            make()
    finally:
        fonts.cjk.cache_clear()
