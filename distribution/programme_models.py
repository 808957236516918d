"""The rules, as dated versions: what was true when an order was placed stays true for it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Programme(models.Model):
    """One version of the commission programme. Exactly one is in force at any moment; old ones never change."""

    class Basis(models.TextChoices):
        SALES = "sales", _("实付金额")
        PROFIT = "profit", _("利润")
        LIST_PRICE = "list_price", _("标价")

    class SelfPurchase(models.TextChoices):
        OFF = "off", _("不计佣")
        REBATE = "rebate", _("返给本人")

    class MissingTier(models.TextChoices):
        FORFEIT = "forfeit", _("归平台")
        ROLL_UP = "roll_up", _("上级递补")

    class Cycle(models.TextChoices):
        DAILY = "daily", _("日结")
        WEEKLY = "weekly", _("周结")
        MONTHLY = "monthly", _("月结")

    class BindingMode(models.TextChoices):
        PERMANENT = "permanent", _("永久")
        DAYS = "days", _("固定天数")
        OVERWRITE = "overwrite", _("最后一次为准")

    version = models.PositiveIntegerField(_("版本"), unique=True)
    tiers = models.PositiveSmallIntegerField(_("级数"))
    # [200000, 100000, 50000] ppm, one per tier
    rates_ppm = models.JSONField(_("比例（ppm）"))
    basis = models.CharField(_("计佣基数"), max_length=10, choices=Basis.choices)
    self_purchase = models.CharField(_("自购"), max_length=8, choices=SelfPurchase.choices)
    missing_tier = models.CharField(_("缺级处理"), max_length=8, choices=MissingTier.choices)
    cap_ppm = models.PositiveIntegerField(_("佣金封顶（ppm）"))
    cooling_days = models.PositiveSmallIntegerField(_("冷静期（天）"))
    cycle = models.CharField(_("结算周期"), max_length=8, choices=Cycle.choices)
    pay_day = models.PositiveSmallIntegerField(_("发放日"))
    binding_mode = models.CharField(
        _("绑定方式"), max_length=10, choices=BindingMode.choices, default=BindingMode.PERMANENT
    )
    binding_days = models.PositiveSmallIntegerField(_("绑定天数"), default=0)
    withdrawal_minimum_fen = models.BigIntegerField(_("最低提现（分）"))
    withdrawal_maximum_fen = models.BigIntegerField(_("最高提现（分）"))
    withdrawals_per_day = models.PositiveSmallIntegerField(_("每日次数"))
    fee_ppm = models.PositiveIntegerField(_("手续费（ppm）"), default=0)
    fee_floor_fen = models.BigIntegerField(_("手续费下限（分）"), default=0)
    fee_cap_fen = models.BigIntegerField(_("手续费上限（分，0 为无）"), default=0)
    # Who accepted the risk text that a third tier requires, and when.
    acknowledged_by = models.CharField(_("合规确认人"), max_length=60, blank=True)
    acknowledged_at = models.DateTimeField(_("合规确认时间"), null=True, blank=True)
    reason = models.CharField(_("变更说明"), max_length=200)
    published_by = models.CharField(_("发布人"), max_length=60)
    active_from = models.DateTimeField(_("生效"))
    active_to = models.DateTimeField(_("失效"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("分销规则")
        constraints = [
            models.CheckConstraint(condition=Q(tiers__gte=1, tiers__lte=3), name="programme_three_tiers_at_most"),
            models.CheckConstraint(
                condition=Q(tiers__lte=2) | Q(acknowledged_at__isnull=False),
                name="programme_third_tier_acknowledged",
            ),
            models.CheckConstraint(condition=Q(cap_ppm__lte=1_000_000), name="programme_cap"),
            models.UniqueConstraint(fields=["active_to"], name="programme_one_in_force", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class ProductRate(models.Model):
    """A product's own rates for a period, instead of the programme's."""

    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("商品"))
    # ppm per tier; [] = this product earns nothing
    rates_ppm = models.JSONField(_("比例（ppm）"))
    reason = models.CharField(_("说明"), max_length=120)
    published_by = models.CharField(_("发布人"), max_length=60)
    active_from = models.DateTimeField(_("生效"))
    active_to = models.DateTimeField(_("失效"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("商品佣金")
        constraints = [
            models.UniqueConstraint(
                fields=["product"], condition=Q(active_to__isnull=True), name="product_rate_one_in_force"
            )
        ]
        indexes = [models.Index(fields=["product", "-active_from"])]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
