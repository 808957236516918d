"""`/api/v1/categories/`, `products/` and `search/suggestions/`, as anybody."""

import datetime as dt
from urllib.parse import quote

import pytest

from catalog.models import SKU, Product
from mall.kernel import clock
from marketing.models import Coupon, FullReduction
from tests.api.client import SQL, Api, code_of
from tests.factories import catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    return Api()


def slugs(api: Api, query: str = "") -> list[str]:
    response = api.get(f"products/{query}")
    assert response.status_code == 200, response.content
    return [row["slug"] for row in response.json()["results"]]


def test_categories_are_a_tree(api: Api) -> None:
    root = catalog.category("食品")
    leaf = catalog.category("茶叶", parent=root)
    (tree,) = [row for row in api.get("categories/").json() if row["id"] == root.pk]
    assert (tree["name"], tree["slug"]) == ("食品", root.slug)
    assert [(child["id"], child["children"]) for child in tree["children"]] == [(leaf.pk, [])]


def test_a_list_is_a_page_with_prices_in_yuan(api: Api) -> None:
    sku = catalog.sku(price_fen=12_345, market_price_fen=20_000)
    Product.objects.update(market_price_fen=20_000, sales_count=7)
    body = api.get("products/").json()
    assert set(body) == {"count", "next", "previous", "results"}
    row = body["results"][0]
    assert {"id", "slug", "name", "price", "market_price", "image", "sales", "in_stock"} <= set(row)
    assert (row["id"], row["price"], row["market_price"]) == (sku.product_id, "123.45", "200.00")
    assert (row["sales"], row["in_stock"]) == (7, True)


def test_pages_lead_to_each_other(api: Api) -> None:
    for _ in range(3):
        catalog.sku()
    first = api.get("products/?page_size=2&ordering=price").json()
    assert (first["count"], first["previous"], len(first["results"])) == (3, None, 2)
    second = api.get(first["next"].removeprefix("http://testserver")).json()
    assert (second["next"], len(second["results"])) == (None, 1)
    back = api.get(second["previous"].removeprefix("http://testserver")).json()
    assert back["results"] == first["results"]


def test_filters_narrow_the_list(api: Api) -> None:
    tea, food = catalog.category("茶叶"), catalog.category("食品")
    cheap = catalog.sku(
        price_fen=1_000, on_hand=0, of=catalog.product("粗茶", category=tea, min_price_fen=1_000, max_price_fen=1_000)
    )
    dear = catalog.sku(
        price_fen=9_000,
        of=catalog.product("火腿", category=food, audience="men", min_price_fen=9_000, max_price_fen=9_000),
    )
    cheap_slug, dear_slug = cheap.product.slug, dear.product.slug
    assert slugs(api, f"?category={tea.slug}") == slugs(api, f"?category={tea.pk}") == [cheap_slug]
    assert slugs(api, "?price_min=50") == [dear_slug]
    assert slugs(api, "?price_max=50.00") == [cheap_slug]
    assert slugs(api, "?in_stock=true") == [dear_slug]
    assert slugs(api, "?audience=women") == [cheap_slug]
    assert slugs(api, "?ordering=price") == [cheap_slug, dear_slug]
    assert slugs(api, "?ordering=-price") == [dear_slug, cheap_slug]
    assert slugs(api, "?category=unknown") == slugs(api, "?category=999999") == []


@pytest.mark.parametrize(
    "query",
    [
        "ordering=cost_fen",
        "ordering=?",
        "audience=robots",
        "in_stock=perhaps",
        "price_min=-1",
        "price_min=1e3",
        "price_max=١",
        "price_max=NaN",
        "page=0",
        "page=-1",
        "page=abc",
        "page=99999",
        "page_size=101",
        "page_size=1000000",
        "page_size=0",
        "q=" + "长" * 101,
        "category=../etc",
    ],
)
def test_unknown_values_are_refused(api: Api, query: str) -> None:
    response = api.get(f"products/?{query}")
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["attr"] == query.split("=")[0]


@pytest.mark.parametrize("text", SQL)
@pytest.mark.parametrize("name", ["ordering", "category", "brand", "q", "price_min", "audience", "page"])
def test_t68_t69_sql_in_parameters_is_text(api: Api, name: str, text: str) -> None:
    catalog.sku()
    for path in ("products/", "search/suggestions/", "categories/"):
        response = api.get(f"{path}?{name}={quote(text)}")
        assert response.status_code in (200, 400)
    assert SKU.objects.count() == 1


def test_a_product_shows_variants_and_offers(api: Api) -> None:
    sku = catalog.sku(price_fen=10_000, on_hand=3, specs={"颜色": "红"})
    now = clock.now()
    period = {"starts_at": now - dt.timedelta(days=1), "ends_at": now + dt.timedelta(days=1)}
    FullReduction.objects.create(name="满 100 减 10", steps=[{"threshold_fen": 10_000, "off_fen": 1_000}], **period)
    Coupon.objects.create(
        name="十元券", amount_fen=1_000, threshold_fen=0, total=5, valid_days=7, per_member=1, **period
    )
    by_id = api.get(f"products/{sku.product_id}/").json()
    assert by_id == api.get(f"products/{sku.product.slug}/").json()
    expected = {"gallery", "video", "spin_frames", "description_html", "attributes", "certificates", "skus", "offers"}
    assert expected | {"rating", "id", "slug", "name", "price", "market_price", "image", "sales", "in_stock"} <= set(
        by_id
    )
    (variant,) = by_id["skus"]
    assert {"id", "code", "specs", "price", "market_price", "stock", "image"} <= set(variant)
    assert (variant["id"], variant["specs"], variant["price"], variant["stock"]) == (
        sku.pk,
        {"颜色": "红"},
        "100.00",
        3,
    )
    assert {offer["label"] for offer in by_id["offers"]} == {"满 100 减 10", "十元券"}


@pytest.mark.parametrize("reference", ["0", "999999999", "9999999999", "nothing", "-1", "1.0", "%E7%BA%A2"])
def test_an_unknown_product_does_not_exist(api: Api, reference: str) -> None:
    response = api.get(f"products/{reference}/")
    assert (response.status_code, code_of(response)) == (404, "not_found")


def test_a_draft_is_not_shown(api: Api) -> None:
    draft = catalog.product(state=Product.State.DRAFT)
    assert api.get(f"products/{draft.pk}/").status_code == 404
    assert slugs(api) == []


def test_suggestions_say_what_they_are(api: Api) -> None:
    catalog.category("龙井")
    (first, *_rest) = api.get("search/suggestions/?q=龙井").json()
    assert {"text", "kind"} <= set(first)
    assert (first["text"], first["kind"]) == ("龙井", "category")
    assert api.get("search/suggestions/").json() == []


def test_a_stale_token_does_not_matter(api: Api) -> None:
    api.sign("Bearer stale")
    assert api.get("products/").status_code == 200
