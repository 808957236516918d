"""What an order earns whom: the snapshot at placement, the commissions, and what refunds took back."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from distribution.member_models import Distributor
from distribution.programme_models import Programme


class Attribution(models.Model):
    """The snapshot of an order at placement: chain, rates, basis, nets and costs. Every amount follows from it alone."""

    order_no = models.CharField(_("订单"), max_length=32, unique=True)
    buyer_id = models.BigIntegerField(_("买家"))
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+", verbose_name=_("规则版本"))
    # [{"tier": 1, "distributor": id|null, "code": …, "name": …, "binding": id|null, "why": "bound"|"self"|"missing"|…}]
    chain = models.JSONField(_("链路"))
    # [{"line": id, "name", "quantity", "net_fen", "list_fen", "cost_fen", "base_fen", "rates_ppm": […], "source": "programme:v3"}]
    lines = models.JSONField(_("明细"))
    placed_at = models.DateTimeField(_("下单时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("订单归属")
        indexes = [models.Index(fields=["buyer_id", "-placed_at"])]


class Commission(models.Model):
    """What one tier earns from one order."""

    class State(models.TextChoices):
        ESTIMATED = "estimated", _("预估")
        FROZEN = "frozen", _("冻结中")
        CLEARED = "cleared", _("待结算")
        SETTLED = "settled", _("已结算")
        REVERSED = "reversed", _("已撤销")

    order_no = models.CharField(_("订单"), max_length=32)
    distributor = models.ForeignKey(Distributor, models.PROTECT, related_name="commissions", verbose_name=_("分销商"))
    tier = models.PositiveSmallIntegerField(_("级"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.ESTIMATED)
    base_fen = models.BigIntegerField(_("计佣基数（分）"))
    amount_fen = models.BigIntegerField(_("佣金（分）"))
    reversed_fen = models.BigIntegerField(_("已撤销（分）"), default=0)
    # {"exact": …, "uncapped_fen": …, "cap_fen": …, "note": …}
    computation = models.JSONField(_("计算过程"), default=dict)
    cooling_days = models.PositiveSmallIntegerField(_("冷静期（天）"))
    earned_at = models.DateTimeField(_("产生时间"))
    frozen_at = models.DateTimeField(_("签收时间"), null=True, blank=True)
    cooling_ends_at = models.DateTimeField(_("解冻时间"), null=True, blank=True)
    cleared_at = models.DateTimeField(_("可结算时间"), null=True, blank=True)
    statement = models.ForeignKey(
        "distribution.Statement",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("账单"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("佣金")
        constraints = [
            models.UniqueConstraint(fields=["order_no", "tier"], name="commission_once"),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0, reversed_fen__gte=0) & Q(reversed_fen__lte=F("amount_fen")),
                name="commission_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["distributor", "state", "-id"]),
            models.Index(fields=["distributor", "-id"]),
            models.Index(fields=["cooling_ends_at"], condition=Q(state="frozen"), name="commission_cooling"),
            models.Index(fields=["cleared_at"], condition=Q(state="cleared"), name="commission_cleared"),
        ]

    def __str__(self) -> str:
        return f"{self.order_no} · {self.tier}"

    @property
    def net_fen(self) -> int:
        return self.amount_fen - self.reversed_fen


class CommissionLine(models.Model):
    """The part of a commission that one order line carries; refunds of the line take it back from here."""

    commission = models.ForeignKey(Commission, models.PROTECT, related_name="lines", verbose_name=_("佣金"))
    line = models.BigIntegerField(_("订单行"))
    position = models.PositiveSmallIntegerField(_("行号"))
    net_fen = models.BigIntegerField(_("行实付（分）"))
    base_fen = models.BigIntegerField(_("行基数（分）"))
    rate_ppm = models.PositiveIntegerField(_("比例（ppm）"))
    amount_fen = models.BigIntegerField(_("佣金（分）"))
    refunded_fen = models.BigIntegerField(_("行已退（分）"), default=0)
    reversed_fen = models.BigIntegerField(_("已撤销（分）"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("佣金明细")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["commission", "line"], name="commission_line_once"),
            models.CheckConstraint(
                condition=Q(reversed_fen__gte=0)
                & Q(reversed_fen__lte=F("amount_fen"))
                & Q(refunded_fen__lte=F("net_fen")),
                name="commission_line_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Reversal(models.Model):
    """What one refund took back from one commission. Append-only but for the statement it appears in."""

    commission = models.ForeignKey(Commission, models.PROTECT, related_name="reversals", verbose_name=_("佣金"))
    refund_no = models.CharField(_("售后单"), max_length=32)
    amount_fen = models.BigIntegerField(_("撤销（分）"))
    # True when the commission had already been settled: the amount is then a debit on the available balance.
    after_settlement = models.BooleanField(_("结算后"), default=False)
    statement = models.ForeignKey(
        "distribution.Statement",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("账单"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("佣金撤销")
        constraints = [
            models.UniqueConstraint(fields=["commission", "refund_no"], name="reversal_once"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="reversal_amount"),
        ]
