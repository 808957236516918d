"""Finding products, on the real index."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import queries
from catalog.models import Brand, Category, HotWord, Product
from catalog.services import index, products, skus
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 11, 3, tzinfo=dt.UTC)


@pytest.fixture
def shop():
    tea = make.category("茶酒")
    green = make.category("绿茶", parent=tea)
    clothes = make.category("服饰")
    brand = Brand.objects.create(name="云栖山房", slug="yunqi")
    stock = [
        ("明前龙井 250g", green, brand, 16800, 30, "everyone"),
        ("雨前龙井 100g", green, None, 6800, 90, "everyone"),
        ("古树普洱饼 357g", tea, brand, 29900, 50, "men"),
        ("新疆长绒棉T恤", clothes, None, 9900, 70, "women"),
    ]
    found = {}
    for name, category, of, price, sales, audience in stock:
        pk = products.create(
            fields=products.Fields(
                name=name,
                category_id=category.pk,
                brand_id=of.pk if of else None,
                audience=audience,
                attributes=[{"name": "产地", "value": "杭州"}] if category == green else [],
            ),
            rows=[skus.Row(price_fen=price, on_hand=0 if "普洱" in name else 5)],
            actor="system",
            at=AT,
        )
        products.publish(product_id=pk, at=AT)
        Product.objects.filter(pk=pk).update(sales_count=sales)
        found[name[:4]] = pk
    return found


def names(**query):
    return [card.name[:4] for card in queries.search(**query).items]


@pytest.mark.parametrize("q", ["龙井", "longjing", "long jing", "lj", "龙", "longj", "杭州", "绿茶", "LONGJING"])
def test_tea_is_found_by_word_pinyin_initials_and_prefix(shop, q):
    assert set(names(q=q)) == {"明前龙井", "雨前龙井"}


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("明前 龙井", ["明前龙井"]),
        ("明前龙井", ["明前龙井"]),
        ("云栖山房 龙井", ["明前龙井"]),
        ("云栖山房 茶", ["古树普洱", "明前龙井"]),
        ("mqlj", ["明前龙井"]),
        ("T恤", ["新疆长绒"]),
        ("t恤 新疆", ["新疆长绒"]),
        ("357g", ["古树普洱"]),
    ],
)
def test_terms_combine(shop, q, expected):
    assert sorted(names(q=q)) == sorted(expected)


@pytest.mark.parametrize("q", ["longjng", "xongjing", "龙井 不存在的词"])
def test_a_misspelt_word_finds_near_matches_and_says_so(shop, q):
    page = queries.search(q=q)
    assert page.near
    assert "明前龙井 250g" in [card.name for card in page.items]


def test_nonsense_finds_nothing(shop):
    page = queries.search(q="qqqqzzzz")
    assert (page.count, page.near, page.items) == (0, False, [])


@pytest.mark.parametrize("q", ["'", "\\", "a & b | !c", "%", "_", "\x00", "（）", "x" * 5000])
def test_hostile_queries_are_harmless(shop, q):
    queries.search(q=q)
    queries.suggestions(q=q)
    queries.facets(q=q)


def test_order_is_sales_without_a_query(shop):
    assert names() == ["雨前龙井", "新疆长绒", "古树普洱", "明前龙井"]
    assert names(ordering="price")[0] == "雨前龙井"
    assert names(ordering="-price")[0] == "古树普洱"
    assert names(ordering="-created")[0] == "新疆长绒"
    with pytest.raises(queries.UnknownOrdering):
        queries.search(ordering="cost_fen")


def test_relevance_puts_the_name_before_the_category(shop):
    Product.objects.filter(pk=shop["雨前龙井"]).update(name="碧螺春 龙井产区绿茶", sales_count=0)
    call_command("rebuild_search")
    tea = Category.objects.get(name="绿茶")
    tea.name = "龙井茶区"
    tea.save()
    with transaction.atomic():
        index.refresh_category(category_id=tea.pk)
    pk = products.create(
        fields=products.Fields(name="安吉白片", category_id=tea.pk), rows=[skus.Row(price_fen=1)], actor="x", at=AT
    )
    products.publish(product_id=pk, at=AT)
    assert names(q="龙井")[-1] == "安吉白片"


def test_filters_narrow(shop):
    tea = Category.objects.get(name="茶酒")
    assert len(names(category=tea.slug)) == 3
    assert set(names(brand="yunqi")) == {"明前龙井", "古树普洱"}
    assert set(names(price_min_fen=10000, price_max_fen=20000)) == {"明前龙井"}
    assert "古树普洱" not in names(in_stock=True)
    assert "古树普洱" not in names(audience="women")
    assert names(category="nowhere") == []


def test_pages_count_and_end(shop):
    page = queries.search(page_size=3)
    assert (page.count, len(page.items), page.has_next) == (4, 3, True)
    page = queries.search(page=2, page_size=3)
    assert (len(page.items), page.has_next) == (1, False)
    assert queries.search(page=10**9, page_size=10**9).items == []


def test_drafts_and_unpublished_products_are_not_listed(shop):
    products.unpublish(product_id=shop["明前龙井"])
    assert "明前龙井" not in names(q="明前龙井")
    assert "明前龙井" not in names()


def test_a_list_takes_two_statements(shop):
    tea = Category.objects.get(name="茶酒")
    with CaptureQueriesContext(connection) as captured:
        assert queries.search(q="龙井", category=tea.slug).count == 2
    assert len(captured) == 2
    with CaptureQueriesContext(connection) as captured:
        queries.search()
    assert len(captured) == 2


def test_facets_count_brands_and_bands(shop):
    facets = queries.facets()
    assert [(b.slug, b.count) for b in facets.brands] == [("yunqi", 2)]
    assert [(b.low_fen, b.high_fen, b.count) for b in facets.bands] == [
        (5000, 10000, 2),
        (10000, 20000, 1),
        (20000, 50000, 1),
    ]


@pytest.mark.parametrize("q", ["茶", "chajiu", "cj"])
def test_suggestions_name_their_kind(shop, q):
    assert ("茶酒", "category") in [(s.text, s.kind) for s in queries.suggestions(q=q)]


def test_suggestions_complete_products_and_brands(shop):
    kinds = {s.kind: s for s in queries.suggestions(q="yunqi")}
    assert kinds["brand"].slug == "yunqi"
    assert [s.text for s in queries.suggestions(q="longji")] == ["雨前龙井 100g", "明前龙井 250g"]
    assert queries.suggestions(q=" ") == []


def test_hot_words_are_the_merchants_or_the_best_categories(shop):
    assert queries.hot_words() == ["绿茶", "服饰", "茶酒"]
    HotWord.objects.create(text="新茶")
    assert queries.hot_words() == ["新茶"]


def test_a_renamed_brand_is_found_by_its_new_name(shop):
    Brand.objects.filter(slug="yunqi").update(name="狮峰")
    with transaction.atomic():
        index.refresh_brand(brand_id=Brand.objects.get(slug="yunqi").pk)
    assert set(names(q="狮峰")) == {"明前龙井", "古树普洱"}


def test_rebuild_search_repairs_a_lost_index(shop):
    Product.objects.update(search_vector=None, search_text="")
    assert queries.search(q="龙井").count == 0
    call_command("rebuild_search")
    assert queries.search(q="龙井").count == 2
