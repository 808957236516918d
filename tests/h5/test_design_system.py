"""The components every shopper page is built from."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import Http404
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from mall.h5 import styleguide
from mall.h5.templatetags import h5

STATIC = Path(settings.BASE_DIR) / "static" / "h5"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
ERROR_PAGES = (403, 404, 410, 429, 500, 503)


def _gzipped(pattern: str) -> int:
    return sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in STATIC.glob(pattern))


def test_price_is_printed_in_parts_and_read_as_one_amount() -> None:
    html = render_to_string("h5/components/price.html", {"fen": 126805, "was_fen": 150000})
    assert '<span class="price__int">1268</span><span class="price__dec">.05</span>' in html
    assert '<span class="sr-only">1268.05元</span>' in html
    assert "¥1500.00</s>" in html


def test_crossed_out_price_never_shows_when_it_is_not_higher() -> None:
    assert "price-was" not in render_to_string("h5/components/price.html", {"fen": 1000, "was_fen": 1000})


@pytest.mark.parametrize(
    ("phone", "shown"), [("13800000002", "138****0002"), ("12345", "****"), ("", "****"), (None, "****")]
)
def test_masked_phone_keeps_three_and_four_digits(phone: str | None, shown: str) -> None:
    assert h5.masked_phone(phone) == shown


def test_masked_name_hides_all_but_the_first_character_and_the_length() -> None:
    assert [h5.masked_name(name) for name in ("李小明", "欧阳娜娜", "", None)] == ["李**", "欧**", "**", "**"]


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0"), (9999, "9999"), (10_000, "1万"), (12_840, "1.2万"), (109_999, "10.9万")]
)
def test_large_counts_are_printed_in_ten_thousands_rounded_down(number: int, shown: str) -> None:
    assert h5.count_text(number) == shown


def test_chart_stays_inside_its_canvas_and_carries_its_numbers() -> None:
    points = [("11-20", 0), ("11-21", 1230), ("11-22", 9900)]
    drawing = h5.draw(points, is_money=True)
    assert [mark.text for mark in drawing.marks] == ["¥0.00", "¥12.30", "¥99.00"]
    assert all(0 <= mark.x <= drawing.width and 0 <= mark.y <= drawing.baseline for mark in drawing.marks)
    assert drawing.marks[0].y == drawing.baseline
    html = Template("{% load h5 %}{% sparkline points '佣金' %}").render(Context({"points": points}))
    assert '<td class="n">¥99.00</td>' in html


def test_chart_without_values_draws_nothing() -> None:
    assert h5.draw([], is_money=False).marks == ()
    assert h5.draw([("a", 0)], is_money=False).marks[0].height == 0


@pytest.mark.django_db
def test_style_guide_shows_in_a_sandbox_shop_only(settings: object, rf: RequestFactory) -> None:
    settings.SANDBOX = True  # type: ignore[attr-defined]
    response = styleguide.page(rf.get("/styleguide/"))
    assert response.status_code == 200
    assert response.content.count(b'class="product ') >= 10
    settings.SANDBOX = False  # type: ignore[attr-defined]
    with pytest.raises(Http404):
        styleguide.page(rf.get("/styleguide/"))


@pytest.mark.parametrize("status", ERROR_PAGES)
def test_error_page_names_the_request_and_ways_back(status: int) -> None:
    html = render_to_string(f"errors/{status}.html")
    assert "请求编号" in html
    assert html.count("<h1") == 1
    assert 'href="/"' in html


def test_language_prefix_is_kept_by_links_and_tabs(rf: RequestFactory) -> None:
    template = Template("{% load h5 %}{% chrome as c %}{% local '/cart/' %} {{ c.tab }} {{ c.has_tabbar }}")
    assert template.render(Context({"request": rf.get("/en/me/")})) == "/en/cart/ me True"
    assert template.render(Context({"request": rf.get("/me/orders/")})) == "/cart/ me False"
    assert template.render(Context({"request": rf.get("/english-tea/")})) == "/cart/  False"


def test_visitor_look_is_taken_from_known_cookie_values_only(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.COOKIES.update(theme='dark" onload="x', care="1")
    frame = h5.chrome(Context({"request": request}))
    assert (frame.theme, frame.care) == ("auto", True)


def test_pages_carry_nothing_the_content_security_policy_forbids() -> None:
    forbidden = re.compile(r"""\son[a-z]+=["']|\sstyle=["']|<style|javascript:|hx-on|\sjs:""")
    inline_script = re.compile(r"<script(?![^>]*(?:\ssrc=|application/ld\+json))")
    for path in [*TEMPLATES.glob("h5/**/*.html"), *TEMPLATES.glob("errors/*.html")]:
        text = path.read_text()
        assert not forbidden.search(text), path
        assert not inline_script.search(text), path


def test_every_icon_named_in_a_template_exists() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "img" / "icons.svg").read_text()))
    for path in [*TEMPLATES.glob("h5/**/*.html"), *TEMPLATES.glob("errors/*.html")]:
        text = path.read_text()
        used = {*re.findall(r'\{% icon "([\w-]+)"', text), *re.findall(r'icon_name="([\w-]+)"', text)}
        used |= {f"empty-{name}" for name in re.findall(r'empty_art "([\w-]+)"', text)}
        assert used <= known, (path, used - known)


def test_style_sheets_and_scripts_fit_their_budgets() -> None:
    assert _gzipped("css/*.css") <= 20 * 1024
    assert _gzipped("js/*.js") <= 17 * 1024
