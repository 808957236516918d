"""WeChat's server API: tokens, tickets, messages, menu, scene QR codes, phone numbers."""

import io
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

import segno

from simulator import users, wechat_open
from simulator.clock import rfc3339
from simulator.context import Simulator
from simulator.http import Request, Response, Route, answer_json
from simulator.state import Record
from simulator.wechat_open import error

TOKEN_SECONDS = 7200
TEMPORARY_CODE_SECONDS = 2_592_000
SCENE_TEXT = 64
# Longest value of each keyword type of a template or subscribe message.
VALUE_LIMITS = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "character_string": 32,
    "symbol": 5,
    "phrase": 5,
    "name": 10,
    "phone_number": 17,
    "car_number": 8,
}
BUTTON_NEEDS = {
    "view": ("url",),
    "click": ("key",),
    "miniprogram": ("url", "appid", "pagepath"),
    "scancode_push": ("key",),
}
OK = {"errcode": 0, "errmsg": "ok"}


def _json(request: Request) -> dict[str, Any]:
    body = request.json()
    if body is None:
        raise error(47001, "data format error")
    return body


def token(sim: Simulator, request: Request) -> Response:
    """GET /cgi-bin/token."""
    query = request.query
    return answer_json(_issue(sim, query, stable=False, fresh=True))


def stable_token(sim: Simulator, request: Request) -> Response:
    """POST /cgi-bin/stable_token: the same token until it nears its end."""
    body = _json(request)
    return answer_json(_issue(sim, body, stable=True, fresh=bool(body.get("force_refresh"))))


def _issue(sim: Simulator, asked: dict[str, Any], *, stable: bool, fresh: bool) -> Record:
    if asked.get("grant_type") != "client_credential":
        raise error(40002, "invalid grant_type")
    appid = str(asked.get("appid", ""))
    expected = sim.keys.secret_of(appid=appid)
    if expected is None:
        raise error(40013, "invalid appid")
    if asked.get("secret") != expected:
        raise error(40125, "invalid appsecret")
    now = sim.clock.now()
    with sim.state.transaction():
        for record in reversed(sim.state.find("tokens", appid=appid, stable=stable)):
            left = (datetime.fromisoformat(record["expires_at"]) - now).total_seconds()
            if not fresh and left > 300:
                return {"access_token": record["token"], "expires_in": int(left)}
        value = secrets.token_urlsafe(96)
        expires = rfc3339(now + timedelta(seconds=TOKEN_SECONDS))
        sim.state.put("tokens", value, {"token": value, "appid": appid, "stable": stable, "expires_at": expires})
    return {"access_token": value, "expires_in": TOKEN_SECONDS}


def _caller(sim: Simulator, request: Request, *, mini: bool = False) -> str:
    """The appid whose access_token the request carries."""
    record = sim.state.get("tokens", request.query.get("access_token", ""))
    if record is None:
        raise error(40001, "invalid credential, access_token is invalid or not latest")
    if datetime.fromisoformat(record["expires_at"]) <= sim.clock.now():
        raise error(42001, "access_token expired")
    if record["appid"] != sim.keys.shop["wechat_mini_appid" if mini else "wechat_appid"]:
        raise error(48001, "api unauthorized")
    return str(record["appid"])


def ticket(sim: Simulator, request: Request) -> Response:
    """GET /cgi-bin/ticket/getticket?type=jsapi."""
    appid = _caller(sim, request)
    if request.query.get("type") != "jsapi":
        raise error(40097, "invalid args")
    return answer_json({**OK, "ticket": current_ticket(sim, appid=appid), "expires_in": TOKEN_SECONDS})


def current_ticket(sim: Simulator, *, appid: str) -> str:
    """The jsapi ticket in force, renewed after two hours."""
    with sim.state.transaction():
        record = sim.state.get("tickets", appid)
        if record is None or datetime.fromisoformat(record["expires_at"]) <= sim.clock.now():
            expires = rfc3339(sim.clock.now() + timedelta(seconds=TOKEN_SECONDS))
            record = sim.state.put("tickets", appid, {"ticket": secrets.token_urlsafe(64), "expires_at": expires})
    return str(record["ticket"])


def send_template(sim: Simulator, request: Request) -> Response:
    """POST /cgi-bin/message/template/send."""
    appid, body = _caller(sim, request), _json(request)
    user = _receiver(sim, appid, body)
    if not user["subscribed"]:
        raise error(43004, "require subscribe")
    message_id = _keep(sim, kind="template", user=user, body=body)
    return answer_json({**OK, "msgid": message_id})


def send_subscribe(sim: Simulator, request: Request) -> Response:
    """POST /cgi-bin/message/subscribe/send, the mini program's."""
    appid, body = _caller(sim, request, mini=True), _json(request)
    _keep(sim, kind="mini_subscribe", user=_receiver(sim, appid, body), body=body)
    return answer_json(OK)


def send_business(sim: Simulator, request: Request) -> Response:
    """POST /cgi-bin/message/subscribe/bizsend, the official account's."""
    appid, body = _caller(sim, request), _json(request)
    _keep(sim, kind="subscribe", user=_receiver(sim, appid, body), body=body)
    return answer_json(OK)


def _receiver(sim: Simulator, appid: str, body: dict[str, Any]) -> Record:
    openid = body.get("touser")
    user = users.by_any_openid(state=sim.state, openid=openid) if isinstance(openid, str) else None
    mini_appid = sim.keys.shop["wechat_mini_appid"]
    if user is None or users.openid_for(user=user, appid=appid, mini_appid=mini_appid) != openid:
        raise error(40003, "invalid openid")
    if not isinstance(body.get("template_id"), str) or not body["template_id"]:
        raise error(40037, "invalid template_id")
    if user["blocked"]:
        raise error(43101, "user refuse to accept the msg")
    data = body.get("data")
    if not isinstance(data, dict) or not data:
        raise error(47003, "argument invalid! data is empty")
    for key, item in data.items():
        _check_value(key, item)
    return user


def _check_value(key: str, item: Any) -> None:
    value = item.get("value") if isinstance(item, dict) else None
    limit = VALUE_LIMITS.get(key.rstrip("0123456789"))
    if value is None or str(value) == "" or (limit is not None and len(str(value)) > limit):
        raise error(47003, f"argument invalid! data.{key}.value invalid")


def _keep(sim: Simulator, *, kind: str, user: Record, body: dict[str, Any]) -> int:
    message_id = secrets.randbits(60)
    record = {"kind": kind, "openid": user["openid"], "at": rfc3339(sim.clock.now()), "message": body}
    sim.state.put("messages", str(message_id), record)
    return message_id


def create_menu(sim: Simulator, request: Request) -> Response:
    """POST /cgi-bin/menu/create."""
    appid, body = _caller(sim, request), _json(request)
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise error(40016, "invalid button size")
    for button in buttons:
        children = button.get("sub_button") or []
        if len(children) > 5:
            raise error(40023, "invalid sub button size")
        for entry in children or [button]:
            _check_button(entry)
    sim.state.put("menus", appid, {"button": buttons})
    return answer_json(OK)


def _check_button(entry: dict[str, Any]) -> None:
    if not entry.get("name"):
        raise error(40018, "invalid button name size")
    needs = BUTTON_NEEDS.get(entry.get("type", ""))
    if needs is None:
        raise error(40017, "invalid button type")
    if not all(entry.get(name) for name in needs):
        raise error(40019, f"invalid button: {', '.join(needs)} required")


def get_menu(sim: Simulator, request: Request) -> Response:
    """GET /cgi-bin/menu/get."""
    menu = sim.state.get("menus", _caller(sim, request))
    if not menu:
        raise error(46003, "menu no exist")
    return answer_json({"menu": menu})


def delete_menu(sim: Simulator, request: Request) -> Response:
    """GET /cgi-bin/menu/delete."""
    sim.state.put("menus", _caller(sim, request), {})
    return answer_json(OK)


def create_code(sim: Simulator, request: Request) -> Response:
    """POST /cgi-bin/qrcode/create: a follow-me code that carries a scene."""
    _caller(sim, request)
    body = _json(request)
    action = body.get("action_name")
    if action not in {"QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}:
        raise error(40097, "invalid action_name")
    scene = (body.get("action_info") or {}).get("scene") or {}
    value = scene.get("scene_str") if "STR" in action else scene.get("scene_id")
    if "STR" in action and not (isinstance(value, str) and 1 <= len(value) <= SCENE_TEXT):
        raise error(40053, "invalid scene_str")
    if "STR" not in action and not (isinstance(value, int) and value > 0):
        raise error(40053, "invalid scene_id")
    answer: Record = {
        "ticket": secrets.token_urlsafe(48),
        "url": f"http://weixin.qq.com/q/{secrets.token_urlsafe(16)}",
    }
    if "LIMIT" not in action:
        seconds = body.get("expire_seconds", 60)
        if not isinstance(seconds, int) or not 1 <= seconds <= TEMPORARY_CODE_SECONDS:
            raise error(40097, "invalid expire_seconds")
        answer["expire_seconds"] = seconds
    sim.state.put("scene_codes", answer["ticket"], {**answer, "scene": value})
    return answer_json(answer)


def show_code(sim: Simulator, request: Request) -> Response:
    """GET /cgi-bin/showqrcode?ticket=: the picture of a scene code."""
    record = sim.state.get("scene_codes", request.query.get("ticket", ""))
    if record is None:
        return answer_json({"errcode": 40004, "errmsg": "invalid ticket"}, status=404)
    picture = io.BytesIO()
    segno.make(record["url"], error="m").save(picture, kind="png", scale=10)
    return Response(body=picture.getvalue(), content_type="image/png")


def phone_number(sim: Simulator, request: Request) -> Response:
    """POST /wxa/business/getuserphonenumber."""
    appid, body = _caller(sim, request, mini=True), _json(request)
    code = body.get("code")
    if not isinstance(code, str) or not re.fullmatch(r"\w{1,64}", code):
        raise error(40029, "invalid code")
    return answer_json({**OK, "phone_info": wechat_open.phone_number(sim, appid=appid, code=code)})


ROUTES: list[Route] = [
    ("GET", "/cgi-bin/token", token),
    ("POST", "/cgi-bin/stable_token", stable_token),
    ("GET", "/cgi-bin/ticket/getticket", ticket),
    ("POST", "/cgi-bin/message/template/send", send_template),
    ("POST", "/cgi-bin/message/subscribe/send", send_subscribe),
    ("POST", "/cgi-bin/message/subscribe/bizsend", send_business),
    ("POST", "/cgi-bin/menu/create", create_menu),
    ("GET", "/cgi-bin/menu/get", get_menu),
    ("GET", "/cgi-bin/menu/delete", delete_menu),
    ("POST", "/cgi-bin/qrcode/create", create_code),
    ("GET", "/cgi-bin/showqrcode", show_code),
    ("POST", "/wxa/business/getuserphonenumber", phone_number),
]
