"""Claiming coupons, using them for an order, and giving them back."""

import datetime as dt

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from mall.kernel.errors import DomainError, NotFound
from mall.kernel.transactions import step, use_case
from marketing.models import Coupon, MemberCoupon


class CouponUnavailable(DomainError):
    """The coupon cannot be claimed now: not started, over, switched off or all gone."""

    code = "coupon_unavailable"
    status = 409
    message = _("优惠券已领完或不在领取时间内")


class LimitReached(DomainError):
    """The member already holds as many as one may."""

    code = "limit_reached"
    status = 409
    message = _("您已领取过这张优惠券")


class CouponUnusable(DomainError):
    """The coupon is used, expired, someone else's, or its threshold is not reached."""

    code = "coupon_unusable"
    status = 409
    message = _("优惠券不可用，请重新选择")


@use_case
def claim(*, coupon_id: int, member_id: int, at: dt.datetime) -> int:
    """Give the member one coupon; its id. Raises NotFound, CouponUnavailable, LimitReached.

    The guarded UPDATE both counts the issue and locks the coupon, so claims of one coupon happen one after another.
    """
    counted = Coupon.objects.filter(
        pk=coupon_id, is_active=True, starts_at__lte=at, ends_at__gt=at, claimed_count__lt=F("total")
    ).update(claimed_count=F("claimed_count") + 1)
    coupon = Coupon.objects.filter(pk=coupon_id).first()
    if coupon is None:
        raise NotFound
    held = MemberCoupon.objects.filter(coupon=coupon, member_id=member_id).count()
    if held >= coupon.per_member:
        raise LimitReached
    if not counted:
        raise CouponUnavailable
    claimed = MemberCoupon.objects.create(
        coupon=coupon,
        member_id=member_id,
        serial=held + 1,
        claimed_at=at,
        expires_at=at + dt.timedelta(days=coupon.valid_days),
    )
    return claimed.pk


@step
def redeem(*, member_coupon_id: int, member_id: int, order_no: str, at: dt.datetime) -> None:
    """Use a coupon for an order. Of two orders that want the same coupon one wins. Raises CouponUnusable."""
    used = MemberCoupon.objects.filter(
        pk=member_coupon_id, member_id=member_id, state=MemberCoupon.State.USABLE, expires_at__gt=at
    ).update(state=MemberCoupon.State.USED, order_no=order_no, used_at=at)
    if not used:
        raise CouponUnusable(attr="coupon")


@step
def give_back(*, order_no: str, at: dt.datetime) -> int:
    """Return the coupon a cancelled order used, with its old expiry; how many came back (a repeat returns 0)."""
    return MemberCoupon.objects.filter(order_no=order_no, state=MemberCoupon.State.USED).update(
        state=MemberCoupon.State.USABLE, order_no="", used_at=None
    )
