"""Offers the pricing engine can apply: coupons and order-wide reductions."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FullReduction(models.Model):
    """满减: an order-wide reduction with steps, the highest step reached applies."""

    name = models.CharField(_("名称"), max_length=40)
    # [{"threshold_fen": 20000, "off_fen": 2000}], ascending
    steps = models.JSONField(_("阶梯"))
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("满减活动")
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="reduction_period"),
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """A coupon that members can claim: a fixed amount off the goods above a threshold."""

    name = models.CharField(_("名称"), max_length=40)
    amount_fen = models.BigIntegerField(_("面额（分）"))
    threshold_fen = models.BigIntegerField(_("使用门槛（分）"), default=0)
    total = models.PositiveIntegerField(_("发放总量"))
    claimed_count = models.PositiveIntegerField(_("已领"), default=0)
    per_member = models.PositiveSmallIntegerField(_("每人限领"), default=1)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    valid_days = models.PositiveSmallIntegerField(_("领取后有效天数"), default=30)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("优惠券")
        constraints = [
            models.CheckConstraint(condition=models.Q(claimed_count__lte=models.F("total")), name="coupon_issued"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0, threshold_fen__gte=0), name="coupon_amounts"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="coupon_period"),
        ]

    def __str__(self) -> str:
        return self.name


class MemberCoupon(models.Model):
    """A coupon in a member's hands. usable -> used (by one order) -> usable again if that order is cancelled."""

    class State(models.TextChoices):
        USABLE = "usable", _("可用")
        USED = "used", _("已使用")
        EXPIRED = "expired", _("已过期")

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="claims", verbose_name=_("优惠券"))
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("会员"))
    # 1, 2, … per member: claiming the same serial twice is impossible, so the limit holds under any race.
    serial = models.PositiveSmallIntegerField(_("第几张"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.USABLE)
    order_no = models.CharField(_("订单"), max_length=32, blank=True)
    claimed_at = models.DateTimeField(_("领取时间"))
    expires_at = models.DateTimeField(_("到期"))
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("已领优惠券")
        constraints = [
            models.UniqueConstraint(fields=["coupon", "member", "serial"], name="coupon_serial_once"),
            models.CheckConstraint(
                condition=models.Q(state="used") ^ models.Q(order_no=""), name="coupon_used_by_order"
            ),
        ]
        indexes = [models.Index(fields=["member", "state", "expires_at"])]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
