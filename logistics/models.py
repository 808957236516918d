"""Carriers, freight rules, parcels and their traces."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Carrier(models.Model):
    """An express company, with its code at each tracking service."""

    code = models.CharField(_("代码"), max_length=20, primary_key=True)
    name = models.CharField(_("名称"), max_length=30)
    kd100_code = models.CharField(_("快递100代码"), max_length=30)
    kdniao_code = models.CharField(_("快递鸟代码"), max_length=20, blank=True)
    phone = models.CharField(_("客服电话"), max_length=20, blank=True)
    # How its numbers look, as a regular expression; used to catch typing errors.
    number_pattern = models.CharField(_("单号格式"), max_length=80, default=r"[0-9A-Za-z-]{6,30}")
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("物流公司")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class FreightRule(models.Model):
    """What delivery costs: a first fee, more per further kilogram, free above a sum, with exceptions by province."""

    name = models.CharField(_("名称"), max_length=40)
    first_weight_g = models.PositiveIntegerField(_("首重（克）"), default=1000)
    first_fee_fen = models.BigIntegerField(_("首重运费（分）"))
    further_weight_g = models.PositiveIntegerField(_("续重（克）"), default=1000)
    further_fee_fen = models.BigIntegerField(_("续重运费（分）"), default=0)
    free_over_fen = models.BigIntegerField(_("满额包邮（分，0 为不包邮）"), default=0)
    # {"西藏自治区": {"first_fee_fen": 2000, "further_fee_fen": 1000, "free_over_fen": 0}}; null = not delivered there
    provinces = models.JSONField(_("地区例外"), default=dict, blank=True)
    is_default = models.BooleanField(_("默认"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("运费规则")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="freight_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Parcel(models.Model):
    """A parcel on its way for an order (an opaque number here)."""

    class State(models.TextChoices):
        CREATED = "created", _("已发货")
        COLLECTED = "collected", _("已揽收")
        TRANSIT = "transit", _("运输中")
        DELIVERING = "delivering", _("派送中")
        AT_STATION = "at_station", _("待取件")
        PROBLEM = "problem", _("疑难件")
        RETURNING = "returning", _("退回中")
        RETURNED = "returned", _("已退回")
        REFUSED = "refused", _("拒收")
        SIGNED = "signed", _("已签收")

    no = models.CharField(_("包裹号"), max_length=32, unique=True)
    order_no = models.CharField(_("订单"), max_length=32)
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="+", verbose_name=_("物流公司"))
    tracking_no = models.CharField(_("运单号"), max_length=40)
    # [{"line": order line id, "name": …, "quantity": n}]
    contents = models.JSONField(_("内容"), default=list)
    phone_tail = models.CharField(max_length=4, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.CREATED)
    push_salt = models.CharField(max_length=40)
    subscribed_at = models.DateTimeField(_("订阅时间"), null=True, blank=True)
    # When to ask the tracking service for news; empty once it has agreed.
    subscribe_at = models.DateTimeField(null=True, blank=True)
    subscribe_attempts = models.PositiveSmallIntegerField(default=0)
    shipped_at = models.DateTimeField(_("发货时间"))
    signed_at = models.DateTimeField(_("签收时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("包裹")
        constraints = [models.UniqueConstraint(fields=["carrier", "tracking_no"], name="parcel_once")]
        indexes = [
            models.Index(fields=["order_no"]),
            models.Index(fields=["tracking_no"]),
            models.Index(
                fields=["subscribe_at"],
                condition=models.Q(subscribe_at__isnull=False),
                name="parcel_to_subscribe",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier_id} {self.tracking_no}"


class Trace(models.Model):
    """One scan of a parcel as the carrier told it."""

    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="traces", verbose_name=_("包裹"))
    at = models.DateTimeField(_("时间"))
    text = models.CharField(_("内容"), max_length=300)
    state = models.CharField(_("状态"), max_length=12, choices=Parcel.State.choices, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("物流轨迹")
        constraints = [models.UniqueConstraint(fields=["parcel", "at", "text"], name="trace_once")]
        ordering = ["-at", "-pk"]
