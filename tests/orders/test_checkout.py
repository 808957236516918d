"""Quote and place: one price, all or nothing, and nothing a client sends can bend it."""

import dataclasses
import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, Stock
from catalog.services import stock
from mall.kernel.errors import NotFound
from mall.kernel.models import OutboxEvent
from marketing.models import Coupon, FullReduction, MemberCoupon
from marketing.services import coupons
from members.models import Address
from orders.models import CartItem, Order, OrderLog
from orders.services import cart, checkout, goods, requests
from orders.services.checkout import CheckoutRequest, Wanted
from tests.factories import catalog, orders

AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.django_db


def coupon_for(member, **fields):
    defaults = {"name": "券", "amount_fen": 1000, "total": 10, "starts_at": AT - DAY, "ends_at": AT + DAY}
    row = Coupon.objects.create(**{**defaults, **fields})
    return coupons.claim(coupon_id=row.pk, member_id=member.pk, at=AT)


def place(member, request, **kwargs):
    return Order.objects.get(no=checkout.place(member_id=member.pk, request=request, at=AT, **kwargs))


def test_an_order_freezes_what_was_quoted():
    member = orders.shopper()
    tea, cup = catalog.sku(price_fen=3000, cost_fen=1200, weight_g=600), catalog.sku(price_fen=1500, weight_g=600)
    request = orders.request((tea, 2), (cup, 1), remark="放门口", referral_code="K7Q2")
    quote = checkout.quote(member_id=member.pk, request=request, at=AT)

    order = place(member, request, fingerprint=quote.fingerprint)

    assert (order.goods_total_fen, order.freight_fen, order.payable_fen) == (7500, 1000, 8500)
    assert order.payable_fen == quote.quote.payable_fen
    assert (order.state, order.expires_at, order.recipient_name) == ("unpaid", AT + dt.timedelta(minutes=30), "王小明")
    assert [(line.sku_id, line.quantity, line.payable_fen, line.cost_fen) for line in order.lines.all()] == [
        (tea.pk, 2, 6000, 1200),
        (cup.pk, 1, 1500, 0),
    ]
    assert list(Stock.objects.order_by("pk").values_list("reserved", flat=True)) == [2, 1]
    assert [(log.command, log.to_state) for log in OrderLog.objects.all()] == [("place", "unpaid")]
    event = OutboxEvent.objects.get(name="orders.OrderPlaced")
    assert event.aggregate == f"order:{order.no}"


def test_example_b_reaches_the_lines_with_its_rule():
    member = orders.shopper()
    skus = [catalog.sku(price_fen=1000) for _n in range(3)]
    held = coupon_for(member)

    order = place(member, orders.request(*((sku, 1) for sku in skus), coupon_id=held))

    assert [line.payable_fen for line in order.lines.all()] == [666, 667, 667]
    assert [a.amount_fen for line in order.lines.all() for a in line.adjustments.all()] == [334, 333, 333]
    assert MemberCoupon.objects.get(pk=held).order_no == order.no


def test_reductions_and_coupon_stack_in_order():
    FullReduction.objects.create(
        name="满减", steps=[{"threshold_fen": 20_000, "off_fen": 2000}], starts_at=AT - DAY, ends_at=AT + DAY
    )
    member = orders.shopper()
    held = coupon_for(member, threshold_fen=18_000)

    order = place(member, orders.request((catalog.sku(price_fen=10_000), 2), coupon_id=held))

    assert [(a.kind, a.amount_fen) for a in order.lines.get().adjustments.order_by("pk")] == [
        ("full_reduction", 2000),
        ("coupon", 1000),
    ]
    assert order.payable_fen == 17_000


def test_the_coupons_offered_are_those_the_reduced_goods_reach():
    member = orders.shopper()
    held = coupon_for(member, threshold_fen=5000)
    coupon_for(member, threshold_fen=5001)
    quote = checkout.quote(member_id=member.pk, request=orders.request((catalog.sku(price_fen=5000), 1)), at=AT)
    assert [c.id for c in quote.usable_coupons] == [held]


def test_a_changed_price_is_told_and_makes_no_order():
    member, sku = orders.shopper(), catalog.sku(price_fen=1000)
    request = orders.request((sku, 1))
    quote = checkout.quote(member_id=member.pk, request=request, at=AT)
    sku.price_fen = 1001
    sku.save()

    with pytest.raises(checkout.PriceChanged) as caught:
        place(member, request, fingerprint=quote.fingerprint)

    assert caught.value.data["old"] == quote.fingerprint
    assert caught.value.data["new"] == checkout.quote(member_id=member.pk, request=request, at=AT).fingerprint
    assert not Order.objects.exists()
    assert Stock.objects.get(pk=sku.pk).reserved == 0


def test_t03_a_sku_asked_for_twice_is_summed_before_it_is_judged():
    member, sku = orders.shopper(), catalog.sku(on_hand=1)
    with pytest.raises(stock.OutOfStock):
        place(member, orders.request((sku, 1), (sku, 1)))
    other = catalog.sku(on_hand=2)
    order = place(member, orders.request((other, 1), (other, 1)))
    assert order.lines.get().quantity == 2


@pytest.mark.parametrize(
    "quantity", [-5, 0, 1.5, "1e3", "１", "٣", "1", 2**31, 2**63, None, [], {}, True, float("nan"), 10_000]
)
def test_t12_a_quantity_is_a_plain_number_in_range(quantity):
    member, sku = orders.shopper(), catalog.sku()
    request = CheckoutRequest(items=(Wanted(sku_id=sku.pk, quantity=quantity),), address=orders.RECIPIENT)
    for act in (
        lambda: place(member, request),
        lambda: checkout.quote(member_id=member.pk, request=request, at=AT),
        lambda: cart.put(member_id=member.pk, sku_id=sku.pk, quantity=quantity, at=AT),
    ):
        with pytest.raises(requests.InvalidQuantity):
            act()
    assert not Order.objects.exists()
    assert not CartItem.objects.exists()
    assert Stock.objects.get(pk=sku.pk).reserved == 0


def test_repeats_cannot_add_up_past_the_range():
    member, sku = orders.shopper(), catalog.sku()
    with pytest.raises(requests.InvalidQuantity):
        place(member, orders.request((sku, 9_999), (sku, 1)))


def test_a_failure_halfway_leaves_nothing():
    member = orders.shopper()
    held = coupon_for(member)
    good, scarce = catalog.sku(price_fen=5000), catalog.sku(price_fen=5000, on_hand=1)

    with pytest.raises(stock.OutOfStock):
        place(member, orders.request((good, 1), (scarce, 2), coupon_id=held))

    assert MemberCoupon.objects.get(pk=held).state == "usable"
    assert not Stock.objects.filter(reserved__gt=0).exists()
    assert not OutboxEvent.objects.filter(name="orders.OrderPlaced").exists()


def test_goods_that_cannot_be_bought_are_refused_by_reason():
    member = orders.shopper()
    hidden = catalog.sku(of=catalog.product(state=Product.State.OFF_SHELF))
    limited = catalog.product(limit_per_order=2)
    one, two = catalog.sku(of=limited, specs={"色": "红"}), catalog.sku(of=limited, specs={"色": "蓝"})

    with pytest.raises(goods.SkuUnavailable):
        place(member, orders.request((hidden, 1)))
    with pytest.raises(goods.LimitReached) as caught:
        place(member, orders.request((one, 2), (two, 1)))
    assert caught.value.data["limit"] == 2
    with pytest.raises(NotFound):
        place(member, CheckoutRequest(items=(Wanted(sku_id=987_654, quantity=1),), address=orders.RECIPIENT))
    with pytest.raises(requests.EmptyBasket):
        place(member, CheckoutRequest(items=(), address=orders.RECIPIENT))


def test_a_coupon_must_be_the_member_s_and_reach_its_threshold():
    member, stranger = orders.shopper(), orders.shopper()
    sku = catalog.sku(price_fen=5000)
    for held in (coupon_for(stranger), coupon_for(member, threshold_fen=5001), 987_654):
        with pytest.raises(coupons.CouponUnusable):
            place(member, orders.request((sku, 1), coupon_id=held))


def test_the_address_is_the_given_one_or_the_member_s_own():
    member, stranger, sku = orders.shopper(), orders.shopper(), catalog.sku()
    fields = dataclasses.asdict(orders.RECIPIENT)
    own = Address.objects.create(member=member, **{**fields, "province": "西藏自治区"})
    request = CheckoutRequest(items=(Wanted(sku_id=sku.pk, quantity=1),))

    assert place(member, request).freight_fen == 2000
    assert place(member, dataclasses.replace(request, address_id=own.pk)).province == "西藏自治区"
    with pytest.raises(NotFound):
        place(stranger, dataclasses.replace(request, address_id=own.pk))
    with pytest.raises(checkout.AddressRequired):
        place(stranger, request)


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", "1380000000"), ("phone", "１３８００００００１"), ("name", " "), ("street", "路" * 121)],
)
def test_a_broken_address_is_refused_by_field(field, value):
    member, sku = orders.shopper(), catalog.sku()
    request = orders.request((sku, 1))
    broken = dataclasses.replace(request, address=dataclasses.replace(orders.RECIPIENT, **{field: value}))
    with pytest.raises(requests.InvalidAddress) as caught:
        place(member, broken)
    assert caught.value.attr == f"address.{field}"


def test_buying_the_cart_takes_the_ticked_items_only():
    member, bought, kept = orders.shopper(), catalog.sku(), catalog.sku()
    for sku in (bought, kept):
        cart.put(member_id=member.pk, sku_id=sku.pk, quantity=1, at=AT)
    cart.select(member_id=member.pk, item_ids=[CartItem.objects.get(sku=kept).pk], is_selected=False, at=AT)

    order = place(member, CheckoutRequest(address=orders.RECIPIENT))

    assert order.lines.get().sku_id == bought.pk
    assert [item.sku_id for item in CartItem.objects.all()] == [kept.pk]


@pytest.mark.django_db(transaction=True)
@pytest.mark.serial
def test_placing_two_lines_takes_at_most_twenty_statements():
    member = orders.shopper()
    request = orders.request((catalog.sku(), 1), (catalog.sku(), 2))
    with CaptureQueriesContext(connection) as captured:
        checkout.place(member_id=member.pk, request=request, at=AT)
    assert len(captured) <= 20, "\n".join(q["sql"][:100] for q in captured)
