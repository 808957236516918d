"""The merchant's screens, through the test client as the owner."""

import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from catalog.models import SKU, Brand, Category, Product, Stock, StockMovement
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(admin_client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return admin_client


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), "green").save(buffer, "PNG")
    buffer.seek(0)
    buffer.name = "a.png"
    return buffer


def post(category, **changes):
    row = {"specs": {}, "price": "99.00", "market": "", "cost": "", "stock": "5", "safety": "2", "weight": "250"}
    data = {
        "name": "明前龙井", "subtitle": "", "slug": "", "category": category.pk, "brand": "", "audience": "everyone",
        "limit_per_order": "0", "description_html": "<p>好茶</p><script>x</script>", "attribute_lines": "产地：杭州\n等级: 特级",
        "matrix": json.dumps({"options": [], "rows": [row]}), "gallery": "",
    }  # fmt: skip
    return data | changes


def shirts(count):
    values = [str(number) for number in range(count)]
    rows = [{"specs": {"颜色": v}, "price": "9.90", "stock": "1"} for v in values]
    return json.dumps({"options": [{"name": "颜色", "values": values}], "rows": rows})


@pytest.mark.parametrize("name", ["product", "category", "brand", "stock", "stockmovement", "stockalert", "hotword"])
def test_lists_are_chinese_and_frugal(owner, name):
    for number in range(12):
        make.sku(of=make.product(f"商品{number}", brand=Brand.objects.create(name=f"b{number}", slug=f"b{number}")),
                 on_hand=number)  # fmt: skip
    address = reverse(f"admin:catalog_{name}_changelist")
    owner.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = owner.get(address)
    assert response.status_code == 200
    assert len(captured) <= 20
    assert "商品" in response.content.decode()


def test_the_category_list_is_indented(owner):
    make.category("绿茶", parent=make.category("茶酒"))
    page = owner.get(reverse("admin:catalog_category_changelist")).content.decode()
    assert "padding-left: 1.5rem" in page


def test_adding_a_product_goes_through_the_services(owner):
    category = make.category()
    response = owner.post(
        reverse("admin:catalog_product_add"), post(category) | {"new_pictures": [picture(), picture()]}
    )
    assert response.status_code == 302, response.context["adminform"].form.errors
    product = Product.objects.get()
    assert (product.slug, product.min_price_fen, product.description_html) == (
        "ming-qian-long-jing",
        9900,
        "<p>好茶</p>",
    )
    assert product.attributes == [{"name": "产地", "value": "杭州"}, {"name": "等级", "value": "特级"}]
    assert product.search_text
    assert product.pictures.count() == 2
    assert product.cover_id
    assert Stock.objects.get().on_hand == 5
    assert StockMovement.objects.get().actor == "staff:admin"
    page = owner.get(reverse("admin:catalog_product_change", args=[product.pk])).content.decode()
    assert "matrix-editor" in page
    assert page.count("data-picture=") == 2


def test_a_refused_product_comes_back_with_the_reason_and_the_input(owner):
    make.sku(code="TAKEN")
    category = Category.objects.first()
    row = {"specs": {}, "price": "99.00", "code": "TAKEN"}
    data = post(category, name="新商品", matrix=json.dumps({"options": [], "rows": [row]}))
    response = owner.post(reverse("admin:catalog_product_add"), data)
    page = response.content.decode()
    assert response.status_code == 200
    assert "SKU 编码已被使用" in page
    assert "新商品" in page
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        ("{", "规格数据不正确"),
        (json.dumps({"options": [], "rows": [{"specs": {}, "price": "1.234"}]}), "最多两位小数"),
        (json.dumps({"options": [], "rows": [{"specs": {}, "price": "0"}]}), "不能小于"),
        (json.dumps({"options": [], "rows": [{"specs": {}, "price": "1", "stock": "-1"}]}), "应为整数"),
        (json.dumps({"options": [], "rows": []}), ""),
        (shirts(201), "最多 200 个"),
    ],
)
def test_a_bad_matrix_is_told(owner, matrix, reason):
    response = owner.post(reverse("admin:catalog_product_add"), post(make.category(), matrix=matrix))
    if reason:
        assert response.status_code == 200
        assert reason in response.content.decode()
        assert not Product.objects.exists()
    else:
        assert response.status_code == 302


def test_forty_skus_save_and_keep_their_rows(owner):
    category = make.category()
    owner.post(reverse("admin:catalog_product_add"), post(category, matrix=shirts(40)))
    product = Product.objects.get()
    before = set(product.skus.values_list("pk", flat=True))
    assert len(before) == 40
    rows = [{"specs": s.specs, "price": "19.90", "stock": "", "code": s.code} for s in product.skus.all()]
    matrix = json.dumps({"options": product.options, "rows": rows})
    response = owner.post(reverse("admin:catalog_product_change", args=[product.pk]), post(category, matrix=matrix))
    assert response.status_code == 302
    assert set(product.skus.values_list("pk", flat=True)) == before
    assert set(product.skus.values_list("price_fen", flat=True)) == {1990}
    assert StockMovement.objects.count() == 40


def test_the_gallery_is_arranged(owner):
    category = make.category()
    owner.post(reverse("admin:catalog_product_add"), post(category) | {"new_pictures": [picture(), picture()]})
    product = Product.objects.get()
    first, second = product.pictures.values_list("pk", flat=True)
    data = post(category, gallery=json.dumps([{"id": second, "alt": "正面"}]))
    owner.post(reverse("admin:catalog_product_change", args=[product.pk]), data)
    product.refresh_from_db()
    assert product.cover_id == second
    assert product.pictures.get().alt == "正面"
    assert not product.pictures.filter(pk=first).exists()


def test_publish_and_unpublish_actions(owner):
    sku = make.sku()
    empty = make.product("空", state="draft")
    Product.objects.filter(pk=sku.product_id).update(state="draft")
    address = reverse("admin:catalog_product_changelist")
    ids = [sku.product_id, empty.pk]
    page = owner.post(address, {"action": "publish", "_selected_action": ids}, follow=True).content.decode()
    assert "不能上架" in page
    assert Product.objects.get(pk=sku.product_id).state == "on_sale"
    assert Product.objects.get(pk=empty.pk).state == "draft"
    owner.post(address, {"action": "unpublish", "_selected_action": ids})
    assert Product.objects.get(pk=sku.product_id).state == "off_shelf"


def test_products_are_found_by_pinyin_and_code(owner):
    category = make.category()
    owner.post(reverse("admin:catalog_product_add"), post(category))
    code = SKU.objects.get().code
    for q in ("longjing", code, "龙井"):
        page = owner.get(reverse("admin:catalog_product_changelist"), {"q": q}).content.decode()
        assert "明前龙井" in page


def test_receiving_and_counting(owner):
    sku = make.sku(on_hand=10)
    receive = reverse("admin:catalog_stock_receive", args=[sku.pk])
    assert "入库单号" in owner.get(receive).content.decode()
    assert owner.post(receive, {"quantity": "5", "ref": "IN-1", "reason": ""}).status_code == 302
    again = owner.post(receive, {"quantity": "5", "ref": "IN-1", "reason": ""})
    assert "已登记过" in again.content.decode()
    count = reverse("admin:catalog_stock_count", args=[sku.pk])
    assert owner.post(count, {"on_hand": "12", "safety_stock": "3", "reason": "月末盘点"}).status_code == 302
    row = Stock.objects.get(pk=sku.pk)
    assert (row.on_hand, row.safety_stock) == (12, 3)
    assert StockMovement.objects.latest("pk").reason == "月末盘点"
    journal = owner.get(reverse("admin:catalog_stock_journal", args=[sku.pk]), follow=True).content.decode()
    assert "IN-1" in journal


def test_a_renamed_category_is_searched_by_its_new_name(owner):
    category = make.category()
    owner.post(reverse("admin:catalog_product_add"), post(category))
    data = {"name": "绿色好茶", "slug": "", "parent": "", "position": "0", "is_visible": "on"}
    response = owner.post(reverse("admin:catalog_category_change", args=[category.pk]), data)
    assert response.status_code == 302
    assert Category.objects.get().slug == "lv-se-hao-cha"
    assert "绿色" in str(Product.objects.get().search_vector)
