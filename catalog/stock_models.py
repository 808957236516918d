"""Stock: what is on hand, what is promised, and every change of either."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stock(models.Model):
    """The stock of one SKU: the narrow row every sale contends for. Sellable = on_hand - reserved."""

    sku = models.OneToOneField(
        "catalog.SKU", models.CASCADE, primary_key=True, related_name="stock", verbose_name=_("SKU")
    )
    on_hand = models.PositiveIntegerField(_("在库"), default=0)
    reserved = models.PositiveIntegerField(_("锁定"), default=0)
    safety_stock = models.PositiveIntegerField(_("安全库存"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("库存")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reserved__lte=models.F("on_hand")), name="stock_reserved_covered"
            ),
            models.CheckConstraint(condition=models.Q(on_hand__lte=2**31 - 1), name="stock_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def sellable(self) -> int:
        return self.on_hand - self.reserved


class StockReservation(models.Model):
    """Units of one SKU promised to one order. Moves once: held -> committed or released."""

    class State(models.TextChoices):
        HELD = "held", _("锁定")
        COMMITTED = "committed", _("已出库")
        RELEASED = "released", _("已释放")

    sku = models.ForeignKey("catalog.SKU", models.PROTECT, related_name="reservations", verbose_name=_("SKU"))
    ref = models.CharField(_("单号"), max_length=32)
    quantity = models.PositiveIntegerField(_("数量"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.HELD)
    expires_at = models.DateTimeField(_("到期"), null=True, blank=True)
    created_at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("库存锁定")
        constraints = [
            models.UniqueConstraint(fields=["ref", "sku"], name="reservation_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="reservation_positive"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(state="held"), name="reservation_due"),
            models.Index(fields=["sku"], condition=models.Q(state="held"), name="reservation_held"),
        ]


class StockMovement(models.Model):
    """One change of stock. Append-only; `on_hand` is the sum of the deltas, opening included."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("期初")
        INBOUND = "inbound", _("入库")
        RESERVE = "reserve", _("锁定")
        RELEASE = "release", _("释放")
        COMMIT = "commit", _("出库")
        RESTOCK = "restock", _("退货入库")
        ADJUST = "adjust", _("盘点调整")

    sku = models.ForeignKey("catalog.SKU", models.PROTECT, related_name="movements", verbose_name=_("SKU"))
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices)
    on_hand_delta = models.IntegerField(_("在库变动"))
    reserved_delta = models.IntegerField(_("锁定变动"))
    on_hand_after = models.IntegerField(_("在库结存"))
    reserved_after = models.IntegerField(_("锁定结存"))
    ref = models.CharField(_("单号"), max_length=60)
    reason = models.CharField(_("说明"), max_length=120, blank=True)
    actor = models.CharField(_("经手"), max_length=60)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("出入库流水")
        constraints = [models.UniqueConstraint(fields=["sku", "kind", "ref"], name="movement_once")]
        indexes = [models.Index(fields=["sku", "-id"]), models.Index(fields=["-at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.ref}"


class StockAlert(models.Model):
    """A SKU fell to its safety stock. One open alert per SKU; it closes when stock recovers."""

    sku = models.ForeignKey("catalog.SKU", models.CASCADE, related_name="alerts", verbose_name=_("SKU"))
    sellable = models.IntegerField(_("可售"))
    safety_stock = models.PositiveIntegerField(_("安全库存"))
    opened_at = models.DateTimeField(_("发生时间"))
    mailed_at = models.DateTimeField(_("邮件时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("恢复时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("库存预警")
        constraints = [
            models.UniqueConstraint(fields=["sku"], condition=models.Q(closed_at__isnull=True), name="alert_one_open")
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
