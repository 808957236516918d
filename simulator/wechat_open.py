"""WeChat's open platform: page authorization, mini program login, phone number."""

import secrets
from datetime import datetime, timedelta
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from simulator import pages
from simulator.clock import rfc3339
from simulator.context import Simulator
from simulator.http import Problem, Request, Response, Route, answer_json, redirect
from simulator.state import Record

CODE_LIFE = timedelta(minutes=5)
TOKEN_SECONDS = 7200
SCOPES = {"snsapi_base", "snsapi_userinfo", "snsapi_login"}
STATE_BYTES = 128


def error(code: int, message: str) -> Problem:
    """WeChat's error envelope: HTTP 200 with errcode and errmsg."""
    return Problem(answer_json({"errcode": code, "errmsg": message}))


def issue_code(sim: Simulator, *, kind: str, appid: str, openid: str, scope: str = "") -> str:
    """A single-use code of five minutes. `kind`: oauth, mini or phone; `openid`: the test user's key."""
    code = secrets.token_hex(16)
    record = {
        "code": code,
        "kind": kind,
        "appid": appid,
        "openid": openid,
        "scope": scope,
        "used": False,
        "expires_at": rfc3339(sim.clock.now() + CODE_LIFE),
    }
    sim.state.put("codes", code, record)
    return code


def _spend_code(sim: Simulator, *, kind: str, appid: str, code: str) -> Record:
    with sim.state.transaction():
        record = sim.state.get("codes", code)
        if record is None or record["kind"] != kind or record["appid"] != appid:
            raise error(40029, "invalid code")
        if record["used"]:
            raise error(40163, "code been used")
        if datetime.fromisoformat(record["expires_at"]) <= sim.clock.now():
            raise error(40029, "invalid code, code expired")
        return sim.state.update("codes", code, used=True)


def _check_app(sim: Simulator, appid: str, secret: str) -> None:
    expected = sim.keys.secret_of(appid=appid)
    if expected is None:
        raise error(40013, "invalid appid")
    if secret != expected:
        raise error(40125, "invalid appsecret")


def authorize(sim: Simulator, request: Request) -> Response:
    """GET /connect/oauth2/authorize or /connect/qrconnect: choose who is using WeChat."""
    refusal = _check_authorize(sim, request.query)
    if refusal:
        return pages.notice("无法打开授权页", refusal, status=400)
    scope = request.query["scope"]
    rows = "".join(_choice(user, request.query) for user in sim.state.find("users"))
    wants = "获取你的昵称、头像" if scope == "snsapi_userinfo" else "识别你的微信身份"
    return pages.page(
        "微信授权",
        f"<div class=card><h1>选择微信测试用户</h1><p class='soft center'>商城申请{wants}</p></div>"
        f"<div class=card><ul>{rows}</ul></div>",
    )


def _check_authorize(sim: Simulator, query: dict[str, str]) -> str:
    if query.get("appid") != sim.keys.shop["wechat_appid"]:
        return "appid 参数错误"
    if not sim.is_mall_url(query.get("redirect_uri", "")):
        return "redirect_uri 参数错误（10003）：域名与后台配置不一致"
    if query.get("response_type") != "code":
        return "response_type 参数错误"
    if query.get("scope") not in SCOPES:
        return "scope 参数错误或没有 scope 权限（10005）"
    if len(query.get("state", "").encode()) > STATE_BYTES:
        return "state 超过 128 字节"
    return ""


def _choice(user: Record, query: dict[str, str]) -> str:
    names = ("appid", "redirect_uri", "response_type", "scope", "state")
    fields = {name: query.get(name, "") for name in names} | {"openid": user["openid"]}
    tag = "账号已封禁" if user["blocked"] else "快照页访客" if user["snapshot"] else ""
    mark = f"<span class=tag>{tag}</span>" if tag else ""
    return (
        f'<li><a class=user href="/connect/oauth2/confirm?{escape(urlencode(fields))}">'
        f"{pages.face(user['openid'], user['nickname'])}"
        f"<span><b>{escape(user['nickname'])}</b>"
        f"<span class=soft>{user['openid']}</span></span>{mark}</a></li>"
    )


def confirm(sim: Simulator, request: Request) -> Response:
    """GET /connect/oauth2/confirm: back to the shop with code and state."""
    refusal = _check_authorize(sim, request.query)
    user = sim.state.get("users", request.query.get("openid", ""))
    if refusal or user is None:
        return pages.notice("授权失败", refusal or "没有这个测试用户", status=400)
    if user["blocked"]:
        return pages.notice("该微信账号已被限制登录", "请换一个测试用户", status=403)
    code = issue_code(
        sim,
        kind="oauth",
        appid=request.query["appid"],
        openid=user["openid"],
        scope=request.query["scope"],
    )
    target = urlsplit(request.query["redirect_uri"])
    fields = [*parse_qsl(target.query, keep_blank_values=True), ("code", code)]
    fields.append(("state", request.query.get("state", "")))
    return redirect(target._replace(query=urlencode(fields)).geturl())


def access_token(sim: Simulator, request: Request) -> Response:
    """GET /sns/oauth2/access_token."""
    query = request.query
    appid = query.get("appid", "")
    _check_app(sim, appid, query.get("secret", ""))
    if query.get("grant_type") != "authorization_code":
        raise error(40002, "invalid grant_type")
    record = _spend_code(sim, kind="oauth", appid=appid, code=query.get("code", ""))
    user = sim.state.get("users", record["openid"]) or {}
    openid, unionid = user["openid"], user["unionid"]
    extra: Record = {}
    if user["snapshot"]:  # the snapshot page hands out an identity that belongs to nobody
        openid, unionid = f"sim_snapshot_{secrets.token_hex(8)}", f"sim_snapunion_{secrets.token_hex(8)}"
        extra = {"is_snapshotuser": 1}
    if record["scope"] != "snsapi_base":
        extra["unionid"] = unionid
    grant = {"appid": appid, "openid": openid, "unionid": unionid, "owner": user["openid"]}
    return answer_json(_issue_tokens(sim, {**grant, "scope": record["scope"]}) | extra)


def _issue_tokens(sim: Simulator, grant: Record) -> Record:
    token, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    expires = rfc3339(sim.clock.now() + timedelta(seconds=TOKEN_SECONDS))
    with sim.state.transaction():
        sim.state.put("user_tokens", token, {**grant, "expires_at": expires})
        later = rfc3339(sim.clock.now() + timedelta(days=30))
        sim.state.put("refresh_tokens", refresh, {**grant, "expires_at": later})
    return {
        "access_token": token,
        "expires_in": TOKEN_SECONDS,
        "refresh_token": refresh,
        "openid": grant["openid"],
        "scope": grant["scope"],
    }


def refresh_token(sim: Simulator, request: Request) -> Response:
    """GET /sns/oauth2/refresh_token."""
    grant = sim.state.get("refresh_tokens", request.query.get("refresh_token", ""))
    if grant is None or grant["appid"] != request.query.get("appid"):
        raise error(40030, "invalid refresh_token")
    if datetime.fromisoformat(grant["expires_at"]) <= sim.clock.now():
        raise error(42002, "refresh_token expired")
    return answer_json(_issue_tokens(sim, grant))


def _user_token(sim: Simulator, request: Request) -> Record:
    grant = sim.state.get("user_tokens", request.query.get("access_token", ""))
    if grant is None:
        raise error(40001, "invalid credential, access_token is invalid or not latest")
    if datetime.fromisoformat(grant["expires_at"]) <= sim.clock.now():
        raise error(42001, "access_token expired")
    if grant["openid"] != request.query.get("openid"):
        raise error(40003, "invalid openid")
    return grant


def userinfo(sim: Simulator, request: Request) -> Response:
    """GET /sns/userinfo."""
    grant = _user_token(sim, request)
    if grant["scope"] == "snsapi_base":
        raise error(48001, "api unauthorized")
    user = sim.state.get("users", grant["owner"]) or {}
    return answer_json(
        {
            "openid": grant["openid"],
            "nickname": user["nickname"],
            "sex": 0,
            "language": "",
            "city": "",
            "province": "",
            "country": "",
            "headimgurl": f"{request.base_url}/sim/avatar/{user['openid']}",
            "privilege": [],
            "unionid": grant["unionid"],
        }
    )


def auth(sim: Simulator, request: Request) -> Response:
    """GET /sns/auth."""
    _user_token(sim, request)
    return answer_json({"errcode": 0, "errmsg": "ok"})


def code_to_session(sim: Simulator, request: Request) -> Response:
    """GET /sns/jscode2session."""
    query = request.query
    _check_app(sim, query.get("appid", ""), query.get("secret", ""))
    if query["appid"] != sim.keys.shop["wechat_mini_appid"]:
        raise error(40013, "invalid appid")
    record = _spend_code(sim, kind="mini", appid=query["appid"], code=query.get("js_code", ""))
    user = sim.state.get("users", record["openid"]) or {}
    if user["blocked"]:
        raise error(40226, "code blocked")
    session = secrets.token_urlsafe(16) + "=="
    return answer_json({"openid": user["mini_openid"], "session_key": session, "unionid": user["unionid"]})


def phone_number(sim: Simulator, *, appid: str, code: str) -> Record:
    """`phone_info` of a spent phone code."""
    record = _spend_code(sim, kind="phone", appid=appid, code=code)
    phone = (sim.state.get("users", record["openid"]) or {})["phone"]
    return {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": "86",
        "watermark": {"timestamp": sim.clock.wire(), "appid": appid},
    }


def avatar(sim: Simulator, request: Request) -> Response:
    """GET /sim/avatar/{openid}."""
    user = sim.state.get("users", request.params["openid"])
    if user is None:
        return answer_json({"errcode": 40003, "errmsg": "invalid openid"}, status=404)
    return Response(body=pages.avatar(user["openid"], user["nickname"]), content_type="image/svg+xml")


ROUTES: list[Route] = [
    ("GET", "/connect/oauth2/authorize", authorize),
    ("GET", "/connect/qrconnect", authorize),
    ("GET", "/connect/oauth2/confirm", confirm),
    ("GET", "/sns/oauth2/access_token", access_token),
    ("GET", "/sns/oauth2/refresh_token", refresh_token),
    ("GET", "/sns/userinfo", userinfo),
    ("GET", "/sns/auth", auth),
    ("GET", "/sns/jscode2session", code_to_session),
    ("GET", "/sim/avatar/{openid}", avatar),
]
