"""First and later logins, whatever the door."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from mall.kernel import clock
from mall.kernel.errors import RateLimited
from mall.kernel.models import OutboxEvent
from members import wechat
from members.models import Member, WechatIdentity
from members.services import login, profile, sms
from tests.factories import members as factory

CODE = "246810"


def identity(openid: str = "o-1", **given: str) -> wechat.Identity:
    return wechat.Identity(**{"appid": "wx1", "openid": openid} | given)


@pytest.mark.django_db
def test_the_first_code_creates_the_member_and_later_ones_do_not() -> None:
    at, phone, ip = clock.now(), factory.phone(), factory.ip()
    sms.send_code(phone=phone, purpose="login", ip=ip, at=at)
    member, created = login.by_sms(phone=phone, code=CODE, ip=ip, at=at)
    assert created
    assert not member.has_usable_password()
    event = OutboxEvent.objects.get(name="members.MemberRegistered", aggregate=f"member:{member.pk}")
    assert event.payload["member_id"] == member.pk
    assert login._enter_by_phone(phone=phone, at=at) == (member, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["phone", "wechat", "union"])
def test_t23_ten_parallel_first_logins_make_one_member(door: str) -> None:
    at, phone = clock.now(), factory.phone()

    def enter(number: int) -> tuple[Member, bool]:
        try:
            if door == "phone":
                return login._enter_by_phone(phone=phone, at=at)
            appid = f"wx{number % 2}" if door == "union" else "wx1"
            who = identity(f"{phone}-{appid}", appid=appid, unionid=phone if door == "union" else "")
            return login._enter_by_wechat(identity=who, at=at)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(enter, range(10)))
    assert len({member.pk for member, _ in answers}) == 1
    assert [created for _, created in answers].count(True) == 1
    assert Member.objects.count() == 1
    assert OutboxEvent.objects.filter(name="members.MemberRegistered").count() == 1


@pytest.mark.django_db
def test_a_password_opens_only_its_own_account() -> None:
    member = factory.member(password=factory.PASSWORD)
    at, phone = clock.now(), str(member.phone)
    assert login.by_password(phone=phone, password=factory.PASSWORD, ip=factory.ip(), at=at) == member
    for number, password in ((phone, "wrong"), (factory.phone(), factory.PASSWORD), (phone, "")):
        with pytest.raises(login.CredentialsInvalid):
            login.by_password(phone=number, password=password, ip=factory.ip(), at=at)
    Member.objects.update(is_active=False)
    with pytest.raises(login.AccountDisabled):
        login.by_password(phone=phone, password=factory.PASSWORD, ip=factory.ip(), at=at)


@pytest.mark.django_db
def test_guessing_stops_the_guesser_and_not_the_owner() -> None:
    member = factory.member(password=factory.PASSWORD)
    at, phone, stranger = clock.now(), str(member.phone), factory.ip()
    for _ in range(5):
        with pytest.raises(login.CredentialsInvalid):
            login.by_password(phone=phone, password="guess", ip=stranger, at=at)
    with pytest.raises(RateLimited) as refusal:
        login.by_password(phone=phone, password=factory.PASSWORD, ip=stranger, at=at)
    assert refusal.value.data["retry_after"] <= 301
    assert login.by_password(phone=phone, password=factory.PASSWORD, ip=factory.ip(), at=at) == member


@pytest.mark.django_db
def test_t85_one_person_of_wechat_is_one_member_under_all_our_apps() -> None:
    at = clock.now()
    member, created = login._enter_by_wechat(identity=identity(unionid="u", nickname="晴天\u202e小满"), at=at)
    assert (created, member.nickname) == (True, "晴天小满")
    same = identity("mini-1", appid="wx-mini", unionid="u")
    assert login._enter_by_wechat(identity=same, at=at) == (member, False)
    assert WechatIdentity.objects.filter(member=member).count() == 2
    with pytest.raises(login.WechatTaken):
        login._enter_by_wechat(identity=identity("mini-2", appid="wx-mini", unionid="u"), at=at)


@pytest.mark.django_db
def test_a_wechat_account_is_bound_to_one_member_only() -> None:
    first, second = factory.member(), factory.member()
    login._bind(member_id=first.pk, identity=identity())
    login._bind(member_id=first.pk, identity=identity())
    assert login._enter_by_wechat(identity=identity(), at=clock.now()) == (first, False)
    for member_id, openid in ((second.pk, "o-1"), (first.pk, "o-2")):
        with pytest.raises(login.WechatTaken):
            login._bind(member_id=member_id, identity=identity(openid))
    assert WechatIdentity.objects.count() == 1


@pytest.mark.django_db
def test_t79_a_new_password_needs_the_old_one() -> None:
    member = factory.member(password=factory.PASSWORD)
    with pytest.raises(profile.PasswordWrong):
        profile.change_password(member_id=member.pk, current="", new="another-pass-1")
    with pytest.raises(profile.PasswordWeak):
        profile.change_password(member_id=member.pk, current=factory.PASSWORD, new="12345678")
    profile.change_password(member_id=member.pk, current=factory.PASSWORD, new="another-pass-1")
    member.refresh_from_db()
    assert member.check_password("another-pass-1")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  小 满 ", "小 满"), ("\u200b\u202e", ""), ("ＡＢ", "AB"), ("字" * 30, "字" * 20), ("a\nb", "ab"), ("😀", "😀")],
)
def test_nicknames_are_normalised_once(given: str, kept: str) -> None:
    assert profile.clean_nickname(given) == kept


def test_the_js_signature_follows_the_documented_vector() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    url = "http://mp.weixin.qq.com?params=value"
    signature = wechat.js_signature(ticket=ticket, nonce="Wm3WZYTPz0wzccnW", timestamp=1414587457, url=url)
    assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_the_authorize_address_keeps_wechats_order(settings: Any) -> None:
    settings.WECHAT_APPID, settings.WECHAT_OPEN_BASE = "wx1", "https://open.example"
    url = wechat.authorize_url(redirect_uri="https://shop.example/cb/", state="s")
    assert url == (
        "https://open.example/connect/oauth2/authorize?appid=wx1&redirect_uri=https%3A%2F%2Fshop.example%2Fcb%2F"
        "&response_type=code&scope=snsapi_userinfo&state=s#wechat_redirect"
    )
