"""Reads: shapes, visibility and numbers of statements."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import queries
from catalog.models import Category, Product
from catalog.services import stock
from mall.kernel import clock
from mall.kernel.errors import NotFound
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db


def statements(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def shirt():
    product = make.product("T恤", options=[{"name": "颜色", "values": ["红"]}, {"name": "尺码", "values": ["M"]}])
    sku = make.sku(of=product, specs={"尺码": "M", "颜色": "红"}, on_hand=3, price_fen=9900, market_price_fen=12900)
    return product, sku


def test_a_product_page_has_everything_in_four_statements():
    product, sku = shirt()
    off = make.sku(of=product, is_active=False, specs={"尺码": "L", "颜色": "红"})
    page = queries.product_page(slug=product.slug)
    assert [(s.id, s.spec_text, s.sellable) for s in page.skus] == [(sku.pk, "红 / M", 3)]
    assert off.pk not in [s.id for s in page.skus]
    assert (page.on_sale, page.in_stock, page.category.name) == (True, True, "茶叶")
    assert statements(lambda: queries.product_page(id=product.pk)) <= 4


def test_unknown_products_and_drafts_are_not_found_and_off_shelf_ones_say_so():
    product, _sku = shirt()
    with pytest.raises(NotFound):
        queries.product_page(slug="nothing")
    Product.objects.update(state="off_shelf")
    assert not queries.product_page(id=product.pk).on_sale
    Product.objects.update(state="draft")
    with pytest.raises(NotFound):
        queries.product_page(id=product.pk)
    assert queries.product_page(id=product.pk, drafts=True).name == "T恤"


def test_sku_facts_come_in_one_statement():
    product, sku = shirt()
    facts = queries.sku_facts(sku_ids=[sku.pk, 987654])
    assert list(facts) == [sku.pk]
    fact = facts[sku.pk]
    assert (fact.price_fen, fact.list_price_fen, fact.sellable, fact.active) == (9900, 12900, 3, True)
    assert (fact.spec_text, fact.product_slug) == ("红 / M", product.slug)
    assert statements(lambda: queries.sku_facts(sku_ids=[sku.pk])) == 1
    Product.objects.update(state="off_shelf")
    assert not queries.sku_facts(sku_ids=[sku.pk])[sku.pk].active


def test_the_category_tree_hides_what_is_hidden():
    root = make.category("茶酒")
    make.category("绿茶", parent=root)
    hidden = make.category("内部", parent=root)
    make.category("内部之下", parent=hidden)
    Category.objects.filter(pk=hidden.pk).update(is_visible=False)
    tree = queries.category_tree()
    assert [(n.name, [c.name for c in n.children]) for n in tree] == [("茶酒", ["绿茶"])]
    assert statements(queries.category_tree) == 1


def test_a_category_knows_its_way_home():
    root = make.category("茶酒")
    green = make.category("绿茶", parent=root)
    page = queries.category(slug=green.slug)
    assert [a.name for a in page.ancestors] == ["茶酒"]
    assert [c.name for c in queries.category(slug=root.slug).children] == ["绿茶"]
    with pytest.raises(NotFound):
        queries.category(slug="nowhere")


def test_home_sections_repeat_nothing_in_recommended():
    for number in range(25):
        make.product(f"商品{number}", sales_count=number)
    sections = queries.home_sections(size=5)
    assert [c.sales_count for c in sections.hot] == [24, 23, 22, 21, 20]
    shown = {c.id for c in (*sections.hot, *sections.new)}
    assert sections.recommended
    assert not shown & {c.id for c in sections.recommended}
    assert statements(queries.home_sections) == 4


def test_similar_products_share_the_tree_and_leave_out_the_product():
    category = make.category()
    one, two = make.product(category=category), make.product(category=category)
    make.product("别的")
    assert [c.id for c in queries.similar(product_id=one.pk)] == [two.pk]
    assert queries.similar(product_id=987654) == []


def test_the_journal_shows_every_change_with_its_balance():
    sku = make.sku(on_hand=10)
    with transaction.atomic():
        stock.reserve(ref="D1", quantities={sku.pk: 2}, expires_at=None, actor="member:1", at=clock.now())
    lines = queries.stock_journal(sku_id=sku.pk)
    assert [(m.kind, m.on_hand_after, m.reserved_after) for m in lines.items] == [
        ("reserve", 10, 2),
        ("opening", 10, 0),
    ]
    assert queries.stock_journal(ref="D1").count == 1
