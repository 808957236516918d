"""Refunds: accepted at once, settled a moment later, told by notice."""

import re
from datetime import datetime, timedelta
from typing import Any

from simulator.clock import rfc3339
from simulator.context import Simulator
from simulator.envelopes import new_notice
from simulator.http import Request, Response, Route, answer_json
from simulator.state import Record
from simulator.wxpay import funds, gate, orders
from simulator.wxpay.gate import bad_param, refuse

OUT_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
SETTLE_SECONDS = 0.1
MOST_REFUNDS = 50
REFUND_LIFE = timedelta(days=365)
OUTCOMES = ("SUCCESS", "ABNORMAL", "CLOSED")
RECEIVED_ACCOUNT = "支付用户零钱"


class NotSettleable(Exception):
    """The refund is unknown or already final."""


def create(sim: Simulator, request: Request) -> Response:
    """POST /v3/refund/domestic/refunds; the same number again is the same refund."""
    wanted = _read(gate.body_of(request))
    with sim.state.transaction():
        order = _order(sim, wanted)
        known = sim.state.get("refunds", wanted["out_refund_no"])
        if known is not None:
            _check_same(known, wanted, order)
            return answer_json(view(known))
        _check_sums(sim, wanted, order)
        refund = sim.state.put("refunds", wanted["out_refund_no"], _new(sim, wanted, order))
        sim.state.update("orders", order["out_trade_no"], trade_state="REFUND")
    if sim.config("auto_refund"):
        _settle_soon(sim, refund["out_refund_no"])
    return answer_json(view(refund))


def _read(body: dict[str, Any]) -> Record:
    amount = body.get("amount")
    if not isinstance(amount, dict):
        raise bad_param("amount", amount, "输入源“/body/amount”必须为对象")
    if amount.get("currency") != "CNY":
        raise bad_param("amount/currency", amount.get("currency"), "退款币种必须为CNY")
    return {
        "transaction_id": gate.text(body, "transaction_id", most=32, required=False),
        "out_trade_no": gate.text(body, "out_trade_no", most=32, required=False),
        "out_refund_no": gate.text(body, "out_refund_no", most=64, form=OUT_REFUND_NO),
        "reason": gate.text(body, "reason", most=80, required=False),
        "notify_url": gate.notify_url(body, required=False),
        "refund": gate.fen(amount, "refund"),
        "total": gate.fen(amount, "total"),
    }


def _order(sim: Simulator, wanted: Record) -> Record:
    if wanted["transaction_id"]:
        found = sim.state.find("orders", transaction_id=wanted["transaction_id"])
        order = found[0] if found else None
    elif wanted["out_trade_no"]:
        order = sim.state.get("orders", wanted["out_trade_no"])
    else:
        raise bad_param("transaction_id", None, "transaction_id与out_trade_no必须二选一")
    if order is None:
        raise refuse(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    if order["trade_state"] not in orders.PAID:
        raise refuse(403, "TRADE_ERROR", "订单未支付，不能退款")
    return order


def _check_same(known: Record, wanted: Record, order: Record) -> None:
    same_order = known["out_trade_no"] == order["out_trade_no"]
    if not same_order or known["refund"] != wanted["refund"] or wanted["total"] != order["paid"]:
        raise refuse(400, "INVALID_REQUEST", "商户退款单号重复，且订单或金额与之前请求不一致")


def _check_sums(sim: Simulator, wanted: Record, order: Record) -> None:
    if wanted["total"] != order["paid"]:
        raise refuse(400, "INVALID_REQUEST", "订单金额与微信支付订单金额不一致")
    live = [r for r in sim.state.find("refunds", out_trade_no=order["out_trade_no"]) if r["status"] != "CLOSED"]
    if sum(r["refund"] for r in live) + wanted["refund"] > order["paid"]:
        raise refuse(400, "INVALID_REQUEST", "退款金额之和大于订单可退金额")
    if len(live) >= MOST_REFUNDS:
        raise refuse(403, "RULE_LIMIT", "单笔订单最多支持50次部分退款")
    if datetime.fromisoformat(order["success_time"]) + REFUND_LIFE < sim.clock.now():
        raise refuse(403, "RULE_LIMIT", "订单已超过一年可退款期限")
    if funds.available(sim) < wanted["refund"]:
        raise refuse(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")


def _new(sim: Simulator, wanted: Record, order: Record) -> Record:
    return {
        "refund_id": sim.number("5030"),
        "out_refund_no": wanted["out_refund_no"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": order["out_trade_no"],
        "mchid": order["mchid"],
        "refund": wanted["refund"],
        "total": order["paid"],
        "reason": wanted["reason"],
        "notify_url": wanted["notify_url"],
        "status": "PROCESSING",
        "create_time": rfc3339(sim.clock.now()),
        "success_time": "",
    }


def view(refund: Record) -> Record:
    """The Refund object of answers and queries."""
    content = {
        "refund_id": refund["refund_id"],
        "out_refund_no": refund["out_refund_no"],
        "transaction_id": refund["transaction_id"],
        "out_trade_no": refund["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": RECEIVED_ACCOUNT,
        "create_time": refund["create_time"],
        "status": refund["status"],
        "funds_account": "AVAILABLE",
        "amount": {
            "total": refund["total"],
            "refund": refund["refund"],
            "payer_total": refund["total"],
            "payer_refund": refund["refund"],
            "settlement_total": refund["total"],
            "settlement_refund": refund["refund"],
            "discount_refund": 0,
            "currency": "CNY",
        },
        "promotion_detail": [],
    }
    return content | ({"success_time": refund["success_time"]} if refund["success_time"] else {})


def query(sim: Simulator, request: Request) -> Response:
    """GET /v3/refund/domestic/refunds/{no}."""
    refund = sim.state.get("refunds", request.params["no"])
    if refund is None:
        raise refuse(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return answer_json(view(refund))


def retry_abnormal(sim: Simulator, request: Request) -> Response:
    """POST /v3/refund/domestic/refunds/{id}/apply-abnormal-refund."""
    number = gate.text(gate.body_of(request), "out_refund_no", most=64)
    with sim.state.transaction():
        refund = sim.state.get("refunds", number)
        if refund is None or refund["refund_id"] != request.params["id"]:
            raise refuse(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        if refund["status"] != "ABNORMAL":
            raise refuse(400, "INVALID_REQUEST", "退款单状态不是退款异常")
        refund = sim.state.update("refunds", number, status="PROCESSING")
    _settle_soon(sim, number)
    return answer_json(view(refund))


def settle(sim: Simulator, *, number: str, status: str = "SUCCESS") -> Record:
    """Bring a refund to one of `OUTCOMES` and send its notice. Raises `NotSettleable`."""
    with sim.state.transaction():
        refund = sim.state.get("refunds", number)
        if refund is None or refund["status"] not in {"PROCESSING", "ABNORMAL"}:
            raise NotSettleable(number)
        done = rfc3339(sim.clock.now()) if status == "SUCCESS" else ""
        refund = sim.state.update("refunds", number, status=status, success_time=done)
        if refund["notify_url"]:
            sim.notifier.post(_notice(sim, refund))
    return view(refund)


def _notice(sim: Simulator, refund: Record) -> Record:
    resource = {
        "mchid": refund["mchid"],
        "out_trade_no": refund["out_trade_no"],
        "transaction_id": refund["transaction_id"],
        "out_refund_no": refund["out_refund_no"],
        "refund_id": refund["refund_id"],
        "refund_status": refund["status"],
        "user_received_account": RECEIVED_ACCOUNT,
        "amount": {
            "total": refund["total"],
            "refund": refund["refund"],
            "payer_total": refund["total"],
            "payer_refund": refund["refund"],
        },
    }
    if refund["success_time"]:
        resource["success_time"] = refund["success_time"]
    content = {
        "event_type": f"REFUND.{refund['status']}",
        "summary": {"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}[refund["status"]],
        "original_type": "refund",
        "associated_data": "refund",
        "resource": resource,
    }
    return new_notice(
        clock=sim.clock,
        channel="wxpay",
        kind="refund",
        ref=refund["out_refund_no"],
        url=refund["notify_url"],
        content=content,
    )


def _settle_soon(sim: Simulator, number: str) -> None:
    def work() -> None:
        refund = sim.state.get("refunds", number)
        if refund and refund["status"] == "PROCESSING":
            settle(sim, number=number)

    sim.notifier.after(SETTLE_SECONDS, work)


def resume(sim: Simulator) -> None:
    """After a restart, settle what was being processed."""
    if sim.config("auto_refund"):
        for refund in sim.state.find("refunds", status="PROCESSING"):
            _settle_soon(sim, refund["out_refund_no"])


ROUTES: list[Route] = [
    ("POST", "/v3/refund/domestic/refunds", gate.guarded(create)),
    ("GET", "/v3/refund/domestic/refunds/{no}", gate.guarded(query)),
    ("POST", "/v3/refund/domestic/refunds/{id}/apply-abnormal-refund", gate.guarded(retry_abnormal)),
]
