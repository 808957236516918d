"""From cleared commission to money in hand: settlement runs, statements, withdrawals."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from distribution.member_models import Distributor


class SettlementRun(models.Model):
    """One settlement of everything cleared before `period_end`."""

    class State(models.TextChoices):
        RUNNING = "running", _("执行中")
        SETTLED = "settled", _("已出账")
        PAID = "paid", _("已发放")

    no = models.CharField(_("批次号"), max_length=32, unique=True)
    cycle = models.CharField(_("周期"), max_length=8)
    period_start = models.DateTimeField(_("起"), null=True, blank=True)
    period_end = models.DateTimeField(_("止"))
    pay_on = models.DateTimeField(_("发放日"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.RUNNING)
    statement_count = models.PositiveIntegerField(_("人数"), default=0)
    commission_count = models.PositiveIntegerField(_("佣金笔数"), default=0)
    commission_fen = models.BigIntegerField(_("佣金（分）"), default=0)
    reversal_fen = models.BigIntegerField(_("扣回（分）"), default=0)
    digest = models.CharField(_("摘要"), max_length=64, blank=True)
    started_by = models.CharField(_("发起人"), max_length=60)
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("出账时间"), null=True, blank=True)
    paid_at = models.DateTimeField(_("发放时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("结算批次")
        constraints = [
            models.UniqueConstraint(fields=["cycle", "period_end"], name="settlement_period_once"),
        ]
        ordering = ["-period_end"]

    def __str__(self) -> str:
        return self.no


class Statement(models.Model):
    """A distributor's statement of one run: opening + lines = closing."""

    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="statements", verbose_name=_("批次"))
    distributor = models.ForeignKey(Distributor, models.PROTECT, related_name="statements", verbose_name=_("分销商"))
    opening_fen = models.BigIntegerField(_("期初（分）"))
    commission_fen = models.BigIntegerField(_("佣金（分）"))
    reversal_fen = models.BigIntegerField(_("扣回（分）"))
    withdrawal_fen = models.BigIntegerField(_("提现（分）"))
    closing_fen = models.BigIntegerField(_("期末（分）"))
    digest = models.CharField(_("摘要"), max_length=64, blank=True)
    paid_at = models.DateTimeField(_("发放时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("结算单")
        constraints = [
            models.UniqueConstraint(fields=["run", "distributor"], name="statement_once"),
            models.CheckConstraint(
                condition=Q(
                    closing_fen=F("opening_fen") + F("commission_fen") - F("reversal_fen") - F("withdrawal_fen")
                ),
                name="statement_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["distributor", "-id"])]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class StatementLine(models.Model):
    """One row of a statement."""

    class Kind(models.TextChoices):
        COMMISSION = "commission", _("佣金")
        REVERSAL = "reversal", _("扣回")
        WITHDRAWAL = "withdrawal", _("提现")

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines", verbose_name=_("结算单"))
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices)
    ref = models.CharField(_("单号"), max_length=40)
    amount_fen = models.BigIntegerField(_("金额（分）"))

    class Meta:
        verbose_name = verbose_name_plural = _("结算明细")
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="statement_line_once")]

    def __str__(self) -> str:
        return self.ref


class Withdrawal(models.Model):
    """A distributor's request for money. The amount is held in the ledger from the moment of the request."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("待审核")
        APPROVED = "approved", _("已通过")
        SENDING = "sending", _("打款中")
        AWAITING_USER = "awaiting_user", _("待确认收款")
        PAID = "paid", _("已到账")
        FAILED = "failed", _("打款失败")
        REFUSED = "refused", _("未通过")
        CANCELLED = "cancelled", _("已撤销")

    class Channel(models.TextChoices):
        WECHAT = "wechat", _("微信零钱")
        BANK = "bank", _("银行卡")
        BALANCE = "balance", _("账户余额")

    no = models.CharField(_("提现单号"), max_length=32, unique=True)
    distributor = models.ForeignKey(Distributor, models.PROTECT, related_name="withdrawals", verbose_name=_("分销商"))
    amount_fen = models.BigIntegerField(_("申请金额（分）"))
    fee_fen = models.BigIntegerField(_("手续费（分）"))
    tax_fen = models.BigIntegerField(_("代扣税（分）"), default=0)
    net_fen = models.BigIntegerField(_("实到（分）"))
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel.choices)
    account = models.JSONField(_("收款账户"), default=dict)
    state = models.CharField(_("状态"), max_length=14, choices=State.choices, default=State.REQUESTED)
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    transfer_no = models.CharField(_("转账单"), max_length=32, blank=True)
    reviewed_by = models.CharField(_("审核人"), max_length=60, blank=True)
    requested_at = models.DateTimeField(_("申请时间"))
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("提现")
        constraints = [
            models.UniqueConstraint(
                fields=["distributor"],
                condition=Q(state__in=["requested", "approved", "sending", "awaiting_user"]),
                name="withdrawal_one_open",
            ),
            models.CheckConstraint(
                condition=Q(net_fen=F("amount_fen") - F("fee_fen") - F("tax_fen"))
                & Q(net_fen__gt=0, fee_fen__gte=0, tax_fen__gte=0),
                name="withdrawal_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["state", "-requested_at"])]

    def __str__(self) -> str:
        return self.no


class WithdrawalLog(models.Model):
    """One step of a withdrawal. Append-only."""

    withdrawal = models.ForeignKey(Withdrawal, models.PROTECT, related_name="logs", verbose_name=_("提现"))
    from_state = models.CharField(_("原状态"), max_length=14, blank=True)
    to_state = models.CharField(_("新状态"), max_length=14)
    actor = models.CharField(_("操作者"), max_length=60)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("提现记录")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.to_state
