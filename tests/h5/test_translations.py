"""The catalogues beside the pages: whole, with every placeholder kept, and what a reader who chose a language sees."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from tests.factories import members as people

ROOT = Path(settings.BASE_DIR)
LOCALES = {"en": "en", "zh-hant": "zh_Hant"}
PERCENT = re.compile(r"%%|%(?:\(\w+\))?[sd]")
TRANSLATE = re.compile(r"""{% translate (?:"([^"]+)"|'([^']+)')""")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TABS = {
    "en": ("Home", "Categories", "Cart", "Me"),
    "zh-hant": ("首頁", "分類", "購物車", "我的"),
}
HEADINGS = {
    "/": {"en": "Skip to content", "zh-hant": "示範商城"},
    "/c/": {"en": "Categories", "zh-hant": "分類"},
    "/cart/": {"en": "Your cart is empty", "zh-hant": "購物車還是空的"},
    "/login/": {"en": "Get code", "zh-hant": "取得驗證碼"},
}


@pytest.fixture
def compiled(settings, tmp_path, monkeypatch):
    """`.mo` files, as the shop's start makes them, of the catalogues under test."""
    for locale in (*LOCALES.values(), "zh_Hans"):
        folder = tmp_path / locale / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "django.mo").open("wb") as output:
            write_mo(output, catalogue(locale))
    settings.LOCALE_PATHS = [tmp_path]
    monkeypatch.setattr(trans_real, "_translations", {})
    monkeypatch.setattr(trans_real, "_default", None)
    yield
    translation.activate(settings.LANGUAGE_CODE)


def catalogue(locale: str) -> Catalog:
    with (ROOT / "locale" / locale / "LC_MESSAGES" / "django.po").open("rb") as source:
        return read_po(source, locale=locale)


def entries(locale: str) -> list[Message]:
    return [message for message in catalogue(locale) if message.id]


def texts(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def placeholders(text: str) -> list[str]:
    braces = [f"{{{name}}}" for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return sorted(PERCENT.findall(text) + braces)


def tab_bar(page: str) -> str:
    found = re.search(r'<ul class="tabbar__list">.*?</ul>', page, re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", " ", found[0])


@pytest.mark.parametrize("locale", LOCALES.values())
def test_every_translation_keeps_the_placeholders(locale):
    for message in entries(locale):
        expected = {tuple(placeholders(text)) for text in texts(message.id)}
        for translated in texts(message.string):
            assert translated, message.id
            assert {tuple(placeholders(translated))} == expected, message.id


@pytest.mark.parametrize("locale", LOCALES.values())
def test_the_catalogue_covers_the_shop_pages(locale):
    known = {text for message in entries(locale) for text in texts(message.id)}
    wanted = set()
    for template in (ROOT / "templates/h5").rglob("*.html"):
        if template.name != "styleguide.html":
            wanted |= {double or single for double, single in TRANSLATE.findall(template.read_text())}
    missing = {text for text in wanted if CHINESE.search(text)} - known
    assert len(missing) <= len(wanted) * 0.05, sorted(missing)


def test_english_is_written_without_chinese_characters():
    names = {"简体中文", "繁體中文"}
    assert [text for message in entries("en") for text in texts(message.string) if CHINESE.search(text)] == sorted(
        names & {str(message.id) for message in entries("en")}
    )


@pytest.mark.django_db
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("url", HEADINGS)
def test_a_page_speaks_the_chosen_language(compiled, language, url):
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get(url).content.decode()
    assert HEADINGS[url][language] in page
    if 'class="tabbar__list"' in page:
        shown = [word for word in tab_bar(page).split() if not word.isdigit()]
        assert tuple(shown) == TABS[language]


@pytest.mark.django_db
def test_the_switch_sets_the_language_and_returns(compiled):
    client = Client()
    for language, word in (("en", "Cart"), ("zh-hant", "購物車"), ("zh-hans", "购物车")):
        answer = client.post("/language/", {"language": language, "next": "/c/?from=footer"})
        assert (answer.status_code, answer["Location"]) == (302, "/c/?from=footer")
        assert word in tab_bar(client.get("/").content.decode())


@pytest.mark.django_db
def test_the_switch_never_leads_away_and_refuses_reading():
    client = Client()
    for outside in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = client.post("/language/", {"language": "en", "next": outside})
        assert answer["Location"] == "/"
    assert client.get("/language/?language=en").status_code == 405


@pytest.mark.django_db
def test_an_unknown_language_changes_nothing():
    answer = Client().post("/language/", {"language": "xx", "next": "/"})
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


@pytest.mark.django_db
def test_the_switch_stands_in_the_footer_and_in_the_settings():
    client = Client()
    client.force_login(people.member())
    for url in ("/", "/me/settings/"):
        page = client.get(url).content.decode()
        assert re.findall(r'name="language" value="([^"]+)"', page) == [code for code, _ in settings.LANGUAGES]
        assert f'name="next" value="{url}"' in page


def run_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """Everything a module runs while it is imported: all but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from run_on_import(child)


def test_no_text_is_translated_before_a_reader_is_known():
    """`gettext` in a constant would fix the language of whoever started the server; constants take `gettext_lazy`.

    Commands speak to whoever runs them, so they may.
    """
    early = []
    apps = ("analytics", "catalog", "distribution", "logistics", "mall", "marketing", "members", "orders", "payments")
    for path in sorted(path for app in apps for path in (ROOT / app).rglob("*.py") if "management" not in path.parts):
        tree = ast.parse(path.read_text())
        eager = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
            for alias in node.names
            if alias.name in {"gettext", "ngettext", "pgettext", "npgettext"}
        }
        early += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in run_on_import(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in eager
        ]
    assert early == []
