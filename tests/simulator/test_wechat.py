"""WeChat login and server API, with wechatpy where it has the call."""

import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from wechatpy import WeChatOAuth
from wechatpy.exceptions import WeChatOAuthException

from tests.simulator.shop import Shop

BACK = "http://127.0.0.1:8000/wechat/callback/?next=/me/"


def oauth(shop: Shop, *, scope: str = "snsapi_userinfo") -> WeChatOAuth:
    client = WeChatOAuth(shop.keys["wechat_appid"], shop.keys["wechat_secret"], BACK, scope, "s-123")
    client.API_BASE_URL = f"{shop.base}/"
    client.OAUTH_BASE_URL = f"{shop.base}/connect/"
    return client


def choose(shop: Shop, client: WeChatOAuth, openid: str) -> str:
    """Open the page, tap the user, return the code."""
    page = shop.http.get(client.authorize_url)
    assert page.status_code == 200
    assert openid in page.text
    confirm = client.authorize_url.replace("/authorize?", f"/confirm?openid={openid}&").partition("#")[0]
    answer = shop.http.get(confirm)
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["state"] == ["s-123"]
    assert query["next"] == ["/me/"]
    return query["code"][0]


def test_login_with_userinfo(shop: Shop) -> None:
    client = oauth(shop)
    granted = client.fetch_access_token(choose(shop, client, "sim_openid_0003"))
    assert granted["openid"] == "sim_openid_0003"
    assert granted["unionid"] == "sim_unionid_0003"
    assert "is_snapshotuser" not in granted
    info = client.get_user_info()
    assert info["nickname"] == "橘子汽水"
    assert shop.http.get(info["headimgurl"]).headers["Content-Type"] == "image/svg+xml"
    assert client.check_access_token()
    assert client.refresh_access_token(granted["refresh_token"])["openid"] == "sim_openid_0003"


def test_base_scope_has_no_profile(shop: Shop) -> None:
    client = oauth(shop, scope="snsapi_base")
    granted = client.fetch_access_token(choose(shop, client, "sim_openid_0003"))
    assert "unionid" not in granted
    with pytest.raises(WeChatOAuthException) as refusal:
        client.get_user_info()
    assert refusal.value.errcode == 48001


def test_code_is_single_use_and_expires(shop: Shop) -> None:
    client = oauth(shop)
    code = choose(shop, client, "sim_openid_0001")
    client.fetch_access_token(code)
    assert refused(client, code) == 40163
    late = choose(shop, client, "sim_openid_0001")
    shop.control("clock", advance=301)
    assert refused(client, late) == 40029
    assert refused(client, "made-up") == 40029


def refused(client: WeChatOAuth, code: str) -> int:
    with pytest.raises(WeChatOAuthException) as refusal:
        client.fetch_access_token(code)
    return refusal.value.errcode


def test_snapshot_visitor_has_an_identity_of_nobody(shop: Shop) -> None:
    client = oauth(shop)
    granted = client.fetch_access_token(choose(shop, client, "sim_openid_0010"))
    assert granted["is_snapshotuser"] == 1
    assert granted["openid"].startswith("sim_snapshot_")
    assert client.get_user_info()["unionid"] == granted["unionid"]


def test_blocked_user_and_foreign_redirect_are_refused(shop: Shop) -> None:
    client = oauth(shop)
    confirm = client.authorize_url.replace("/authorize?", "/confirm?openid=sim_openid_0011&")
    assert shop.http.get(confirm.partition("#")[0]).status_code == 403
    client.redirect_uri = "https://evil.example/"
    assert "10003" in shop.http.get(client.authorize_url).text
    client.redirect_uri = "javascript:alert(1)//127.0.0.1"
    assert shop.http.get(client.authorize_url).status_code == 400


def test_wrong_secret_is_refused(shop: Shop) -> None:
    client = oauth(shop)
    code = choose(shop, client, "sim_openid_0001")
    client.secret = "wrong"
    assert refused(client, code) == 40125


def token(shop: Shop, *, mini: bool = False, force: bool = False) -> str:
    app = "wechat_mini" if mini else "wechat"
    body = {
        "grant_type": "client_credential",
        "appid": shop.keys[f"{app}_appid"],
        "secret": shop.keys[f"{app}_secret"],
        "force_refresh": force,
    }
    return shop.http.post("/cgi-bin/stable_token", json=body).json()["access_token"]


def test_stable_token_stays_and_expires(shop: Shop) -> None:
    first = token(shop)
    assert token(shop) == first
    assert token(shop, force=True) != first
    shop.control("clock", advance=7201)
    answer = shop.http.get("/cgi-bin/menu/get", params={"access_token": first}).json()
    assert answer["errcode"] == 42001
    assert shop.http.get("/cgi-bin/menu/get", params={"access_token": "x"}).json()["errcode"] == 40001


def test_mini_program_login_and_phone(shop: Shop) -> None:
    js_code = shop.control("codes", openid="sim_openid_0004", kind="mini")["code"]
    query = {
        "appid": shop.keys["wechat_mini_appid"],
        "secret": shop.keys["wechat_mini_secret"],
        "js_code": js_code,
        "grant_type": "authorization_code",
    }
    session = shop.http.get("/sns/jscode2session", params=query).json()
    assert session["openid"] == "sim_mini_openid_0004"
    assert session["unionid"] == "sim_unionid_0004"
    assert shop.http.get("/sns/jscode2session", params=query).json()["errcode"] == 40163
    path = f"/wxa/business/getuserphonenumber?access_token={token(shop, mini=True)}"
    code = shop.control("codes", openid="sim_openid_0004", kind="phone")["code"]
    assert shop.http.post(path, json={"code": code}).json()["phone_info"]["phoneNumber"] == "13800000004"
    assert shop.http.post(path, json={"code": js_code}).json()["errcode"] == 40029


def test_messages_check_receiver_and_lengths(shop: Shop) -> None:
    path = f"/cgi-bin/message/template/send?access_token={token(shop)}"
    message = {"touser": "sim_openid_0001", "template_id": "tpl", "data": {"thing1": {"value": "已发货"}}}
    assert shop.http.post(path, json=message).json()["errcode"] == 0
    long = {**message, "data": {"thing1": {"value": "长" * 21}}}
    assert shop.http.post(path, json=long).json()["errcode"] == 47003
    assert shop.http.post(path, json={**message, "touser": "x"}).json()["errcode"] == 40003
    assert shop.http.post(path, json={**message, "touser": "sim_openid_0011"}).json()["errcode"] == 43101
    shop.control("users", openid="sim_openid_0001", subscribed=False)
    assert shop.http.post(path, json=message).json()["errcode"] == 43004
    assert len(shop.http.get("/__ctl__/messages").json()) == 1
    mini = f"/cgi-bin/message/subscribe/send?access_token={token(shop, mini=True)}"
    assert shop.http.post(mini, json={**message, "touser": "sim_mini_openid_0002"}).json()["errcode"] == 0


def test_menu_and_scene_code(shop: Shop) -> None:
    access = token(shop)
    menu = {"button": [{"type": "view", "name": "商城", "url": "https://shop.example/"}]}
    path = f"/cgi-bin/menu/create?access_token={access}"
    assert shop.http.post(path, json=menu).json()["errcode"] == 0
    assert shop.http.post(path, json={"button": menu["button"] * 4}).json()["errcode"] == 40016
    assert shop.http.get(f"/cgi-bin/menu/get?access_token={access}").json()["menu"] == menu
    ask = {
        "expire_seconds": 2592000,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "u_AB12"}},
    }
    code = shop.http.post(f"/cgi-bin/qrcode/create?access_token={access}", json=ask).json()
    picture = shop.http.get("/cgi-bin/showqrcode", params={"ticket": code["ticket"]})
    assert picture.content.startswith(b"\x89PNG")
    ask["expire_seconds"] = 2592001
    answer = shop.http.post(f"/cgi-bin/qrcode/create?access_token={access}", json=ask).json()
    assert answer["errcode"] == 40097


def test_js_config_is_checked_against_the_ticket(shop: Shop) -> None:
    answer = shop.http.get("/cgi-bin/ticket/getticket", params={"access_token": token(shop), "type": "jsapi"})
    url = "http://127.0.0.1:8000/p/1/"
    text = f"jsapi_ticket={answer.json()['ticket']}&noncestr=abc&timestamp=1700000000&url={url}"
    fields = {
        "appId": shop.keys["wechat_appid"],
        "timestamp": "1700000000",
        "nonceStr": "abc",
        "signature": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
        "url": url,
        "callback": "done",
    }
    assert '"ok": true' in shop.http.get("/sim/js/config", params=fields).text
    wrong = {**fields, "url": url + "?x=1"}
    assert "invalid signature" in shop.http.get("/sim/js/config", params=wrong).text
    assert shop.http.get("/sim/js/config", params={**fields, "callback": "alert(1)"}).status_code == 400
