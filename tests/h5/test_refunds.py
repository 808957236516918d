"""After-sale as the shopper lives it: what a claim is worth, made once, followed to its end."""

import pytest
from django.test import Client

from mall.kernel import clock
from orders.models import Refund
from orders.services import refunds
from tests.factories import catalog
from tests.factories import orders as made

pytestmark = pytest.mark.django_db


def owner_of(order) -> Client:
    client = Client()
    client.force_login(order.member)
    return client


def test_the_worth_shown_is_the_worth_claimed():
    order = made.shipped((catalog.sku(price_fen=3333), 3))
    line = order.lines.get()
    client, url = owner_of(order), f"/me/orders/{order.no}/refund/"
    fragment = client.get(url, {f"quantity-{line.pk}": "1"}, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    shown = fragment.context["worth"].amount_fen
    client.post(url, {"kind": "refund", f"quantity-{line.pk}": "1", "reason": "质量问题", "token": "t"})
    refund = Refund.objects.get()
    assert shown == refund.amount_fen == 3333
    assert refund.reason == "质量问题"


def test_a_claim_is_made_once_however_often_the_button_is_tapped():
    order = made.paid((catalog.sku(), 2))
    client, url = owner_of(order), f"/me/orders/{order.no}/refund/"
    token = client.get(url).context["form"].token
    places = {client.post(url, {"token": token, "kind": "refund"})["Location"] for _tap in range(2)}
    assert places == {f"/me/refunds/{Refund.objects.get().no}/"}


def test_more_than_was_bought_or_nothing_at_all_is_refused_with_the_reason():
    order = made.shipped((catalog.sku(), 2))
    line = order.lines.get()
    client, url = owner_of(order), f"/me/orders/{order.no}/refund/"
    too_many = client.post(url, {"kind": "refund", f"quantity-{line.pk}": "3", "token": "a"})
    assert too_many.status_code == 422
    assert "超过可退范围" in too_many.content.decode()
    nothing = client.post(url, {"kind": "refund", f"quantity-{line.pk}": "0", "token": "b"})
    assert nothing.status_code == 422
    assert not Refund.objects.exists()


def test_only_goods_that_were_sent_can_be_returned():
    waiting, sent = made.paid((catalog.sku(), 1)), made.shipped((catalog.sku(), 1))
    offered = [
        [kind["key"] for kind in owner_of(order).get(f"/me/orders/{order.no}/refund/").context["kinds"]]
        for order in (waiting, sent)
    ]
    assert offered == [["refund"], ["refund", "return"]]


def test_an_unpaid_order_leads_back_instead_of_asking():
    order = made.placed((catalog.sku(), 1))
    assert owner_of(order).get(f"/me/orders/{order.no}/refund/")["Location"] == f"/me/orders/{order.no}/"


def test_a_return_goes_from_the_claim_to_the_parcel():
    order = made.signed((catalog.sku(), 1))
    refund = made.claim(order, kind="return", whole=True)
    client, url = owner_of(order), f"/me/refunds/{refund.no}/"
    assert "撤销申请" in client.get(url).content.decode()
    refunds.approve(refund_no=refund.no, actor="staff:service", answer="请寄回仓库", at=clock.now())
    page = client.get(url).content.decode()
    assert "请寄回仓库" in page
    assert "填写寄回的运单号" in page
    client.post(f"{url}parcel/", {"carrier": "顺丰速运", "tracking_no": "x"})
    refund.refresh_from_db()
    assert refund.state == "approved"
    for _tap in range(2):
        client.post(f"{url}parcel/", {"carrier": "顺丰速运", "tracking_no": "SF12345678"})
    refund.refresh_from_db()
    assert (refund.state, refund.return_tracking_no) == ("returning", "SF12345678")
    assert [step["state"] for step in client.get(url).context["steps"]] == ["done", "done", "current", "", ""]


def test_the_end_of_a_refund_is_told_with_its_route(django_assert_max_num_queries):
    order = made.paid((catalog.sku(), 1))
    refund = made.claim(order, whole=True)
    refunds.approve(refund_no=refund.no, actor="staff:service", at=clock.now())
    made.finish_refunds(refund.no)
    client = owner_of(order)
    with django_assert_max_num_queries(8):
        page = client.get(f"/me/refunds/{refund.no}/").content.decode()
    assert "退款已到账" in page
    assert "余额支付（原路）" in page
    with django_assert_max_num_queries(8):
        assert refund.no in client.get("/me/refunds/").content.decode()


def test_taking_a_claim_back_frees_what_it_held():
    order = made.signed((catalog.sku(), 1))
    refund = made.claim(order, whole=True)
    client = owner_of(order)
    for _tap in range(2):
        assert client.post(f"/me/refunds/{refund.no}/cancel/").status_code == 302
    page = client.get(f"/me/refunds/{refund.no}/").content.decode()
    assert "申请已撤销" in page
    assert "重新申请" in page
    assert client.get(f"/me/orders/{order.no}/refund/").status_code == 200


def test_a_refusal_gives_the_shops_reason():
    order = made.signed((catalog.sku(), 1))
    refund = made.claim(order, whole=True)
    refunds.reject(refund_no=refund.no, reason="已超过退货条件", actor="staff:service", at=clock.now())
    assert "已超过退货条件" in owner_of(order).get(f"/me/refunds/{refund.no}/").content.decode()


def test_another_members_refund_is_not_there():
    order = made.signed((catalog.sku(), 1))
    refund = made.claim(order, whole=True)
    stranger = Client()
    stranger.force_login(made.shopper())
    assert stranger.get(f"/me/refunds/{refund.no}/").status_code == 404
    for tail in ("cancel/", "parcel/"):
        form = {"carrier": "顺丰速运", "tracking_no": "SF12345678"}
        assert stranger.post(f"/me/refunds/{refund.no}/{tail}", form).status_code == 404
    refund.refresh_from_db()
    assert refund.state == "applied"
