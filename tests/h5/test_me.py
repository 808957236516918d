"""我的, coupons, balance and messages as a shopper meets them."""

import datetime as dt

import pytest
from django.test import Client

from mall.kernel import clock, notices
from mall.kernel.models import Notice
from mall.kernel.transactions import use_case
from marketing.models import Coupon, MemberCoupon
from members.models import Member
from payments.services import wallets
from tests.factories import catalog, distribution
from tests.factories import members as people
from tests.factories import orders as made

pytestmark = pytest.mark.django_db

PAGES = ("/me/orders/", "/me/refunds/", "/me/coupons/", "/me/wallet/", "/me/messages/")


def logged_in(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def coupon(**fields: object) -> Coupon:
    now = clock.now()
    values = {
        "name": "新客立减",
        "amount_fen": 1000,
        "threshold_fen": 5000,
        "total": 10,
        "starts_at": now - dt.timedelta(days=1),
        "ends_at": now + dt.timedelta(days=1),
    } | fields
    return Coupon.objects.create(**values)


@use_case
def tell(*, member_id: int, ref: str, url: str = "") -> None:
    notices.post(member_id=member_id, kind="order_shipped", ref=ref, title=f"通知 {ref}", url=url)


def text(client: Client, url: str, *, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def test_a_guest_sees_a_login_card_and_the_tools():
    page = text(Client(), "/me/")
    assert "/login/?next=/me/" in page
    assert "收货地址" in page
    assert "领券中心" in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize("url", PAGES)
def test_a_guest_is_sent_to_the_login_and_back(url):
    response = Client().get(url)
    assert response.status_code == 302
    assert response["Location"] == f"/login/?next={url}"


@pytest.mark.parametrize("url", PAGES)
def test_a_new_member_finds_every_page_empty_but_alive(url, django_assert_max_num_queries):
    client = logged_in(people.member())
    with django_assert_max_num_queries(8):
        page = text(client, url)
    assert 'class="empty"' in page
    assert page.count("<h1") == 1


def test_the_badges_equal_the_rows_of_each_tab(django_assert_max_num_queries):
    buyer = made.shopper()
    unit = catalog.sku(on_hand=50)
    made.placed((unit, 1), member=buyer)
    made.placed((unit, 1), member=buyer)
    made.paid((unit, 1), member=buyer)
    made.claim(made.shipped((unit, 1), member=buyer), whole=True)
    client = logged_in(buyer)
    with django_assert_max_num_queries(12):
        response = client.get("/me/")
    counts = {icon["query"]: icon["count"] for icon in response.context["order_icons"]}
    assert counts == {"?tab=unpaid": 2, "?tab=to_ship": 1, "?tab=to_receive": 1, "?tab=refunds": 1}
    for query, count in counts.items():
        assert len(client.get(f"/me/orders/{query}").context["rows"]) == count


def test_only_a_distributor_sees_the_promotion_centre(django_assert_max_num_queries):
    shopper = people.member()
    assert "立即申请" in text(logged_in(shopper), "/me/")
    seller = distribution.distributor()
    client = logged_in(seller.member)
    with django_assert_max_num_queries(12):
        page = text(client, "/me/")
    assert "进入推广中心" in page
    assert "立即申请" not in page


def test_a_coupon_is_claimed_once_however_often_the_button_is_tapped():
    offered, member = coupon(per_member=3), people.member()
    client = logged_in(member)
    token = client.get("/coupons/").context["token"]
    for _tap in range(2):
        response = client.post(f"/coupons/{offered.pk}/claim/", {"token": token}, follow=True)
        assert response.status_code == 200
    assert MemberCoupon.objects.filter(member=member).count() == 1
    assert "已领 1 / 3 张" in response.content.decode()
    assert "新客立减" in text(client, "/me/coupons/")


def test_claiming_by_fragment_answers_with_the_coupon_as_it_is_now():
    offered = coupon()
    client = logged_in(people.member())
    response = client.post(f"/coupons/{offered.pk}/claim/", {"token": "t1"}, headers={"HX-Request": "true"})
    assert "去使用" in response.content.decode()
    assert "toast" in response["HX-Trigger"]
    again = client.post(f"/coupons/{offered.pk}/claim/", {"token": "t2"}, headers={"HX-Request": "true"})
    assert again.status_code == 409
    assert MemberCoupon.objects.count() == 1


def test_a_guest_gets_the_coupon_after_the_login():
    offered, member = coupon(), people.member()
    client = Client()
    response = client.post(f"/coupons/{offered.pk}/claim/", {"token": "t"})
    assert response["Location"] == "/login/?next=%2Fcoupons%2F"
    client.force_login(member)
    assert "领取成功" in text(client, "/coupons/")
    assert MemberCoupon.objects.get().member_id == member.pk
    text(client, "/coupons/")
    assert MemberCoupon.objects.count() == 1


def test_a_sold_out_or_unknown_coupon_says_so():
    gone = coupon(total=1, claimed_count=1)
    client = logged_in(people.member())
    assert "已抢光" in text(client, "/coupons/")
    response = client.post(f"/coupons/{gone.pk}/claim/", {"token": "t"}, follow=True)
    assert "已领完" in response.content.decode()
    assert client.post("/coupons/999999999/claim/", {"token": "t"}).status_code == 404


def test_each_tab_of_the_coupons_holds_its_own():
    offered, member = coupon(per_member=3), people.member()
    now = clock.now()
    common = {"coupon": offered, "member": member, "claimed_at": now}
    MemberCoupon.objects.create(**common, serial=1, expires_at=now + dt.timedelta(days=3))
    MemberCoupon.objects.create(
        **common, serial=2, expires_at=now + dt.timedelta(days=3), state="used", order_no="M1", used_at=now
    )
    MemberCoupon.objects.create(**common, serial=3, expires_at=now - dt.timedelta(days=1))
    client = logged_in(member)
    for tab, word in (("usable", "去使用"), ("used", "已使用"), ("expired", "已过期")):
        response = client.get(f"/me/coupons/?tab={tab}")
        assert len(response.context["held"]) == 1
        assert word in response.content.decode()
    assert client.get("/me/coupons/?tab=nonsense").context["tab"] == "usable"


def test_the_balance_page_lists_every_change_in_pages(django_assert_max_num_queries):
    member = people.member()
    for number in range(25):
        wallets.grant(member_id=member.pk, amount_fen=100, ref=f"g{member.pk}-{number}", note="充值", at=clock.now())
    client = logged_in(member)
    with django_assert_max_num_queries(8):
        page = client.get("/me/wallet/")
    assert page.context["balance_fen"] == 2500
    assert len(page.context["entries"]) == 20
    assert page.context["next_url"] == "?page=2"
    rest = client.get("/me/wallet/?page=2", headers={"HX-Request": "true"})
    assert len(rest.context["entries"]) == 5
    assert "<html" not in rest.content.decode()
    assert len(client.get("/me/wallet/?page=2").context["entries"]) == 25
    assert client.get("/me/wallet/?page=nonsense").status_code == 200


def test_a_message_is_read_when_opened_and_leads_where_it_should():
    member = people.member()
    tell(member_id=member.pk, ref="a", url="/me/orders/")
    tell(member_id=member.pk, ref="b")
    client = logged_in(member)
    assert client.get("/me/messages/").context["unread"] == 2
    first = Notice.objects.get(ref="a")
    assert client.post(f"/me/messages/{first.pk}/")["Location"] == "/me/orders/"
    assert client.get("/me/messages/").context["unread"] == 1
    client.post("/me/messages/read/")
    assert client.get("/me/messages/").context["unread"] == 0


def test_a_message_of_somebody_else_is_not_there():
    owner = people.member()
    tell(member_id=owner.pk, ref="a", url="/me/orders/")
    notice = Notice.objects.get()
    client = logged_in(people.member())
    assert "通知 a" not in text(client, "/me/messages/")
    assert client.post(f"/me/messages/{notice.pk}/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None
