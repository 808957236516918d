"""The door of WeChat Pay: checks who calls, signs what goes back, words what is refused."""

import re
from collections.abc import Mapping
from typing import Any

from simulator import crypto
from simulator.context import Simulator
from simulator.envelopes import SIGNATURE_TYPE, wxpay_headers
from simulator.http import LOOPBACK, Handler, Problem, Request, Response, answer_json, host_of

WINDOW_SECONDS = 300
_FIELD = re.compile(r'(\w+)="([^"]*)"')
OUT_NO = re.compile(r"[0-9A-Za-z_\-*]{6,32}")


def refuse(status: int, code: str, message: str, **detail: Any) -> Problem:
    """An error answer `{code, message, detail}`; raise it."""
    content: dict[str, Any] = {"code": code, "message": message}
    if detail:
        content["detail"] = {"location": "body", **detail}
    return Problem(answer_json(content, status=status))


def bad_param(field: str, value: Any, issue: str) -> Problem:
    """PARAM_ERROR naming the field."""
    return refuse(400, "PARAM_ERROR", issue, field=f"/{field}", value=value, issue=issue)


def guarded(handler: Handler) -> Handler:
    """Check the request signature, run `handler`, sign its 2xx answer."""
    return _guard(handler, sign=True)


def guarded_unsigned(handler: Handler) -> Handler:
    """As `guarded`, but the answer is not signed: WeChat Pay does not sign bill files."""
    return _guard(handler, sign=False)


def _guard(handler: Handler, *, sign: bool) -> Handler:
    def serve(sim: Simulator, request: Request) -> Response:
        check_authorization(sim, request)
        response = handler(sim, request)
        if sign and 200 <= response.status < 300:
            named = request.headers.get("Wechatpay-Serial", "")
            serial = None if named.startswith("PUB_KEY_ID_") else sim.keys.platform_serial
            response.headers.update(
                wxpay_headers(keys=sim.keys, timestamp=sim.clock.wire(), body=response.body.decode(), serial=serial)
            )
        return response

    return serve


def check_authorization(sim: Simulator, request: Request) -> None:
    """Refuse a request that the merchant did not sign just now, over exactly these bytes, once."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme != SIGNATURE_TYPE:
        raise refuse(401, "SIGN_ERROR", "Http头缺少Authorization或签名算法不支持")
    fields = dict(_FIELD.findall(rest))
    missing = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"} - fields.keys()
    if missing:
        raise refuse(401, "SIGN_ERROR", f"Authorization缺少字段 {sorted(missing)}")
    _check_fields(sim, request, fields)
    if not sim.nonces.is_new(f"wxpay:{fields['nonce_str']}"):
        raise refuse(401, "SIGN_ERROR", "随机串重复，请求已被处理过")


def _check_fields(sim: Simulator, request: Request, fields: Mapping[str, str]) -> None:
    shop = sim.keys.shop
    if fields["mchid"] != shop["wxpay_mchid"]:
        raise refuse(401, "SIGN_ERROR", "商户号不存在")
    if fields["serial_no"] != shop["wxpay_serial"]:
        raise refuse(401, "SIGN_ERROR", "商户证书序列号有误")
    if not fields["timestamp"].isdigit() or abs(int(fields["timestamp"]) - sim.clock.wire()) > WINDOW_SECONDS:
        raise refuse(401, "SIGN_ERROR", "Authorization中的时间戳与服务器时间相差超过5分钟")
    head = f"{request.method}\n{request.target}\n{fields['timestamp']}\n{fields['nonce_str']}\n"
    message = head.encode() + request.body + b"\n"
    if not crypto.rsa_verifies(key=sim.keys.merchant_public_key, message=message, signature=fields["signature"]):
        raise refuse(401, "SIGN_ERROR", "签名错误，请检查后再试")
    named = request.headers.get("Wechatpay-Serial")
    if named and named not in {shop["wxpay_public_key_id"], sim.keys.platform_serial}:
        raise refuse(400, "PARAM_ERROR", "Wechatpay-Serial 不是有效的平台证书序列号或公钥ID")


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of the body, or PARAM_ERROR."""
    body = request.json()
    if body is None or not request.body:
        raise refuse(400, "PARAM_ERROR", "请求体不是合法的JSON")
    return body


def text(
    body: Mapping[str, Any],
    field: str,
    *,
    most: int,
    required: bool = True,
    form: re.Pattern[str] | None = None,
) -> str:
    """A text field of at most `most` characters; empty when absent and not `required`."""
    value = body.get(field)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not value:
        raise bad_param(field, value, f"输入源“/body/{field}”必须为非空字符串")
    if len(value) > most:
        raise bad_param(field, value, f"输入源“/body/{field}”长度超过 {most}")
    if form is not None and not form.fullmatch(value):
        raise bad_param(field, value, f"输入源“/body/{field}”格式有误")
    return value


def fen(body: Mapping[str, Any], field: str, *, least: int = 1) -> int:
    """An amount in fen: a JSON integer, not a bool, not a text."""
    value = body.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise bad_param(field, value, f"输入源“/body/{field}”必须为不小于 {least} 的整数（分）")
    return value


def notify_url(body: Mapping[str, Any], *, required: bool = True) -> str:
    """A notice address: https, or plain http on this machine; no query."""
    url = text(body, "notify_url", most=255, required=required)
    if not url:
        return ""
    plain = url.startswith("http://") and host_of(url) in LOOPBACK
    if not (url.startswith("https://") or plain) or not host_of(url) or "?" in url or "#" in url:
        raise bad_param("notify_url", url, "notify_url必须为https直接可访问的URL，不能携带参数")
    return url


def check_appid(sim: Simulator, body: Mapping[str, Any]) -> str:
    """An appid bound to the merchant."""
    appid = text(body, "appid", most=32)
    if sim.keys.secret_of(appid=appid) is None:
        raise refuse(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配，请检查后再试")
    return appid


def check_mchid(sim: Simulator, value: Any) -> None:
    """The mchid of body or query must be the one that signed."""
    if value != sim.keys.shop["wxpay_mchid"]:
        raise refuse(400, "PARAM_ERROR", "mchid与签名商户号不一致", field="/mchid", value=value, issue="mismatch")
