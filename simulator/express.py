"""Kuaidi100: subscription, query, and pushes that follow a script per parcel."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from simulator import crypto
from simulator.clock import SHANGHAI, rfc3339
from simulator.context import Simulator
from simulator.envelopes import new_notice
from simulator.http import Request, Response, Route, answer_json
from simulator.state import Record

# name -> state, fine code of resultv2=4, what the courier writes
STEPS: dict[str, tuple[str, str, str, str]] = {
    "collected": ("1", "103", "揽收", "【杭州市】快件已由【杭州余杭网点】揽收，揽收员：陈师傅"),
    "transit": ("0", "1002", "干线", "【嘉兴市】快件离开【嘉兴转运中心】，发往【上海转运中心】"),
    "arrived": ("0", "1001", "到达派件城市", "【上海市】快件到达【上海转运中心】"),
    "delivering": ("5", "5", "派件", "【上海市】派件员王师傅正在为您派件，请保持电话畅通"),
    "station": ("5", "501", "投柜或驿站", "【上海市】快件已到【近邻驿站】，请凭取件码及时领取"),
    "signed": ("3", "301", "本人签收", "【上海市】快件已签收，签收人：本人，感谢使用，期待再次为您服务"),
    "problem": ("2", "204", "派送失败", "【上海市】派送不成功，原因：联系不上收件人，将再次派送"),
    "refused": ("14", "14", "拒签", "【上海市】收件人拒收，快件将退回"),
    "returning": ("6", "6", "退回", "【上海市】快件正在退回寄件人"),
    "returned": ("4", "4", "退签", "【杭州市】快件已退回并签收"),
}
SCRIPT = ("collected", "transit", "arrived", "delivering", "signed")
ENDS = {"signed", "returned"}


class CannotAdvance(Exception):
    """The parcel is unknown, or the step is."""


def subscribe(sim: Simulator, request: Request) -> Response:
    """POST /poll, form `schema=json&param={company, number, key, parameters{callbackurl, salt}}`."""
    param = _param(request)
    if param is None or request.form.get("schema") != "json":
        return _refuse("701", "param 或 schema 有误")
    if not crypto.same(str(param.get("key", "")), sim.keys.shop["kd100_key"]):
        return _refuse("600", "您不是合法的订阅者（即授权Key出错）")
    options = param.get("parameters")
    number, company = str(param.get("number") or ""), str(param.get("company") or "")
    if not isinstance(options, dict) or not options.get("callbackurl") or not number or not company:
        return _refuse("700", "缺少单号、公司编码或回调地址")
    if company == "shunfeng" and not options.get("phone"):
        return _refuse("408", "顺丰单号须提供收件人或寄件人手机号后四位")
    with sim.state.transaction():
        parcel = _parcel(sim, number, company)
        if parcel["callback_url"] and parcel["status"] == "polling":
            return _refuse("501", "重复订阅")
        steps = parcel["steps"]
        parcel = sim.state.put(
            "parcels",
            number,
            {
                **parcel,
                "company": company,
                "callback_url": str(options["callbackurl"]),
                "salt": str(options.get("salt") or ""),
                "status": "shutdown" if steps and steps[-1]["step"] in ENDS else "polling",
            },
        )
        if steps:  # a late subscriber is told what happened before
            _push(sim, parcel)
    return answer_json({"result": True, "returnCode": "200", "message": "提交成功"})


def _refuse(code: str, message: str) -> Response:
    return answer_json({"result": False, "returnCode": code, "message": message})


def _param(request: Request) -> dict[str, Any] | None:
    try:
        value = json.loads(request.form.get("param", ""))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _parcel(sim: Simulator, number: str, company: str = "") -> Record:
    return sim.state.get("parcels", number) or {
        "number": number,
        "company": company,
        "callback_url": "",
        "salt": "",
        "status": "new",
        "steps": [],
    }


def query(sim: Simulator, request: Request) -> Response:
    """POST /poll/query.do, form `customer, param, sign`."""
    form = request.form
    if form.get("customer") != sim.keys.shop["kd100_customer"]:
        return _refuse("601", "customer 不存在")
    text = form.get("param", "")
    expected = crypto.md5_upper(text + sim.keys.shop["kd100_key"] + sim.keys.shop["kd100_customer"])
    if not crypto.same(form.get("sign", ""), expected):
        return _refuse("503", "验证签名失败")
    param = _param(request)
    if param is None or not param.get("com") or not param.get("num"):
        return _refuse("400", "提交的数据不完整")
    parcel = sim.state.get("parcels", str(param["num"]))
    if parcel is None or not parcel["steps"]:
        return _refuse("500", "查询无结果，请隔段时间再查")
    return answer_json(_result(parcel))


def _result(parcel: Record) -> Record:
    last = parcel["steps"][-1]["step"]
    return {
        "message": "ok",
        "nu": parcel["number"],
        "ischeck": "1" if last in ENDS else "0",
        "com": parcel["company"],
        "status": "200",
        "state": STEPS[last][0],
        "condition": "F00",
        "data": [_line(step) for step in reversed(parcel["steps"])],
    }


def _line(step: Record) -> Record:
    _, code, name, text = STEPS[step["step"]]
    moment = f"{datetime.fromisoformat(step['at']).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return {"time": moment, "ftime": moment, "context": text, "status": name, "statusCode": code}


def advance(sim: Simulator, *, number: str, step: str | None = None, skip: Iterable[str] = ()) -> Record:
    """Move a parcel on and push its trace; without `step`, to the next of `SCRIPT`.

    Scripted steps passed over are filled in, as couriers' traces hold them all, except those in
    `skip`. `abort` ends the subscription the way Kuaidi100 does when it finds nothing for days.
    A number nobody subscribed to still gets a trace, which queries show.
    """
    if step is not None and step != "abort" and step not in STEPS:
        raise CannotAdvance(f"unknown state {step}; one of {', '.join([*STEPS, 'abort'])}")
    with sim.state.transaction():
        parcel = _parcel(sim, number)
        if step == "abort":
            parcel = sim.state.put("parcels", number, {**parcel, "status": "abort"})
            return {**parcel, "notification": _push(sim, parcel)}
        done = [entry["step"] for entry in parcel["steps"]]
        missing = [name for name in _path(done, step) if name not in skip]
        if not missing:
            raise CannotAdvance("the script of this parcel has ended")
        start = sim.clock.now() - timedelta(minutes=len(missing) - 1)
        added = [{"step": name, "at": rfc3339(start + timedelta(minutes=index))} for index, name in enumerate(missing)]
        status = "shutdown" if missing[-1] in ENDS else parcel["status"]
        parcel = sim.state.put("parcels", number, {**parcel, "steps": parcel["steps"] + added, "status": status})
        return {**parcel, "notification": _push(sim, parcel)}


def _path(done: list[str], step: str | None) -> list[str]:
    """Steps to write for reaching `step` (or the next one of the script) from `done`."""
    left = [name for name in SCRIPT if name not in done]
    if step is None:
        return left[:1] if done[-1:] not in (["signed"], ["returned"]) else []
    if step in left:
        return left[: left.index(step) + 1]
    if step == "station":
        return [*[name for name in left if name != "signed"], step]
    return [step]


def _push(sim: Simulator, parcel: Record) -> str | None:
    if not parcel["callback_url"]:
        return None
    status = parcel["status"]
    if status == "abort":
        message, result = "3天查询无记录", {"nu": parcel["number"], "com": parcel["company"], "data": []}
        result |= {"state": "0", "ischeck": "0", "status": "200", "message": "3天查询无记录"}
    else:
        message, result = ("已签收" if status == "shutdown" else "监控中"), _result(parcel)
    param = {
        "status": status,
        "billstatus": "check" if status == "shutdown" else "got",
        "message": message,
        "autoCheck": "0",
        "comOld": "",
        "comNew": "",
        "lastResult": result,
    }
    notice = new_notice(
        clock=sim.clock,
        channel="kd100",
        kind="express",
        ref=parcel["number"],
        url=parcel["callback_url"],
        content={"param": param, "salt": parcel["salt"]},
    )
    return sim.notifier.post(notice)


ROUTES: list[Route] = [("POST", "/poll", subscribe), ("POST", "/poll/query.do", query)]
