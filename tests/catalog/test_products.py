"""Products through their services: slugs, matrix, prices, states, HTML."""

import datetime as dt

import pytest

from catalog import queries
from catalog.matrix import InvalidMatrix, Option
from catalog.models import SKU, Product, Stock, StockMovement
from catalog.services import products, skus, stock
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 11, 3, tzinfo=dt.UTC)
COLOURS = Option("颜色", ("红", "蓝"))
SIZES = Option("尺码", ("S", "M"))


def create(name="长绒棉T恤", options=(), rows=None, **fields):
    fields.setdefault("category_id", make.category("服饰").pk)
    return products.create(
        fields=products.Fields(name=name, **fields),
        options=options,
        rows=[skus.Row(price_fen=9900, on_hand=5)] if rows is None else rows,
        actor="staff:operator",
        at=AT,
    )


def matrix_rows(**changes):
    return [skus.Row(specs={"颜色": c, "尺码": s}, price_fen=9900, on_hand=5, **changes) for c in "红蓝" for s in "SM"]


def set_skus(product_id, options, rows):
    products.set_skus(product_id=product_id, options=options, rows=rows, actor="staff:operator", at=AT)


def test_a_new_product_is_a_draft_with_stock_slug_and_price():
    product = Product.objects.get(pk=create())
    assert (product.state, product.slug) == ("draft", "chang-rong-mian-t-xu")
    assert (product.min_price_fen, product.max_price_fen) == (9900, 9900)
    sku = product.skus.get()
    assert (sku.code, sku.stock.on_hand) == (f"P{product.pk}-01", 5)
    assert StockMovement.objects.get(sku=sku).kind == "opening"


def test_the_same_name_gets_another_slug_and_a_wanted_slug_is_refused():
    create()
    assert Product.objects.get(pk=create()).slug.startswith("chang-rong-mian-t-xu-")
    with pytest.raises(products.SlugTaken):
        create(slug="chang-rong-mian-t-xu")


def test_a_slug_of_digits_would_be_read_as_an_id():
    with pytest.raises(products.SlugTaken):
        create(slug="12345")
    assert Product.objects.get(pk=create(name="007")).slug != "007"


def test_rows_survive_a_new_option_value_and_a_new_order():
    pk = create(options=[COLOURS, SIZES], rows=matrix_rows())
    before = dict(SKU.objects.filter(product=pk).values_list("spec_key", "pk"))
    colours = Option("颜色", ("蓝", "红", "绿"))
    rows = [skus.Row(specs={"尺码": s, "颜色": c}, price_fen=8800) for s in "SM" for c in ("蓝", "红", "绿")]
    set_skus(pk, [SIZES, colours], rows)
    after = dict(SKU.objects.filter(product=pk).values_list("spec_key", "pk"))
    assert len(after) == 6
    assert before.items() <= after.items()
    assert set(Stock.objects.filter(sku__in=before.values()).values_list("on_hand", flat=True)) == {5}


def test_a_dropped_row_is_switched_off_and_comes_back_as_itself():
    pk = create(options=[COLOURS, SIZES], rows=matrix_rows())
    red = [row for row in matrix_rows() if row.specs["颜色"] == "红"]
    set_skus(pk, [COLOURS, SIZES], red)
    assert SKU.objects.filter(product=pk, is_active=True).count() == 2
    assert SKU.objects.filter(product=pk).count() == 4
    set_skus(pk, [COLOURS, SIZES], matrix_rows())
    assert SKU.objects.filter(product=pk, is_active=True).count() == 4


def test_a_counted_stock_is_booked_and_an_untouched_one_is_not():
    pk = create()
    sku = SKU.objects.get(product=pk)
    set_skus(pk, [], [skus.Row(price_fen=9900, on_hand=None)])
    set_skus(pk, [], [skus.Row(price_fen=9900, on_hand=5)])
    assert StockMovement.objects.filter(sku=sku).count() == 1
    set_skus(pk, [], [skus.Row(price_fen=9900, on_hand=8, safety_stock=9)])
    assert StockMovement.objects.filter(sku=sku).latest("pk").on_hand_delta == 3
    assert sku.alerts.count() == 1


def test_codes_are_unique_across_products():
    create(rows=[skus.Row(price_fen=1, code="A-1")])
    with pytest.raises(skus.CodeTaken):
        create(rows=[skus.Row(price_fen=1, code="A-1")])


@pytest.mark.parametrize(
    "row",
    [
        {"price_fen": 0},
        {"price_fen": -1},
        {"price_fen": 10**14},
        {"price_fen": 1, "cost_fen": -1},
        {"price_fen": 1, "weight_g": -1},
        {"price_fen": 1, "specs": {"颜色": "红"}},
        {"price_fen": 1, "code": "x" * 41},
    ],
)
def test_impossible_rows_are_refused(row):
    with pytest.raises(InvalidMatrix):
        create(rows=[skus.Row(**row)])
    assert not Product.objects.exists()


def test_an_impossible_opening_stock_is_refused():
    with pytest.raises(stock.InvalidQuantity):
        create(rows=[skus.Row(price_fen=1, on_hand=-1)])


def test_the_price_range_is_that_of_active_skus():
    rows = [
        skus.Row(specs={"颜色": "红"}, price_fen=5000, market_price_fen=6000),
        skus.Row(specs={"颜色": "蓝"}, price_fen=1000, is_active=False),
        skus.Row(specs={"颜色": "绿"}, price_fen=9000),
    ]
    pk = create(options=[Option("颜色", ("红", "蓝", "绿"))], rows=rows)
    product = Product.objects.get(pk=pk)
    assert (product.min_price_fen, product.max_price_fen, product.market_price_fen) == (5000, 9000, 6000)
    products.change_price(sku_id=product.skus.get(specs={"颜色": "绿"}).pk, price_fen=4000)
    product.refresh_from_db()
    assert (product.min_price_fen, product.max_price_fen) == (4000, 5000)


def test_publish_needs_a_sku_and_keeps_the_first_date():
    empty = create(rows=[])
    with pytest.raises(products.NothingToSell):
        products.publish(product_id=empty, at=AT)
    pk = create()
    products.publish(product_id=pk, at=AT)
    products.unpublish(product_id=pk)
    assert Product.objects.get(pk=pk).state == "off_shelf"
    products.publish(product_id=pk, at=AT + dt.timedelta(days=1))
    product = Product.objects.get(pk=pk)
    assert (product.state, product.published_at) == ("on_sale", AT)


def test_description_keeps_text_and_loses_scripts():
    html = '<p onclick="x()">茶<script>alert(1)</script><img src="/media/a.webp" onerror="x"><a href="javascript:x">y</a></p>'
    stored = Product.objects.get(pk=create(description_html=html)).description_html
    assert "茶" in stored
    assert "/media/a.webp" in stored
    assert not any(bad in stored for bad in ("script", "onclick", "onerror", "javascript"))


@pytest.mark.parametrize(
    "fields", [{"name": " "}, {"name": "长" * 81}, {"audience": "cats"}, {"category_id": 0}, {"brand_id": 0}]
)
def test_impossible_fields_are_refused(fields):
    with pytest.raises(products.InvalidProduct):
        create(**fields)


def test_an_update_is_found_under_its_new_name():
    pk = create()
    products.publish(product_id=pk, at=AT)
    product = Product.objects.get(pk=pk)
    products.update(
        product_id=pk,
        fields=products.Fields(name="古树普洱", category_id=product.category_id),
        actor="staff:operator",
        at=AT,
    )
    assert [card.id for card in queries.search(q="puer").items] == [pk]
    assert queries.search(q="长绒棉").count == 0
    assert Product.objects.get(pk=pk).slug == product.slug
