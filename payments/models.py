"""Money in (Payment), back (ProviderRefund), out (Transfer), the wallet, and everything providers told us."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Payment(models.Model):
    """One attempt to collect money for something named by (`purpose`, `ref`). Never deleted."""

    class State(models.TextChoices):
        PENDING = "pending", _("待支付")
        SUCCEEDED = "succeeded", _("支付成功")
        FAILED = "failed", _("支付失败")
        CLOSED = "closed", _("已关闭")
        UNKNOWN = "unknown", _("待确认")

    class Method(models.TextChoices):
        WECHAT_JSAPI = "wechat_jsapi", _("微信支付")
        WECHAT_H5 = "wechat_h5", _("微信 H5 支付")
        WECHAT_NATIVE = "wechat_native", _("微信扫码支付")
        WECHAT_MINI = "wechat_mini", _("小程序支付")
        BALANCE = "balance", _("余额支付")
        FREE = "free", _("无需支付")

    no = models.CharField(_("支付单号"), max_length=32, unique=True)
    purpose = models.CharField(_("用途"), max_length=20)
    ref = models.CharField(_("业务单号"), max_length=32)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("会员"))
    provider = models.CharField(_("渠道"), max_length=12)
    method = models.CharField(_("方式"), max_length=16, choices=Method.choices)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    description = models.CharField(_("说明"), max_length=60)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PENDING)
    # What the front end needs to open the provider's cashier: {"kind": "jsapi"|"redirect"|"qr"|"none", …}
    action = models.JSONField(_("支付参数"), default=dict)
    provider_txn = models.CharField(_("渠道交易号"), max_length=64, null=True, blank=True)
    # How we know: {"source": "notice"|"query"|"internal", "hash": …, "serial": …}
    evidence = models.JSONField(_("凭据"), default=dict)
    # Money that arrived for something already paid or closed; it goes back by itself.
    is_surplus = models.BooleanField(_("多付"), default=False)
    refunding_fen = models.BigIntegerField(_("退款中（分）"), default=0)
    refunded_fen = models.BigIntegerField(_("已退（分）"), default=0)
    created_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("到期"))
    settled_at = models.DateTimeField(_("支付时间"), null=True, blank=True)
    next_query_at = models.DateTimeField(_("下次查询"), null=True, blank=True)
    queries = models.PositiveSmallIntegerField(_("查询次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("支付单")
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_txn"], name="payment_provider_txn_once"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="payment_amount"),
            models.CheckConstraint(
                condition=Q(refunding_fen__gte=0, refunded_fen__gte=0)
                & Q(amount_fen__gte=F("refunding_fen") + F("refunded_fen")),
                name="payment_refunds_covered",
            ),
        ]
        indexes = [
            models.Index(fields=["purpose", "ref"]),
            models.Index(
                fields=["next_query_at"],
                condition=Q(state__in=["pending", "unknown"]),
                name="payment_to_query",
            ),
        ]

    def __str__(self) -> str:
        return self.no


class ProviderRefund(models.Model):
    """Money going back to where a payment came from. `no` is the provider's idempotency key for ever."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("待发送")
        SENT = "sent", _("处理中")
        SUCCEEDED = "succeeded", _("退款成功")
        ABNORMAL = "abnormal", _("退款异常")

    no = models.CharField(_("退款单号"), max_length=32, unique=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("支付单"))
    ref = models.CharField(_("业务单号"), max_length=32)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    reason = models.CharField(_("原因"), max_length=60)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.REQUESTED)
    provider_refund_id = models.CharField(_("渠道退款号"), max_length=64, blank=True)
    error = models.CharField(_("错误"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    next_attempt_at = models.DateTimeField(_("下次处理"))
    created_at = models.DateTimeField(_("创建时间"))
    succeeded_at = models.DateTimeField(_("到账时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("渠道退款")
        constraints = [
            models.UniqueConstraint(fields=["payment", "ref"], name="provider_refund_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="provider_refund_positive"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["requested", "sent"]),
                name="refund_to_send",
            )
        ]

    def __str__(self) -> str:
        return self.no


class Transfer(models.Model):
    """Money paid out to a person, for something named by (`purpose`, `ref`). `no` is never sent twice for two payments."""

    class Channel(models.TextChoices):
        WECHAT = "wechat", _("微信零钱")
        BANK = "bank", _("银行卡")
        BALANCE = "balance", _("账户余额")

    class State(models.TextChoices):
        REQUESTED = "requested", _("待发送")
        SENT = "sent", _("处理中")
        AWAITING_USER = "awaiting_user", _("待用户确认")
        SUCCEEDED = "succeeded", _("已到账")
        FAILED = "failed", _("失败")

    no = models.CharField(_("转账单号"), max_length=32, unique=True)
    purpose = models.CharField(_("用途"), max_length=20)
    ref = models.CharField(_("业务单号"), max_length=32)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("会员"))
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel.choices)
    # {"openid": …} or {"account_name", "account_no", "bank_name"}
    account = models.JSONField(_("收款账户"), default=dict)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    remark = models.CharField(_("备注"), max_length=32)
    state = models.CharField(_("状态"), max_length=14, choices=State.choices, default=State.REQUESTED)
    provider_no = models.CharField(_("渠道单号"), max_length=64, blank=True)
    package_info = models.TextField(_("确认参数"), blank=True)
    fail_reason = models.CharField(_("失败原因"), max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    next_attempt_at = models.DateTimeField(_("下次处理"))
    created_at = models.DateTimeField(_("创建时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("转账单")
        constraints = [
            models.UniqueConstraint(fields=["purpose", "ref"], name="transfer_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="transfer_positive"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["requested", "sent", "awaiting_user"]),
                name="transfer_to_send",
            )
        ]

    def __str__(self) -> str:
        return self.no


class ProviderNotice(models.Model):
    """A notice as it arrived, and what became of it. Kept also when forged."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("已入账")
        REPEATED = "repeated", _("重复")
        REJECTED = "rejected", _("验签失败")
        MISMATCH = "mismatch", _("内容不符")
        UNMATCHED = "unmatched", _("找不到单据")

    provider = models.CharField(_("渠道"), max_length=12)
    kind = models.CharField(_("类别"), max_length=12)
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome.choices)
    ref = models.CharField(_("单号"), max_length=64, blank=True)
    detail = models.CharField(_("说明"), max_length=200, blank=True)
    headers = models.JSONField(_("请求头"), default=dict)
    body = models.TextField(_("原文"))
    received_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("渠道通知")
        indexes = [models.Index(fields=["-received_at"]), models.Index(fields=["ref"])]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class UnmatchedPayment(models.Model):
    """Verified money we cannot assign: unknown number or different content. Waits for a person."""

    provider = models.CharField(_("渠道"), max_length=12)
    provider_txn = models.CharField(_("渠道交易号"), max_length=64)
    out_no = models.CharField(_("商户单号"), max_length=64)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    reason = models.CharField(_("原因"), max_length=120)
    found_at = models.DateTimeField(_("时间"))
    resolved_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    resolution = models.CharField(_("处理说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("未匹配收款")
        constraints = [models.UniqueConstraint(fields=["provider", "provider_txn"], name="unmatched_once")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Wallet(models.Model):
    """A member's balance in the shop."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("会员")
    )
    balance_fen = models.BigIntegerField(_("余额（分）"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("钱包")
        constraints = [models.CheckConstraint(condition=Q(balance_fen__gte=0), name="wallet_not_negative")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class WalletEntry(models.Model):
    """One change of a wallet. Append-only; the balance is the sum of the deltas."""

    class Kind(models.TextChoices):
        PAY = "pay", _("消费")
        REFUND = "refund", _("退款")
        WITHDRAWAL = "withdrawal", _("佣金转入")
        GRANT = "grant", _("发放")

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="entries", verbose_name=_("钱包"))
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices)
    ref = models.CharField(_("单号"), max_length=32)
    delta_fen = models.BigIntegerField(_("变动（分）"))
    balance_after_fen = models.BigIntegerField(_("结余（分）"))
    note = models.CharField(_("说明"), max_length=120, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("余额流水")
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="wallet_entry_once")]
        indexes = [models.Index(fields=["wallet", "-id"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.ref}"
