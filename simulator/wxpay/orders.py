"""Orders: create, query, close, and what happens when somebody pays."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from simulator import users
from simulator.clock import rfc3339
from simulator.context import Simulator
from simulator.envelopes import new_notice
from simulator.http import Handler, Request, Response, Route, answer_json
from simulator.state import Record
from simulator.wxpay import gate
from simulator.wxpay.gate import bad_param, refuse

TRADE_TYPES = {"jsapi": "JSAPI", "native": "NATIVE", "h5": "MWEB"}
STATE_TEXT = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
    "PAYERROR": "支付失败，请重新支付",
}
PAID = {"SUCCESS", "REFUND"}
PREPAY_LIFE = timedelta(hours=2)
DEFAULT_LIFE = timedelta(days=7)
RESULTS = ("success", "failure", "duplicate", "late", "lost")
_IP = re.compile(r"[0-9a-fA-F:.]{3,45}")


class CannotPay(Exception):
    """The cashier refuses; the message is for the payer."""


def create(kind: str) -> Handler:
    """Handler of `POST /v3/pay/transactions/{kind}`."""

    def serve(sim: Simulator, request: Request) -> Response:
        order = _read(sim, kind, gate.body_of(request))
        with sim.state.transaction():
            prepay_id = _store(sim, order)
        if kind == "native":
            return answer_json({"code_url": f"{request.base_url}/sim/native?pr={prepay_id}"})
        if kind == "h5":
            return answer_json({"h5_url": f"{request.base_url}/sim/h5?prepay_id={prepay_id}"})
        return answer_json({"prepay_id": prepay_id})

    return serve


def _read(sim: Simulator, kind: str, body: dict[str, Any]) -> Record:
    appid = gate.check_appid(sim, body)
    gate.check_mchid(sim, body.get("mchid"))
    amount = body.get("amount")
    if not isinstance(amount, dict):
        raise bad_param("amount", amount, "输入源“/body/amount”必须为对象")
    if amount.get("currency", "CNY") != "CNY":
        raise bad_param("amount/currency", amount.get("currency"), "境内商户号仅支持CNY")
    return {
        "appid": appid,
        "mchid": body["mchid"],
        "trade_type": TRADE_TYPES[kind],
        "description": gate.text(body, "description", most=127),
        "out_trade_no": gate.text(body, "out_trade_no", most=32, form=gate.OUT_NO),
        "notify_url": gate.notify_url(body),
        "total": gate.fen(amount, "total"),
        "attach": gate.text(body, "attach", most=128, required=False),
        "openid": _payer(sim, appid, body) if kind == "jsapi" else "",
        "client_ip": _scene(body) if kind == "h5" else "",
        "time_expire": _expiry(sim, body),
    }


def _payer(sim: Simulator, appid: str, body: dict[str, Any]) -> str:
    payer = body.get("payer")
    openid = payer.get("openid") if isinstance(payer, dict) else None
    user = users.by_any_openid(state=sim.state, openid=openid) if isinstance(openid, str) else None
    if user is None:
        raise bad_param("payer/openid", openid, "无效的openid")
    mini_appid = sim.keys.shop["wechat_mini_appid"]
    if users.openid_for(user=user, appid=appid, mini_appid=mini_appid) != openid:
        raise refuse(400, "INVALID_REQUEST", "appid和openid不匹配")
    return str(openid)


def _scene(body: dict[str, Any]) -> str:
    scene = body.get("scene_info")
    if not isinstance(scene, dict):
        raise bad_param("scene_info", scene, "H5支付必须传入scene_info")
    info = scene.get("h5_info")
    if not isinstance(info, dict) or info.get("type") not in {"Wap", "iOS", "Android"}:
        raise bad_param("scene_info/h5_info/type", info, "h5_info.type必须为 Wap、iOS 或 Android")
    return gate.text(scene, "payer_client_ip", most=45, form=_IP)


def _expiry(sim: Simulator, body: dict[str, Any]) -> str:
    value = body.get("time_expire")
    if value is None:
        return rfc3339(sim.clock.now() + DEFAULT_LIFE)
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise bad_param("time_expire", value, "time_expire必须遵循rfc3339格式")
    return rfc3339(moment)


SAME_FIELDS = ("appid", "trade_type", "description", "notify_url", "total", "attach", "openid")


def _store(sim: Simulator, order: Record) -> str:
    number = order["out_trade_no"]
    known = sim.state.get("orders", number)
    if known is None:
        if datetime.fromisoformat(order["time_expire"]) < sim.clock.now() + timedelta(minutes=1):
            raise bad_param("time_expire", order["time_expire"], "time_expire必须晚于当前时间1分钟以上")
        created = {**order, "trade_state": "NOTPAY", "created_at": rfc3339(sim.clock.now())}
        sim.state.put("orders", number, created)
    elif known["trade_state"] in PAID:
        raise refuse(400, "ORDERPAID", "该订单已支付")
    elif known["trade_state"] == "CLOSED":
        raise refuse(400, "ORDER_CLOSED", "该订单已关闭，请重新下单")
    elif any(known[field] != order[field] for field in SAME_FIELDS):
        raise refuse(403, "OUT_TRADE_NO_USED", "商户订单号重复，且请求参数与原单不一致")
    prepay_id = f"wx{sim.clock.now():%d%H%M%S}{secrets.token_hex(14)}"
    sim.state.put(
        "prepays",
        prepay_id,
        {"prepay_id": prepay_id, "out_trade_no": number, "created_at": rfc3339(sim.clock.now())},
    )
    return prepay_id


def transaction(order: Record) -> Record:
    """The Transaction object of queries and notices."""
    view = {
        "appid": order["appid"],
        "mchid": order["mchid"],
        "out_trade_no": order["out_trade_no"],
        "trade_state": order["trade_state"],
        "trade_state_desc": STATE_TEXT[order["trade_state"]],
        "attach": order["attach"],
        "amount": {"total": order["total"], "currency": "CNY"},
    }
    if order["openid"]:
        view["payer"] = {"openid": order["openid"]}
    if order["trade_state"] in PAID:
        view |= {
            "transaction_id": order["transaction_id"],
            "trade_type": order["trade_type"],
            "bank_type": "OTHERS",
            "success_time": order["success_time"],
            "promotion_detail": [],
            "amount": {
                "total": order["paid"],
                "payer_total": order["paid"],
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
    return view


def query_by_number(sim: Simulator, request: Request) -> Response:
    """GET /v3/pay/transactions/out-trade-no/{no}?mchid=."""
    gate.check_mchid(sim, request.query.get("mchid"))
    return answer_json(transaction(_existing(sim, request.params["no"])))


def query_by_id(sim: Simulator, request: Request) -> Response:
    """GET /v3/pay/transactions/id/{id}?mchid=."""
    gate.check_mchid(sim, request.query.get("mchid"))
    found = sim.state.find("orders", transaction_id=request.params["id"])
    if not found:
        raise refuse(404, "ORDER_NOT_EXIST", "订单不存在")
    return answer_json(transaction(found[0]))


def close(sim: Simulator, request: Request) -> Response:
    """POST /v3/pay/transactions/out-trade-no/{no}/close."""
    gate.check_mchid(sim, gate.body_of(request).get("mchid"))
    with sim.state.transaction():
        order = _existing(sim, request.params["no"])
        if order["trade_state"] in PAID:
            raise refuse(400, "ORDERPAID", "该订单已支付，不能关闭")
        sim.state.update("orders", order["out_trade_no"], trade_state="CLOSED")
    return Response(status=204)


def _existing(sim: Simulator, number: str) -> Record:
    order = sim.state.get("orders", number)
    if order is None:
        raise refuse(404, "ORDER_NOT_EXIST", "订单不存在")
    return order


def check_payable(sim: Simulator, order: Record) -> None:
    """Raise `CannotPay` for an order the cashier must not take money for."""
    if order["trade_state"] in PAID:
        raise CannotPay("该订单已支付，请勿重复支付")
    if order["trade_state"] == "CLOSED":
        raise CannotPay("订单已关闭")
    if datetime.fromisoformat(order["time_expire"]) <= sim.clock.now():
        raise CannotPay("订单已过期，请重新下单")
    user = users.by_any_openid(state=sim.state, openid=order["openid"])
    if user and user["blocked"]:
        raise CannotPay("当前微信账号已被限制支付")


def pay(
    sim: Simulator, *, number: str, result: str, amount: int | None = None, openid: str = "", copies: int = 2
) -> Record:
    """Let somebody pay, with one of `RESULTS`; returns the order and the ids of notices sent.

    `late` stands for money that arrived although the order was closed or had expired meanwhile: it
    succeeds in every unpaid state and its notice goes out after `late_seconds`. `lost` sends none.
    A second call for a paid order changes nothing; `duplicate` then sends the notice again.
    `amount` (fen) is what the provider books, when it shall differ from the order.
    """
    with sim.state.transaction():
        order = sim.state.get("orders", number)
        if order is None:
            raise CannotPay("订单不存在")
        if order["trade_state"] in PAID:
            sent = [_notify(sim, order, copies=copies)] if result == "duplicate" else []
            return {**transaction(order), "notifications": sent}
        if result != "late":
            check_payable(sim, order)
        if result == "failure":
            order = sim.state.update("orders", number, trade_state="PAYERROR")
            return {**transaction(order), "notifications": []}
        order = sim.state.update(
            "orders",
            number,
            trade_state="SUCCESS",
            transaction_id=sim.number("4200"),
            success_time=rfc3339(sim.clock.now()),
            paid=order["total"] if amount is None else amount,
            openid=order["openid"] or openid or "sim_openid_0001",
        )
        sent = []
        if result != "lost":
            delay = sim.config("late_seconds") if result == "late" else 0.05
            sent = [_notify(sim, order, delay=delay, copies=copies if result == "duplicate" else 1)]
    return {**transaction(order), "notifications": sent}


def _notify(sim: Simulator, order: Record, *, delay: float = 0.05, copies: int = 1) -> str:
    content = {
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "original_type": "transaction",
        "associated_data": "transaction",
        "resource": transaction(order),
    }
    notice = new_notice(
        clock=sim.clock,
        channel="wxpay",
        kind="payment",
        ref=order["out_trade_no"],
        url=order["notify_url"],
        content=content,
    )
    return sim.notifier.post(notice, delay=delay, copies=copies)


def prepay_order(sim: Simulator, prepay_id: str, *, life: timedelta = PREPAY_LIFE) -> Record:
    """The order behind a prepay_id that is still fresh, else `CannotPay`."""
    prepay = sim.state.get("prepays", prepay_id)
    order = sim.state.get("orders", prepay["out_trade_no"]) if prepay else None
    if prepay is None or order is None:
        raise CannotPay("预支付会话不存在")
    if datetime.fromisoformat(prepay["created_at"]) + life <= sim.clock.now():
        raise CannotPay("支付页面已过期，请返回商家重新发起")
    return order


ROUTES: list[Route] = [
    *[("POST", f"/v3/pay/transactions/{kind}", gate.guarded(create(kind))) for kind in TRADE_TYPES],
    ("GET", "/v3/pay/transactions/out-trade-no/{no}", gate.guarded(query_by_number)),
    ("GET", "/v3/pay/transactions/id/{id}", gate.guarded(query_by_id)),
    ("POST", "/v3/pay/transactions/out-trade-no/{no}/close", gate.guarded(close)),
]
