"""Signing in: by SMS code, by password, by WeChat. A first login creates the member, exactly once."""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from mall.kernel import numbers, outbox, ratelimit
from mall.kernel.errors import DomainError
from mall.kernel.transactions import remote, step, use_case
from members import wechat
from members.events import MemberRegistered
from members.models import Member, SmsCode, WechatIdentity
from members.services import profile, sms

# A stranger who keeps failing is stopped at their own address; failing for one phone from everywhere stops only the
# password, never the SMS code, and only until the hour is over.
PAIR_LIMIT = "5/5 minutes"
PHONE_LIMIT = "50/hour"


class CredentialsInvalid(DomainError):
    """Unknown phone, no password, or a wrong one: all look the same from outside."""

    code = "credentials_invalid"
    status = 401
    message = _("手机号或密码不正确")


class AccountDisabled(DomainError):
    """The shop closed this account."""

    code = "account_disabled"
    status = 403
    message = _("账号已停用，请联系客服")


class WechatTaken(DomainError):
    """This WeChat account or this member is already bound elsewhere."""

    code = "wechat_taken"
    status = 409
    message = _("该微信已绑定其他账号，或您已绑定其他微信")


def by_sms(*, phone: str, code: str, ip: str, at: dt.datetime) -> tuple[Member, bool]:
    """Log in with a code; returns (member, created). Raises CodeWrong, CodeExpired, AccountDisabled, RateLimited."""
    ratelimit.hit(settings.LOGIN_IP_LIMIT, "login-ip", ip)
    sms.spend_code(phone=phone, purpose=SmsCode.Purpose.LOGIN, code=code, at=at)
    return _enter_by_phone(phone=phone, at=at)


def by_password(*, phone: str, password: str, ip: str, at: dt.datetime) -> Member:
    """Log in with a password. Raises CredentialsInvalid, AccountDisabled, RateLimited.

    Attempts are counted before the password is looked at, so that parallel guesses cannot outrun the count.
    """
    ratelimit.hit(settings.LOGIN_IP_LIMIT, "login-ip", ip)
    ratelimit.hit(PAIR_LIMIT, "login-pair", phone, ip)
    ratelimit.hit(PHONE_LIMIT, "login-phone", phone)
    member = Member.objects.filter(phone=phone).first()
    if member is None:
        Member().set_password(password)  # takes as long as checking one
        raise CredentialsInvalid
    if not member.check_password(password):
        raise CredentialsInvalid
    ratelimit.clear(PAIR_LIMIT, "login-pair", phone, ip)
    return _admit(member)


@remote
def by_wechat(*, code: str, app: str, at: dt.datetime) -> tuple[Member, bool]:
    """Log in with WeChat's one-use code of `app` ("h5" or "mini"); returns (member, created).

    Raises WechatRefused, SnapshotUser, AccountDisabled, WechatTaken, ServiceUnavailable.
    """
    return _enter_by_wechat(identity=_identify(code=code, app=app), at=at)


@remote
def bind_wechat(*, member_id: int, code: str, app: str, at: dt.datetime) -> None:
    """Let the current member log in with this WeChat account too; idempotent. Raises as `by_wechat` does."""
    _bind(member_id=member_id, identity=_identify(code=code, app=app))


def _identify(*, code: str, app: str) -> wechat.Identity:
    return wechat.identify_mini(code=code) if app == "mini" else wechat.identify_h5(code=code)


@use_case
def _enter_by_phone(*, phone: str, at: dt.datetime) -> tuple[Member, bool]:
    member, created = Member.objects.get_or_create(phone=phone, defaults=_fresh())
    if created:
        _announce(member=member, at=at)
    return _admit(member), created


@use_case
def _enter_by_wechat(*, identity: wechat.Identity, at: dt.datetime) -> tuple[Member, bool]:
    _lock(identity)
    if known := _owner(identity):
        return _admit(known), False
    if known := _owner_of_union(identity):
        _keep(member=known, identity=identity)
        return _admit(known), False
    fresh = _fresh()
    nickname = profile.clean_nickname(identity.nickname) or fresh["nickname"]
    member = Member.objects.create(**fresh | {"nickname": nickname})
    _keep(member=member, identity=identity)
    _announce(member=member, at=at)
    return member, True


@use_case
def _bind(*, member_id: int, identity: wechat.Identity) -> None:
    _lock(identity)
    member = Member.objects.select_for_update().get(pk=member_id)
    owner = _owner(identity) or _owner_of_union(identity)
    if owner is not None and owner != member:
        raise WechatTaken
    if owner is None or not _has(member, identity):
        _keep(member=member, identity=identity)


@step
def _lock(identity: wechat.Identity) -> None:
    """One login at a time per person of WeChat, known or not yet known."""
    name = f"wechat:{identity.unionid or identity.appid + identity.openid}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _owner(identity: wechat.Identity) -> Member | None:
    rows = WechatIdentity.objects.select_related("member")
    row = rows.filter(appid=identity.appid, openid=identity.openid).first()
    return row.member if row else None


def _owner_of_union(identity: wechat.Identity) -> Member | None:
    """The same person under another app of ours; WeChat itself vouches for the union id."""
    if not identity.unionid:
        return None
    row = WechatIdentity.objects.select_related("member").filter(unionid=identity.unionid).order_by("pk").first()
    return row.member if row else None


def _has(member: Member, identity: wechat.Identity) -> bool:
    return WechatIdentity.objects.filter(member=member, appid=identity.appid, openid=identity.openid).exists()


@step
def _keep(*, member: Member, identity: wechat.Identity) -> None:
    if WechatIdentity.objects.filter(member=member, appid=identity.appid).exists():
        raise WechatTaken
    WechatIdentity.objects.create(member=member, appid=identity.appid, openid=identity.openid, unionid=identity.unionid)


@step
def _announce(*, member: Member, at: dt.datetime) -> None:
    outbox.publish(MemberRegistered(member_id=member.pk, registered_at=at), aggregate=f"member:{member.pk}")


def _fresh() -> dict[str, str]:
    suffix = numbers.random_code(12)
    unusable = Member()
    unusable.set_unusable_password()
    return {"username": f"m{suffix.lower()}", "nickname": f"会员{suffix[:6]}", "password": unusable.password}


def _admit(member: Member) -> Member:
    if not member.is_active:
        raise AccountDisabled
    return member
