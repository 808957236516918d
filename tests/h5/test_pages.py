"""Every page of the shop against its query budget, with goods, offers and an order in the shop."""

import datetime as dt

import pytest
from django.test import Client

from mall.kernel import clock
from marketing.models import Coupon, FullReduction
from marketing.services import coupons
from members.models import Member
from tests.factories import catalog, distribution
from tests.factories import members as people
from tests.factories import orders as made

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    now = clock.now()
    day = dt.timedelta(days=1)
    Coupon.objects.create(
        name="新人见面礼", amount_fen=1000, threshold_fen=5900, total=10, starts_at=now - day, ends_at=now + day
    )
    FullReduction.objects.create(
        name="全场满减", steps=[{"threshold_fen": 20000, "off_fen": 1500}], starts_at=now - day, ends_at=now + day
    )
    place = catalog.category()
    units = [
        catalog.sku(of=catalog.product(f"明前龙井 {n}", category=place, min_price_fen=10000, max_price_fen=10000))
        for n in range(12)
    ]
    buyer = made.shopper()
    address = people.address(buyer)
    client = Client()
    client.force_login(buyer)
    client.post("/cart/add/", {"sku": units[0].pk, "quantity": 2})
    order = made.shipped((units[1], 2), (units[2], 1), member=buyer)
    waiting = made.placed((units[3], 1), member=buyer)
    refund = made.claim(order, whole=True)
    return {
        "client": client,
        "category": place.slug,
        "product": units[0].product.slug,
        "order": order.no,
        "waiting": waiting.no,
        "paid": made.paid((units[4], 1), member=buyer).no,
        "refund": refund.no,
        "address": address.pk,
        "member": buyer.pk,
    }


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("/", 12),
        ("/c/", 8),
        ("/c/{category}/", 8),
        ("/s/", 8),
        ("/s/?q=龙井", 8),
        ("/p/{product}/", 11),
        ("/cart/", 12),
        ("/checkout/", 12),
        ("/pay/{waiting}/", 8),
        ("/pay/{paid}/result/", 8),
        ("/me/", 12),
        ("/me/orders/", 8),
        ("/me/orders/{order}/", 12),
        ("/me/orders/{order}/track/", 12),
        ("/me/orders/{waiting}/cancel/", 12),
        ("/me/orders/{paid}/refund/", 12),
        ("/me/refunds/", 8),
        ("/me/refunds/{refund}/", 8),
        ("/coupons/", 8),
        ("/me/coupons/", 8),
        ("/me/wallet/", 8),
        ("/me/messages/", 8),
        ("/me/addresses/", 8),
    ],
)
def test_every_page_stays_within_its_queries_and_has_one_heading(shop, url, most, django_assert_max_num_queries):
    path = url.format(**shop)
    with django_assert_max_num_queries(most):
        response = shop["client"].get(path)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count("<h1") == 1
    assert page.count("csrfmiddlewaretoken") == page.count('method="post"')


def test_checkout_with_its_best_coupon_costs_no_second_pricing(shop, django_assert_max_num_queries):
    coupons.claim(coupon_id=Coupon.objects.get().pk, member_id=shop["member"], at=clock.now())
    with django_assert_max_num_queries(12):
        page = shop["client"].get("/checkout/")
    priced = page.context["priced"]
    assert page.context["form"].coupon == priced.coupon_id == priced.usable_coupons[0].id
    # 2 × ¥100, 满 200 减 15, and the coupon's ¥10.
    assert priced.quote.discount_total_fen == 2500


def test_what_a_distributor_earns_costs_the_same_at_every_number_of_prices(shop, django_assert_max_num_queries):
    shop["client"].force_login(Member.objects.get(pk=distribution.distributor().member_id))
    product = catalog.product("三种装")
    for price in (1000, 2000, 3000):
        catalog.sku(of=product, price_fen=price, specs={"规格": str(price)})
    with django_assert_max_num_queries(14):
        page = shop["client"].get(f"/p/{product.slug}/")
    assert len({sku["earn_fen"] for sku in page.context["matrix"]["skus"]}) == 3


def test_asking_whether_an_order_is_paid_is_cheap(shop, django_assert_max_num_queries):
    for order, state in (("waiting", "unpaid"), ("paid", "paid")):
        with django_assert_max_num_queries(6):
            answer = shop["client"].get(f"/pay/{shop[order]}/status/").json()
        assert answer["status"] in (state, "approved")


def test_more_goods_cost_no_more_queries(shop, django_assert_max_num_queries):
    place = catalog.category("满仓")
    for number in range(30):
        catalog.sku(of=catalog.product(f"白茶 {number}", category=place))
    with django_assert_max_num_queries(8):
        page = shop["client"].get(f"/c/{place.slug}/")
    assert page.context["next_url"] == "?page=2"


def test_what_is_not_there_is_a_page_with_a_way_back(shop):
    for path in ("/p/nothing/", "/c/nothing/", "/me/orders/D000/", "/me/refunds/R000/", "/pay/D000/", "/nowhere/"):
        response = shop["client"].get(path)
        assert response.status_code == 404
        assert "首页" in response.content.decode()


def test_a_search_for_nothing_names_the_word(shop):
    assert "不存在的词" in shop["client"].get("/s/", {"q": "不存在的词"}).content.decode()
