"""Coupons: claimed within limits, used once, given back once; with races and what the naive way would do."""

import datetime as dt
import threading
import time

import pytest
from django.db import connection, transaction

from mall.kernel.errors import NotFound
from mall.kernel.transactions import use_case
from marketing import queries
from marketing.models import Coupon, MemberCoupon
from marketing.services import coupons
from tests.factories import payments as people

AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def make(**fields):
    defaults = {
        "name": "满百减十", "amount_fen": 1000, "threshold_fen": 10_000, "total": 10,
        "starts_at": AT - DAY, "ends_at": AT + DAY,
    }  # fmt: skip
    return Coupon.objects.create(**{**defaults, **fields})


@use_case
def redeem(member_coupon_id, member_id, order_no, at=AT):
    coupons.redeem(member_coupon_id=member_coupon_id, member_id=member_id, order_no=order_no, at=at)


@use_case
def give_back(order_no):
    return coupons.give_back(order_no=order_no, at=AT)


def together(count, work):
    """Run work(n) in `count` threads behind a barrier; how many succeeded."""
    barrier, done = threading.Barrier(count), []

    def body(number):
        try:
            barrier.wait()
            work(number)
            done.append(number)
        except (coupons.CouponUnavailable, coupons.LimitReached, coupons.CouponUnusable):
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done)


@pytest.mark.django_db
def test_a_claim_counts_and_expires_by_the_offer_s_days():
    member, coupon = people.member(), make(valid_days=7)

    held = MemberCoupon.objects.get(pk=coupons.claim(coupon_id=coupon.pk, member_id=member.pk, at=AT))

    coupon.refresh_from_db()
    assert (coupon.claimed_count, held.serial, held.state) == (1, 1, "usable")
    assert held.expires_at == AT + 7 * DAY


@pytest.mark.django_db
def test_the_member_s_limit_holds():
    member, coupon = people.member(), make(per_member=2)
    for _time in range(2):
        coupons.claim(coupon_id=coupon.pk, member_id=member.pk, at=AT)
    with pytest.raises(coupons.LimitReached):
        coupons.claim(coupon_id=coupon.pk, member_id=member.pk, at=AT)
    coupon.refresh_from_db()
    assert coupon.claimed_count == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [{"total": 1, "claimed_count": 1}, {"is_active": False}, {"ends_at": AT}, {"starts_at": AT + DAY / 2}],
)
def test_what_is_not_on_offer_cannot_be_claimed(fields):
    with pytest.raises(coupons.CouponUnavailable):
        coupons.claim(coupon_id=make(**fields).pk, member_id=people.member().pk, at=AT)


@pytest.mark.django_db
def test_an_unknown_coupon_is_not_found():
    with pytest.raises(NotFound):
        coupons.claim(coupon_id=999, member_id=people.member().pk, at=AT)


@pytest.mark.django_db
def test_a_coupon_is_used_once_by_its_owner_in_time():
    member, stranger = people.member(), people.member()
    held = coupons.claim(coupon_id=make().pk, member_id=member.pk, at=AT)

    for who, at in ((stranger, AT), (member, AT + 31 * DAY)):
        with pytest.raises(coupons.CouponUnusable):
            redeem(held, who.pk, "D1", at)
    redeem(held, member.pk, "D1")
    with pytest.raises(coupons.CouponUnusable):
        redeem(held, member.pk, "D2")
    assert MemberCoupon.objects.get(pk=held).order_no == "D1"


@pytest.mark.django_db
def test_t46_a_cancelled_order_returns_the_coupon_once_with_its_old_expiry():
    member = people.member()
    held = coupons.claim(coupon_id=make().pk, member_id=member.pk, at=AT)
    redeem(held, member.pk, "D1")

    assert [give_back("D1"), give_back("D1")] == [1, 0]
    row = MemberCoupon.objects.get(pk=held)
    assert (row.state, row.order_no, row.used_at, row.expires_at) == ("usable", "", None, AT + 30 * DAY)
    redeem(held, member.pk, "D2")


@pytest.mark.django_db
def test_lists_follow_state_and_time():
    member = people.member()
    cheap, dear = make(amount_fen=500), make(amount_fen=2000, threshold_fen=50_000)
    ids = [coupons.claim(coupon_id=c.pk, member_id=member.pk, at=AT) for c in (cheap, dear)]

    assert [c.id for c in queries.usable_coupons(member_id=member.pk, items_total_fen=10_000, at=AT)] == ids[:1]
    assert [c.id for c in queries.usable_coupons(member_id=member.pk, items_total_fen=50_000, at=AT)] == ids[::-1]
    assert len(queries.member_coupons(member_id=member.pk, state="usable", at=AT)) == 2
    assert [c.state for c in queries.member_coupons(member_id=member.pk, state="expired", at=AT + 31 * DAY)] == [
        "expired",
        "expired",
    ]
    offers = queries.claimable(member_id=member.pk, at=AT)
    assert [(o.claimed, o.can_claim, o.remaining) for o in offers] == [(1, False, 9), (1, False, 9)]
    assert all(o.can_claim for o in queries.claimable(member_id=None, at=AT))


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t43_of_twenty_orders_that_want_one_coupon_one_gets_it():
    member = people.member()
    held = coupons.claim(coupon_id=make().pk, member_id=member.pk, at=AT)

    assert together(20, lambda n: redeem(held, member.pk, f"D{n}")) == 1


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t43_control_check_then_write_uses_it_more_than_once():
    member = people.member()
    held = coupons.claim(coupon_id=make().pk, member_id=member.pk, at=AT)

    def naive(number):
        with transaction.atomic():
            row = MemberCoupon.objects.get(pk=held)
            if row.state != "usable":
                raise coupons.CouponUnusable
            time.sleep(0.1)
            row.state, row.order_no = "used", f"D{number}"
            row.save()

    assert together(10, naive) > 1


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t45_a_crowd_claims_exactly_what_there_is():
    coupon, crowd = make(total=10), [people.member() for _n in range(30)]

    assert together(30, lambda n: coupons.claim(coupon_id=coupon.pk, member_id=crowd[n].pk, at=AT)) == 10
    coupon.refresh_from_db()
    assert coupon.claimed_count == MemberCoupon.objects.count() == 10


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t44_one_member_claiming_in_parallel_stays_within_the_limit():
    coupon, member = make(total=100, per_member=3), people.member()

    assert together(20, lambda _n: coupons.claim(coupon_id=coupon.pk, member_id=member.pk, at=AT)) == 3
    coupon.refresh_from_db()
    assert coupon.claimed_count == 3
