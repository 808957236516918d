"""Offers and coupons as plain data."""

import dataclasses
import datetime as dt

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from marketing.models import Coupon, FullReduction, MemberCoupon
from marketing.pricing.types import CouponOffer, FullReductionOffer, Step


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClaimableCoupon:
    """A coupon on offer. `claimed` counts those the asking member took; `can_claim` allows for limit and stock."""

    id: int
    name: str
    amount_fen: int
    threshold_fen: int
    remaining: int
    per_member: int
    valid_days: int
    ends_at: dt.datetime
    claimed: int
    can_claim: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class HeldCoupon:
    """A coupon in a member's hands; `state` is usable, used or expired as of the asked moment."""

    id: int
    coupon_id: int
    name: str
    amount_fen: int
    threshold_fen: int
    state: str
    claimed_at: dt.datetime
    expires_at: dt.datetime
    order_no: str

    @property
    def offer(self) -> CouponOffer:
        """The coupon for the pricing engine."""
        return CouponOffer(
            rule=f"coupon:{self.coupon_id}",
            label=self.name,
            amount_fen=self.amount_fen,
            threshold_fen=self.threshold_fen,
        )


def reductions_at(*, at: dt.datetime) -> tuple[FullReductionOffer, ...]:
    """The 满减 running at `at`, for the pricing engine."""
    running = FullReduction.objects.filter(is_active=True, starts_at__lte=at, ends_at__gt=at).order_by("pk")
    return tuple(
        FullReductionOffer(
            rule=f"reduction:{row.pk}",
            label=row.name,
            steps=tuple(Step(threshold_fen=s["threshold_fen"], off_fen=s["off_fen"]) for s in row.steps),
        )
        for row in running
    )


def coupon_offer(*, member_coupon_id: int, member_id: int, at: dt.datetime) -> CouponOffer | None:
    """The member's coupon for the pricing engine; None when it is used, expired or not theirs."""
    held = (
        MemberCoupon.objects.select_related("coupon")
        .filter(pk=member_coupon_id, member_id=member_id, state=MemberCoupon.State.USABLE, expires_at__gt=at)
        .first()
    )
    return _held(held, at).offer if held else None


def usable_coupons(*, member_id: int, items_total_fen: int, at: dt.datetime) -> list[HeldCoupon]:
    """The member's coupons whose threshold `items_total_fen` reaches, the most valuable first, then by expiry."""
    held = (
        MemberCoupon.objects.select_related("coupon")
        .filter(
            member_id=member_id,
            state=MemberCoupon.State.USABLE,
            expires_at__gt=at,
            coupon__threshold_fen__lte=items_total_fen,
        )
        .order_by("-coupon__amount_fen", "expires_at", "pk")
    )
    return [_held(row, at) for row in held]


def member_coupons(*, member_id: int, state: str, at: dt.datetime) -> list[HeldCoupon]:
    """The member's coupons that are `usable`, `used` or `expired` at `at`."""
    states = {
        "usable": Q(state="usable", expires_at__gt=at),
        "used": Q(state="used"),
        "expired": Q(state="usable", expires_at__lte=at) | Q(state="expired"),
    }
    held = MemberCoupon.objects.select_related("coupon").filter(states[state], member_id=member_id)
    return [_held(row, at) for row in held.order_by("expires_at" if state == "usable" else "-pk")]


def claimable(*, member_id: int | None, at: dt.datetime) -> list[ClaimableCoupon]:
    """Coupons on offer at `at`, those running out first left in place so that a list does not jump."""
    mine = (
        MemberCoupon.objects.filter(coupon=OuterRef("pk"), member_id=member_id or 0)
        .order_by()
        .values("coupon")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = (
        Coupon.objects.filter(is_active=True, starts_at__lte=at, ends_at__gt=at)
        .annotate(claimed=Coalesce(Subquery(mine), 0), remaining=F("total") - F("claimed_count"))
        .order_by("-amount_fen", "pk")
    )
    return [
        ClaimableCoupon(
            id=row.pk,
            name=row.name,
            amount_fen=row.amount_fen,
            threshold_fen=row.threshold_fen,
            remaining=row.remaining,
            per_member=row.per_member,
            valid_days=row.valid_days,
            ends_at=row.ends_at,
            claimed=row.claimed,
            can_claim=row.remaining > 0 and row.claimed < row.per_member,
        )
        for row in rows
    ]


def _held(row: MemberCoupon, at: dt.datetime) -> HeldCoupon:
    is_over = row.state == MemberCoupon.State.USABLE and row.expires_at <= at
    return HeldCoupon(
        id=row.pk,
        coupon_id=row.coupon_id,
        name=row.coupon.name,
        amount_fen=row.coupon.amount_fen,
        threshold_fen=row.coupon.threshold_fen,
        state=MemberCoupon.State.EXPIRED.value if is_over else row.state,
        claimed_at=row.claimed_at,
        expires_at=row.expires_at,
        order_no=row.order_no,
    )
