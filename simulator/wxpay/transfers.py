"""Merchant transfers: accepted, waiting for the receiver's tap, then paid, failed or cancelled."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from simulator import crypto, users
from simulator.clock import rfc3339
from simulator.context import Simulator
from simulator.envelopes import new_notice
from simulator.http import Request, Response, Route, answer_json
from simulator.state import Record
from simulator.wxpay import funds, gate
from simulator.wxpay.gate import bad_param, refuse

OUT_BILL_NO = re.compile(r"[0-9A-Za-z]{1,32}")
LEAST_FEN = 10
NAME_IMPOSSIBLE_BELOW_FEN = 30
NAME_REQUIRED_FROM_FEN = 200_000
CONFIRM_LIFE = timedelta(hours=24)
STEP_SECONDS = 0.1
FINAL = {"SUCCESS", "FAIL", "CANCELLED"}

# scene id -> report infos that must all be sent, perceptions that may be sent
SCENES: dict[str, tuple[set[str], set[str]]] = {
    "1000": ({"活动名称", "奖励说明"}, {"现金奖励", "活动奖励"}),
    "1005": ({"岗位类型", "报酬说明"}, {"劳务报酬", "报销款", "企业补贴", "开工利是"}),
    "1011": ({"赔付原因"}, {"退款", "商家赔付"}),
}


class NotConfirmable(Exception):
    """The receiver cannot take this transfer (any more); the message is for them."""


def create(sim: Simulator, request: Request) -> Response:
    """POST /v3/fund-app/mch-transfer/transfer-bills; the same number again is the same transfer."""
    wanted = _read(sim, gate.body_of(request))
    with sim.state.transaction():
        known = sim.state.get("transfers", wanted["out_bill_no"])
        if known is not None:
            if any(known[field] != value for field, value in wanted.items()):
                raise refuse(400, "INVALID_REQUEST", "商户单号已存在，请求参数与原单不一致")
            return answer_json(_accepted(known, request))
        if funds.available(sim) < wanted["transfer_amount"]:
            raise refuse(403, "NOT_ENOUGH", "运营账户余额不足，请充值后用原单号重试")
        transfer = sim.state.put("transfers", wanted["out_bill_no"], _new(sim, wanted))
    if transfer["state"] == "ACCEPTED":
        sim.notifier.after(STEP_SECONDS, lambda: finish(sim, number=transfer["out_bill_no"], state="FAIL"))
    return answer_json(_accepted(transfer, request))


def _read(sim: Simulator, body: dict[str, Any]) -> Record:
    appid = gate.check_appid(sim, body)
    amount = gate.fen(body, "transfer_amount", least=LEAST_FEN)
    openid = gate.text(body, "openid", most=64)
    user = users.by_any_openid(state=sim.state, openid=openid)
    mini_appid = sim.keys.shop["wechat_mini_appid"]
    if user is None or users.openid_for(user=user, appid=appid, mini_appid=mini_appid) != openid:
        raise bad_param("openid", openid, "openid与appid不匹配或无效")
    return {
        "appid": appid,
        "out_bill_no": gate.text(body, "out_bill_no", most=32, form=OUT_BILL_NO),
        "transfer_scene_id": _scene(body),
        "openid": openid,
        "user_name": _name(sim, body, amount),
        "transfer_amount": amount,
        "transfer_remark": gate.text(body, "transfer_remark", most=32),
        "notify_url": gate.notify_url(body, required=False),
    }


def _scene(body: dict[str, Any]) -> str:
    scene_id = gate.text(body, "transfer_scene_id", most=36)
    if scene_id not in SCENES:
        raise refuse(400, "INVALID_REQUEST", "商户未开通该转账场景")
    needed, perceptions = SCENES[scene_id]
    infos = body.get("transfer_scene_report_infos")
    if not isinstance(infos, list) or not all(isinstance(info, dict) for info in infos):
        raise bad_param("transfer_scene_report_infos", infos, "需传入转账场景报备信息")
    if {info.get("info_type") for info in infos} != needed or len(infos) != len(needed):
        raise bad_param("transfer_scene_report_infos", infos, "需传入转账场景报备信息")
    for info in infos:
        gate.text(info, "info_content", most=32)
    perception = gate.text(body, "user_recv_perception", most=32, required=False)
    if perception and perception not in perceptions:
        raise refuse(400, "INVALID_REQUEST", "用户收款感知与转账场景不符")
    return scene_id


def _name(sim: Simulator, body: dict[str, Any], amount: int) -> str:
    sealed = gate.text(body, "user_name", most=1024, required=False)
    if not sealed:
        if amount >= NAME_REQUIRED_FROM_FEN:
            raise bad_param("user_name", None, "转账金额大于等于2000元时，收款用户姓名必填")
        return ""
    if amount < NAME_IMPOSSIBLE_BELOW_FEN:
        raise bad_param("user_name", "***", "转账金额小于0.3元时，不允许填写收款用户姓名")
    name = crypto.oaep_open(key=sim.keys.platform_key, sealed=sealed)
    if name is None:
        raise refuse(400, "PARAM_ERROR", "user_name 解密失败，请使用微信支付公钥加密")
    return name


def _new(sim: Simulator, wanted: Record) -> Record:
    user = users.by_any_openid(state=sim.state, openid=wanted["openid"]) or {}
    wrong_name = bool(wanted["user_name"] and user.get("real_name") not in {"", wanted["user_name"]})
    now = rfc3339(sim.clock.now())
    return {
        **wanted,
        "mch_id": sim.keys.shop["wxpay_mchid"],
        "transfer_bill_no": sim.number("1330"),
        "package": secrets.token_urlsafe(24),
        "state": "ACCEPTED" if wrong_name else "WAIT_USER_CONFIRM",
        "fail_reason": "NAME_NOT_CORRECT" if wrong_name else "",
        "create_time": now,
        "update_time": now,
    }


def _accepted(transfer: Record, request: Request) -> Record:
    content = {
        "out_bill_no": transfer["out_bill_no"],
        "transfer_bill_no": transfer["transfer_bill_no"],
        "create_time": transfer["create_time"],
        "state": transfer["state"],
    }
    if transfer["state"] == "WAIT_USER_CONFIRM":
        page = f"{request.base_url}/sim/transfer/confirm"
        content["package_info"] = f"{page}?package={transfer['package']}"
    if transfer["state"] == "FAIL":
        content["fail_reason"] = transfer["fail_reason"]
    return content


def view(transfer: Record) -> Record:
    """The transfer as queries and notices show it."""
    names = ("mch_id", "out_bill_no", "transfer_bill_no", "state", "transfer_amount", "openid")
    content = {name: transfer[name] for name in (*names, "create_time", "update_time")}
    return content | ({"fail_reason": transfer["fail_reason"]} if transfer["state"] == "FAIL" else {})


def query(sim: Simulator, request: Request) -> Response:
    """GET …/transfer-bills/out-bill-no/{no} or …/transfer-bill-no/{id}."""
    expire_due(sim)
    number = request.params.get("no")
    found = (
        [sim.state.get("transfers", number)]
        if number
        else sim.state.find("transfers", transfer_bill_no=request.params["id"])
    )
    transfer = found[0] if found else None
    if transfer is None:
        raise refuse(404, "NOT_FOUND", "记录不存在")
    extra = {"appid": transfer["appid"], "transfer_remark": transfer["transfer_remark"]}
    return answer_json(view(transfer) | extra)


def cancel(sim: Simulator, request: Request) -> Response:
    """POST …/transfer-bills/out-bill-no/{no}/cancel."""
    number = request.params["no"]
    with sim.state.transaction():
        transfer = sim.state.get("transfers", number)
        if transfer is None:
            raise refuse(404, "NOT_FOUND", "记录不存在")
        if transfer["state"] == "WAIT_USER_CONFIRM":
            transfer = sim.state.update("transfers", number, state="CANCELING", update_time=rfc3339(sim.clock.now()))
            sim.notifier.after(STEP_SECONDS, lambda: finish(sim, number=number, state="CANCELLED"))
        elif transfer["state"] not in {"CANCELING", "CANCELLED"}:
            raise refuse(400, "INVALID_REQUEST", "转账单当前状态不允许撤销")
    names = ("out_bill_no", "transfer_bill_no", "state", "update_time")
    return answer_json({name: transfer[name] for name in names})


def confirm(sim: Simulator, *, number: str) -> Record:
    """The receiver taps 确认收款. Raises `NotConfirmable`."""
    expire_due(sim)
    with sim.state.transaction():
        transfer = sim.state.get("transfers", number)
        if transfer is None:
            raise NotConfirmable("转账不存在")
        if transfer["state"] != "WAIT_USER_CONFIRM":
            raise NotConfirmable("该笔转账已处理，不能重复确认")
        transfer = sim.state.update("transfers", number, state="TRANSFERING")
    user = users.by_any_openid(state=sim.state, openid=transfer["openid"]) or {}
    outcome, reason = ("FAIL", "ACCOUNT_FROZEN") if user.get("blocked") else ("SUCCESS", "")
    sim.notifier.after(STEP_SECONDS, lambda: finish(sim, number=number, state=outcome, reason=reason))
    return transfer


def finish(sim: Simulator, *, number: str, state: str, reason: str = "") -> bool:
    """Bring a transfer to a final state and tell the shop; False when it already has one."""
    with sim.state.transaction():
        transfer = sim.state.get("transfers", number)
        if transfer is None or transfer["state"] in FINAL:
            return False
        transfer = sim.state.update(
            "transfers",
            number,
            state=state,
            fail_reason=reason or transfer["fail_reason"],
            update_time=rfc3339(sim.clock.now()),
        )
        if transfer["notify_url"]:
            sim.notifier.post(_notice(sim, transfer))
    return True


def expire_due(sim: Simulator) -> None:
    """End transfers nobody confirmed within 24 hours."""
    for transfer in sim.state.find("transfers", state="WAIT_USER_CONFIRM"):
        if datetime.fromisoformat(transfer["create_time"]) + CONFIRM_LIFE <= sim.clock.now():
            finish(sim, number=transfer["out_bill_no"], state="FAIL", reason="OVERDUE_CLOSE")


def _notice(sim: Simulator, transfer: Record) -> Record:
    content = {
        "event_type": "MCHTRANSFER.BILL.FINISHED",
        "summary": "商家转账单据终态通知",
        "original_type": "mch_payment",
        "associated_data": "mch_payment",
        "resource": view(transfer),
    }
    return new_notice(
        clock=sim.clock,
        channel="wxpay",
        kind="transfer",
        ref=transfer["out_bill_no"],
        url=transfer["notify_url"],
        content=content,
    )


def resume(sim: Simulator) -> None:
    """After a restart, finish what was on its way."""
    ends = {"ACCEPTED": "FAIL", "TRANSFERING": "SUCCESS", "CANCELING": "CANCELLED"}
    for transfer in sim.state.find("transfers"):
        if transfer["state"] in ends:
            finish(sim, number=transfer["out_bill_no"], state=ends[transfer["state"]])
    expire_due(sim)


_BASE = "/v3/fund-app/mch-transfer/transfer-bills"
ROUTES: list[Route] = [
    ("POST", _BASE, gate.guarded(create)),
    ("GET", _BASE + "/out-bill-no/{no}", gate.guarded(query)),
    ("GET", _BASE + "/transfer-bill-no/{id}", gate.guarded(query)),
    ("POST", _BASE + "/out-bill-no/{no}/cancel", gate.guarded(cancel)),
]
