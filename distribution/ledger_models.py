"""The double-entry ledger of commission money. Journals and entries are append-only; each journal sums to zero."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from distribution.member_models import Distributor


class Account(models.Model):
    """A bucket of one distributor, or of the house. The balance equals the sum of its entries."""

    class Bucket(models.TextChoices):
        # of a distributor
        ESTIMATED = "estimated", _("预估")
        FROZEN = "frozen", _("冻结")
        PAYABLE = "payable", _("待发放")
        AVAILABLE = "available", _("可提现")
        WITHDRAWING = "withdrawing", _("提现中")
        PAID = "paid", _("已提现")
        # of the house
        EXPENSE = "expense", _("佣金支出")
        FEES = "fees", _("提现手续费")
        TAX = "tax", _("代扣税")

    distributor = models.ForeignKey(
        Distributor, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("分销商")
    )
    bucket = models.CharField(_("账户"), max_length=12, choices=Bucket.choices)
    balance_fen = models.BigIntegerField(_("余额（分）"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("账户")
        constraints = [
            models.UniqueConstraint(fields=["distributor", "bucket"], nulls_distinct=False, name="account_once"),
            # Only `available` may fall below zero (a debt after a late refund); house accounts mirror the rest.
            models.CheckConstraint(
                condition=Q(distributor__isnull=True) | Q(bucket="available") | Q(balance_fen__gte=0),
                name="account_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_bucket_display()} {self.pk}"


class Journal(models.Model):
    """One booking. `key` is the business event: booking it twice is impossible."""

    key = models.CharField(_("业务键"), max_length=100, unique=True)
    kind = models.CharField(_("类型"), max_length=20)
    ref = models.CharField(_("单号"), max_length=40)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("记账凭证")
        indexes = [models.Index(fields=["ref"]), models.Index(fields=["-at"])]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.ref}"


class Entry(models.Model):
    """One side of a booking."""

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="entries", verbose_name=_("凭证"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="entries", verbose_name=_("账户"))
    delta_fen = models.BigIntegerField(_("变动（分）"))

    class Meta:
        verbose_name = verbose_name_plural = _("分录")
        indexes = [models.Index(fields=["account", "-id"])]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
