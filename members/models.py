"""Who people are: members and staff in one table, their WeChat identities, addresses and login codes."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from mall.kernel import clock


class MemberManager(BaseUserManager["Member"]):
    """Creates members; Django's commands use `create_superuser`."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "Member":
        member = self.model(username=username, **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> "Member":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class Member(AbstractBaseUser, PermissionsMixin):
    """A person with an account. Shoppers are known by phone or WeChat, staff by username."""

    class Level(models.TextChoices):
        REGULAR = "regular", _("普通会员")
        SILVER = "silver", _("银卡会员")
        GOLD = "gold", _("金卡会员")
        DIAMOND = "diamond", _("钻石会员")

    username = models.CharField(_("用户名"), max_length=40, unique=True)
    phone = models.CharField(_("手机号"), max_length=11, unique=True, null=True, blank=True)
    nickname = models.CharField(_("昵称"), max_length=40, blank=True)
    avatar = models.CharField(_("头像"), max_length=300, blank=True)
    level = models.CharField(_("等级"), max_length=8, choices=Level.choices, default=Level.REGULAR)
    is_staff = models.BooleanField(_("员工"), default=False)
    is_active = models.BooleanField(_("有效"), default=True)
    date_joined = models.DateTimeField(_("注册时间"), auto_now_add=True)

    objects: ClassVar[MemberManager] = MemberManager()

    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = verbose_name_plural = _("会员")
        permissions = [("reveal_phone", _("查看完整手机号"))]

    def __str__(self) -> str:
        return self.nickname or self.username

    @property
    def phone_masked(self) -> str:
        """`138****0001`, or empty without a phone."""
        return f"{self.phone[:3]}****{self.phone[-4:]}" if self.phone else ""

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class WechatIdentity(models.Model):
    """An openid that WeChat itself vouched for. One openid belongs to one member, for ever."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="wechat_identities", verbose_name=_("会员"))
    appid = models.CharField(max_length=32)
    openid = models.CharField(max_length=64)
    unionid = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("绑定时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("微信身份")
        constraints = [
            models.UniqueConstraint(fields=["appid", "openid"], name="wechat_openid_once"),
            models.UniqueConstraint(fields=["appid", "member"], name="wechat_one_per_member"),
        ]


class SmsCode(models.Model):
    """A one-time code sent to a phone. Only its keyed hash is stored."""

    class Purpose(models.TextChoices):
        LOGIN = "login", _("登录")
        WITHDRAW = "withdraw", _("提现")
        CHANGE_PHONE = "change_phone", _("更换手机")

    phone = models.CharField(max_length=11)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    seed = models.CharField(max_length=32, default="")
    code_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("短信验证码")
        indexes = [models.Index(fields=["phone", "purpose", "-created_at"])]


class Region(models.Model):
    """A province, city, or district by its administrative code. Loaded by `manage.py load_regions`."""

    class Kind(models.IntegerChoices):
        PROVINCE = 1, _("省")
        CITY = 2, _("市")
        DISTRICT = 3, _("区县")

    code = models.CharField(_("代码"), max_length=9, primary_key=True)
    name = models.CharField(_("名称"), max_length=40)
    kind = models.PositiveSmallIntegerField(_("级别"), choices=Kind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("行政区划")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """A delivery address of a member."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="addresses", verbose_name=_("会员"))
    name = models.CharField(_("收货人"), max_length=30)
    phone = models.CharField(_("手机号"), max_length=11)
    province = models.CharField(_("省"), max_length=40)
    city = models.CharField(_("市"), max_length=40)
    district = models.CharField(_("区"), max_length=40)
    street = models.CharField(_("详细地址"), max_length=120)
    tag = models.CharField(_("标签"), max_length=10, blank=True)
    is_default = models.BooleanField(_("默认"), default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("收货地址")
        ordering = ["-is_default", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=models.Q(is_default=True), name="address_one_default")
        ]

    def __str__(self) -> str:
        return f"{self.province}{self.city}{self.district}{self.street}"


class StaffManager(MemberManager):
    """Only those who may enter the back office."""

    def get_queryset(self) -> models.QuerySet[Member]:
        return super().get_queryset().filter(is_staff=True)


class Staff(Member):
    """A member seen as an employee: with a username, a password and roles."""

    objects: ClassVar[StaffManager] = StaffManager()

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("员工")
