"""Distributors, how they joined, and who brought whom."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from mptt.models import MPTTModel, TreeForeignKey


class Distributor(models.Model):
    """A member who may earn."""

    class State(models.TextChoices):
        ACTIVE = "active", _("正常")
        SUSPENDED = "suspended", _("已暂停")
        REMOVED = "removed", _("已清退")

    class Level(models.TextChoices):
        BRONZE = "bronze", _("铜牌分销商")
        SILVER = "silver", _("银牌分销商")
        GOLD = "gold", _("金牌分销商")

    class Kind(models.TextChoices):
        PERSON = "person", _("个人")
        COMPANY = "company", _("企业")

    member = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("会员"))
    code = models.CharField(_("推广码"), max_length=16, unique=True)
    name = models.CharField(_("姓名"), max_length=30)
    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices, default=Kind.PERSON)
    level = models.CharField(_("等级"), max_length=8, choices=Level.choices, default=Level.BRONZE)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.ACTIVE)
    state_reason = models.CharField(_("状态原因"), max_length=120, blank=True)
    joined_at = models.DateTimeField(_("加入时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("分销商")

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Application(models.Model):
    """A member's wish to become a distributor. Joining is free."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("待审核")
        APPROVED = "approved", _("已通过")
        REJECTED = "rejected", _("未通过")

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("会员"))
    kind = models.CharField(_("类型"), max_length=8, choices=Distributor.Kind.choices)
    name = models.CharField(_("姓名/企业名称"), max_length=30)
    phone = models.CharField(_("手机号"), max_length=11)
    channel = models.CharField(_("推广渠道说明"), max_length=200)
    referral_code = models.CharField(_("邀请人推广码"), max_length=16, blank=True)
    agreement_version = models.CharField(_("协议版本"), max_length=20)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.SUBMITTED)
    reason = models.CharField(_("审核说明"), max_length=200, blank=True)
    reviewed_by = models.CharField(_("审核人"), max_length=60, blank=True)
    submitted_at = models.DateTimeField(_("申请时间"))
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("分销申请")
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=Q(state="submitted"), name="application_one_open")
        ]
        indexes = [models.Index(fields=["state", "-submitted_at"])]

    def __str__(self) -> str:
        return self.name


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Binding(models.Model):
    """Who brought a member, for a period. The truth of the referral tree: a distributor's parent is the
    distributor who brought them. Periods of one member never overlap."""

    class Source(models.TextChoices):
        LINK = "link", _("推广链接")
        QR = "qr", _("二维码")
        APPLICATION = "application", _("申请时填写")
        STAFF = "staff", _("后台调整")
        IMPORT = "import", _("导入")

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("被邀请人"))
    inviter = models.ForeignKey(Distributor, models.PROTECT, related_name="bindings", verbose_name=_("邀请人"))
    source = models.CharField(_("来源"), max_length=12, choices=Source.choices)
    reason = models.CharField(_("说明"), max_length=120, blank=True)
    actor = models.CharField(_("操作者"), max_length=60)
    active_from = models.DateTimeField(_("生效"))
    # Null: permanent. A date ahead: expires by itself. Never changed backwards.
    active_to = models.DateTimeField(_("失效"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("邀请关系")
        constraints = [
            ExclusionConstraint(
                name="binding_no_overlap",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    (TsTzRange("active_from", "active_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True) | Q(active_to__gt=F("active_from")), name="binding_period"
            ),
        ]
        indexes = [models.Index(fields=["inviter", "-active_from"])]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class TeamNode(MPTTModel):
    """The tree of distributors as MPTT, for team queries: a read model caught up in batches from `Binding`."""

    distributor = models.OneToOneField(Distributor, models.CASCADE, related_name="node")
    parent = TreeForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = verbose_name_plural = _("团队树")
