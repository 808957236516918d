"""The pages of signing in, the address book and the settings."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from members import queries
from members.models import Address, Member, WechatIdentity
from tests.factories import members as factory

CODE = "246810"
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.members.urls")]


@pytest.fixture
def browser() -> Client:
    return Client(REMOTE_ADDR=factory.ip())


def sign_in(browser: Client, phone: str, **given: str) -> Any:
    browser.post("/login/code/", {"phone": phone})
    return browser.post("/login/", {"phone": phone, "code": CODE, "agree": "on", **given})


def test_a_visitor_signs_in_with_a_code_and_out_again(browser: Client) -> None:
    page = browser.get("/login/?next=/me/").content.decode()
    assert CODE in page
    assert 'name="agree" required' in page
    assert 'autocomplete="one-time-code"' in page
    phone = factory.phone()
    response = sign_in(browser, phone, next="/me/addresses/")
    assert (response.status_code, response["Location"]) == (302, "/me/addresses/")
    member = Member.objects.get(phone=phone)
    assert browser.get("/me/").content.decode() == f"home {member.pk}"
    browser.post("/logout/")
    assert browser.get("/me/").content.decode() == "home None"


def test_the_agreement_must_be_accepted_by_hand(browser: Client) -> None:
    phone = factory.phone()
    response = sign_in(browser, phone, agree="")
    assert response.status_code == 422
    assert "请先阅读并同意" in response.content.decode()
    assert not Member.objects.filter(phone=phone).exists()


def test_the_hint_is_shown_in_a_sandbox_only(browser: Client, settings: Any) -> None:
    settings.SANDBOX = False
    assert CODE not in browser.get("/login/").content.decode()


def test_the_code_button_answers_with_its_timer_and_names_a_wrong_phone(browser: Client) -> None:
    phone = factory.phone()
    htmx = {"HX-Request": "true"}
    sent = browser.post("/login/code/", {"phone": phone}, headers=htmx)
    assert 'data-resend="60"' in sent.content.decode()
    again = browser.post("/login/code/", {"phone": phone}, headers=htmx)
    assert (again.status_code, json.loads(again["HX-Trigger"])["toast"]["level"]) == (422, "error")
    assert browser.post("/login/code/", {"phone": "1380000000１"}, headers=htmx).status_code == 422


def test_a_login_by_password_changes_the_session_id(browser: Client) -> None:
    member = factory.member(password=factory.PASSWORD)
    form = {"by": "password", "phone": str(member.phone), "agree": "on"}
    wrong = browser.post("/login/", {**form, "password": "nope"})
    assert (wrong.status_code, "手机号或密码不正确" in wrong.content.decode()) == (422, True)
    browser.session["kept"] = 1
    before = browser.session.session_key
    assert browser.post("/login/", {**form, "password": factory.PASSWORD})["Location"] == "/me/"
    assert browser.session.session_key != before


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example/", "/%0d%0aX: y", "/\\evil", "javascript:x",
     "/\r\nX: y", "／／evil"],
)  # fmt: skip
def test_t84_next_never_leaves_the_site(browser: Client, target: str) -> None:
    assert sign_in(browser, factory.phone(), next=target)["Location"] == "/"


class WechatApi(BaseHTTPRequestHandler):
    """Answers the two OAuth calls for one person per code."""

    snapshot = False

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if self.path.startswith("/sns/oauth2/access_token"):
            body: dict[str, Any] = {"errcode": 40029, "errmsg": "invalid code"}
            if query["code"].startswith("good") and query["secret"] == "secret":
                body = {"access_token": "t", "openid": f"o-{query['code']}", "refresh_token": "r", "expires_in": 7200}
                body |= {"scope": "snsapi_userinfo", "is_snapshotuser": int(self.snapshot)}
        else:
            body = {"openid": query["openid"], "nickname": "晴天", "unionid": f"u-{query['openid']}"}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def wechat(settings: Any) -> Any:
    WechatApi.snapshot = False
    server = HTTPServer(("127.0.0.1", 0), WechatApi)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.WECHAT_API_BASE = f"http://127.0.0.1:{server.server_port}"
    settings.WECHAT_APPID, settings.WECHAT_SECRET = "wx1", "secret"
    yield WechatApi
    server.shutdown()
    server.server_close()


def start(browser: Client, **given: str) -> str:
    """Tap 微信登录; returns the state WeChat is given."""
    response = browser.post("/login/wechat/", {"agree": "on", **given})
    query = parse_qs(urlsplit(response["Location"]).query)
    assert query["scope"] == ["snsapi_userinfo"]
    return query["state"][0]


@pytest.mark.usefixtures("wechat")
def test_wechat_signs_in_and_the_state_works_once(browser: Client) -> None:
    state = start(browser, next="/me/addresses/")
    back = browser.get("/login/wechat/callback/", {"code": "good1", "state": state})
    assert back["Location"] == "/me/addresses/"
    member = Member.objects.get(nickname="晴天")
    assert browser.session["_auth_user_id"] == str(member.pk)
    replay = Client().get("/login/wechat/callback/", {"code": "good2", "state": state})
    again = browser.get("/login/wechat/callback/", {"code": "good2", "state": state})
    assert replay["Location"] == again["Location"] == "/login/"
    assert Member.objects.filter(wechat_identities__isnull=False).count() == 1


@pytest.mark.usefixtures("wechat")
def test_t84_a_state_of_another_browser_or_none_is_refused(browser: Client) -> None:
    state = start(Client(REMOTE_ADDR=factory.ip()))
    for given in ({"state": state}, {"state": "made-up"}, {"state": ""}, {}):
        assert browser.get("/login/wechat/callback/", {"code": "good1", **given})["Location"] == "/login/"
    assert not WechatIdentity.objects.exists()


def test_a_snapshot_user_gets_no_account(browser: Client, wechat: Any) -> None:
    wechat.snapshot = True
    response = browser.get("/login/wechat/callback/", {"code": "good1", "state": start(browser)}, follow=True)
    assert "快照" in response.content.decode()
    assert not Member.objects.exists()


@pytest.mark.usefixtures("wechat")
def test_a_signed_in_member_binds_wechat_instead_of_switching(browser: Client) -> None:
    member = factory.member()
    browser.force_login(member, backend="members.backends.PhoneOrUsernameBackend")
    browser.get("/login/wechat/callback/", {"code": "good1", "state": start(browser, next="/me/settings/")})
    assert queries.openid(member_id=member.pk, appid="wx1") == "o-good1"
    assert "已绑定" in browser.get("/me/settings/").content.decode()


REGION = {"province": "上海市", "city": "上海市", "district": "浦东新区"}
FORM = REGION | {"name": "张三", "phone": "13800000001", "street": "世纪大道 1 号", "tag": "家"}


@pytest.fixture
def member(browser: Client) -> Member:
    factory.regions()
    owner = factory.member(password=factory.PASSWORD)
    browser.force_login(owner, backend="members.backends.PhoneOrUsernameBackend")
    return owner


def test_the_address_book_without_scripts(browser: Client, member: Member) -> None:
    assert "还没有收货地址" in browser.get("/me/addresses/").content.decode()
    saved = browser.post("/me/addresses/new/", {**FORM, "next": "/checkout/x/"})
    assert saved["Location"] == "/checkout/x/"
    row = Address.objects.get(member=member)
    page = browser.get("/me/addresses/?next=/checkout/x/").content.decode()
    assert f'href="/checkout/x/?address={row.pk}"' in page
    assert "138****0001" in page
    wrong = browser.post(f"/me/addresses/{row.pk}/", {**FORM, "district": "虎门镇"})
    assert (wrong.status_code, "请选择正确的省、市、区" in wrong.content.decode()) == (422, True)
    browser.post(f"/me/addresses/{row.pk}/", {**FORM, "street": "新街"})
    row.refresh_from_db()
    assert (row.street, row.is_default) == ("新街", True)
    browser.post(f"/me/addresses/{row.pk}/delete/")
    assert not Address.objects.exists()


@pytest.mark.usefixtures("member")
def test_pasted_text_fills_the_form(browser: Client) -> None:
    text = "李四 13800000002 广东省东莞市虎门镇人民路8号"
    page = browser.post("/me/addresses/new/", {"parse": "1", "paste": text, "tag": "公司"}).content.decode()
    for value in ('value="李四"', 'value="13800000002"', 'value="虎门镇"', "人民路8号</textarea>", '"公司" selected'):
        assert value in page
    assert not Address.objects.exists()


@pytest.mark.usefixtures("member")
def test_t78_another_members_address_page_is_404(browser: Client) -> None:
    row = factory.address(factory.member())
    assert browser.get(f"/me/addresses/{row.pk}/").status_code == 404
    for action in ("", "delete/", "default/"):
        browser.post(f"/me/addresses/{row.pk}/{action}", FORM)
    assert Address.objects.get().street == "世纪大道 100 号"


def test_t82_pages_need_the_csrf_token() -> None:
    browser = Client(enforce_csrf_checks=True, REMOTE_ADDR=factory.ip())
    for url in ("/login/", "/login/code/", "/login/wechat/", "/logout/", "/me/addresses/new/", "/me/settings/"):
        assert browser.post(url, {}).status_code == 403


def test_settings_change_the_name_and_the_password(browser: Client, member: Member) -> None:
    other = Client()
    other.force_login(member, backend="members.backends.PhoneOrUsernameBackend")
    browser.post("/me/settings/", {"form": "nickname", "nickname": "小红"})
    wrong = browser.post("/me/settings/", {"form": "password", "current": "x", "new": "another-pass-1"})
    assert "当前密码不正确" in wrong.content.decode()
    done = browser.post("/me/settings/", {"form": "password", "current": factory.PASSWORD, "new": "another-pass-1"})
    assert done.status_code == 302
    member.refresh_from_db()
    assert (member.nickname, member.check_password("another-pass-1")) == ("小红", True)
    assert browser.get("/me/settings/").status_code == 200
    assert other.get("/me/settings/").status_code == 302


def test_regions_are_cached_for_a_year(browser: Client) -> None:
    factory.regions()
    first = browser.get("/regions.json")
    assert first.json()[0] == ["31", "上海市", [["3101", "上海市", [["310115", "浦东新区"]]]]]
    assert "max-age=31536000" in first["Cache-Control"]
    assert browser.get("/regions.json", headers={"If-None-Match": first["ETag"]}).status_code == 304
