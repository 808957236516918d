"""The JS-SDK file and the checks behind it: ticket signature, paySign, transfer package."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from simulator import crypto, wechat_api
from simulator.context import Simulator
from simulator.http import Request, Response, Route
from simulator.wxpay import orders

SCRIPT = (Path(__file__).parent / "assets" / "jweixin.js").read_bytes()
CALLBACK = re.compile(r"[A-Za-z_]\w{0,63}")


def script(_: Simulator, __: Request) -> Response:
    """GET /open/js/jweixin-1.6.0.js."""
    return Response(body=SCRIPT, content_type="text/javascript; charset=utf-8")


def check_config(sim: Simulator, request: Request) -> Response:
    """GET /sim/js/config: whether `wx.config` was signed for the page that called it (JSONP)."""
    query = request.query
    callback = query.get("callback", "")
    if not CALLBACK.fullmatch(callback):
        return Response(status=400, body=b"bad callback", content_type="text/plain")
    refusal = config_refusal(sim, query)
    outcome = json.dumps({"ok": not refusal, "message": refusal or "ok"})
    return Response(body=f"{callback}({outcome})".encode(), content_type="text/javascript; charset=utf-8")


def config_refusal(sim: Simulator, query: Mapping[str, str]) -> str:
    """Why `wx.config` fails, in WeChat's words; empty when it does not."""
    appid = query.get("appId", "")
    if appid != sim.keys.shop["wechat_appid"]:
        return "invalid appid"
    if not sim.is_mall_url(query.get("url", "")):
        return "invalid url domain"
    ticket = wechat_api.current_ticket(sim, appid=appid)
    text = (
        f"jsapi_ticket={ticket}&noncestr={query.get('nonceStr', '')}"
        f"&timestamp={query.get('timestamp', '')}&url={query['url']}"
    )
    return "" if crypto.same(crypto.sha1_hex(text), query.get("signature", "")) else "invalid signature"


def pay_refusal(sim: Simulator, query: Mapping[str, str]) -> str:
    """Why the cashier does not open for these JSAPI fields; empty when it does."""
    names = ("timeStamp", "nonceStr", "package", "paySign")
    if missing := [name for name in names if not query.get(name)]:
        return f"支付参数缺少 {'、'.join(missing)}"
    if query.get("signType") != "RSA":
        return "signType 必须为 RSA"
    if not query["package"].startswith("prepay_id="):
        return "package 必须为 prepay_id=…"
    try:
        order = orders.prepay_order(sim, query["package"].removeprefix("prepay_id="))
    except orders.CannotPay as problem:
        return str(problem)
    appid = query.get("appId") or order["appid"]  # wx.chooseWXPay takes it from wx.config
    message = f"{appid}\n{query['timeStamp']}\n{query['nonceStr']}\n{query['package']}\n"
    verified = crypto.rsa_verifies(
        key=sim.keys.merchant_public_key, message=message.encode(), signature=query["paySign"]
    )
    return "" if verified and appid == order["appid"] else "支付验证签名失败"


def transfer_refusal(sim: Simulator, query: Mapping[str, str]) -> str:
    """Why requestMerchantTransfer fails: it names another merchant or app."""
    if query.get("mchId", sim.keys.shop["wxpay_mchid"]) != sim.keys.shop["wxpay_mchid"]:
        return "mchId 与转账单不一致"
    appid = query.get("appId")
    return "appId 有误" if appid is not None and sim.keys.secret_of(appid=appid) is None else ""


ROUTES: list[Route] = [
    ("GET", "/open/js/jweixin-1.6.0.js", script),
    ("GET", "/sim/js/config", check_config),
]
