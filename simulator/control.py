"""`/__ctl__/`: how tests and the demo move the simulated world. JSON in, JSON out."""

import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from simulator import bank, express, tampering, users, wechat_open
from simulator.context import DEFAULTS, Simulator
from simulator.faults import KINDS, Fault
from simulator.http import Problem, Request, Response, Route, answer_json
from simulator.state import Record
from simulator.wxpay import funds, history, orders, refunds, transfers

Body = dict[str, Any]
_SETTABLE = ("nickname", "phone", "real_name", "subscribed", "snapshot", "blocked")
_TWEAKS = ("local_only", "channel_only", "amount", "hash")


def _refuse(status: int, code: str, message: str) -> Problem:
    return Problem(answer_json({"error": code, "message": message}, status=status))


def _command(work: Callable[[Simulator, Body], Any]) -> Callable[[Simulator, Request], Response]:
    """A POST with a JSON object. The content type keeps web pages of other origins from posting."""

    def serve(sim: Simulator, request: Request) -> Response:
        if request.headers.get("Content-Type", "").split(";")[0].strip() != "application/json":
            raise _refuse(415, "content_type", "send application/json")
        body = request.json()
        if body is None:
            raise _refuse(400, "bad_json", "send a JSON object")
        try:
            return answer_json(work(sim, body))
        except KeyError as missing:
            raise _refuse(400, "missing_field", str(missing.args[0])) from None
        except (TypeError, ValueError) as problem:
            raise _refuse(400, "bad_value", str(problem)) from None

    return serve


def set_user(sim: Simulator, body: Body) -> Any:
    """{openid, blocked?, snapshot?, subscribed?, phone?, nickname?, real_name?}."""
    if sim.state.get("users", body["openid"]) is None:
        raise _refuse(404, "no_such_user", body["openid"])
    changes = {name: body[name] for name in _SETTABLE if name in body}
    return sim.state.update("users", body["openid"], **changes)


def make_code(sim: Simulator, body: Body) -> Any:
    """{openid, kind: oauth|mini|phone, scope?}: a code as WeChat would hand to page or mini program."""
    kind = body.get("kind", "oauth")
    if kind not in {"oauth", "mini", "phone"}:
        raise ValueError("kind must be oauth, mini or phone")
    user = users.by_any_openid(state=sim.state, openid=body["openid"])
    if user is None:
        raise _refuse(404, "no_such_user", body["openid"])
    appid = sim.keys.shop["wechat_appid" if kind == "oauth" else "wechat_mini_appid"]
    scope = body.get("scope", "snsapi_userinfo")
    code = wechat_open.issue_code(sim, kind=kind, appid=appid, openid=user["openid"], scope=scope)
    return {"code": code, "appid": appid}


def pay(sim: Simulator, body: Body) -> Any:
    """{out_trade_no, result: success|failure|duplicate|late|lost, amount?, openid?, times?}."""
    result = body.get("result", "success")
    if result not in orders.RESULTS:
        raise ValueError(f"result must be one of {', '.join(orders.RESULTS)}")
    if sim.state.get("orders", body["out_trade_no"]) is None:
        raise _refuse(404, "no_such_order", body["out_trade_no"])
    try:
        return orders.pay(
            sim,
            number=body["out_trade_no"],
            result=result,
            amount=_fen(body["amount"]) if "amount" in body else None,
            openid=body.get("openid", ""),
            copies=int(body.get("times", 2)),
        )
    except orders.CannotPay as problem:
        raise _refuse(409, "not_payable", str(problem)) from None


def register_order(sim: Simulator, body: Body) -> Any:
    """{out_trade_no, total, success_time, transaction_id?, openid?, …}: a payment of the past."""
    number, total, at = body.pop("out_trade_no"), body.pop("total"), body.pop("success_time")
    return history.register(sim, number=number, total=_fen(total), at=datetime.fromisoformat(at), **body)


def _fen(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("an amount is a positive integer of fen")
    return value


def settle_refund(sim: Simulator, body: Body) -> Any:
    """{out_refund_no, status: SUCCESS|ABNORMAL|CLOSED}."""
    status = body.get("status", "SUCCESS")
    if status not in refunds.OUTCOMES:
        raise ValueError(f"status must be one of {', '.join(refunds.OUTCOMES)}")
    try:
        return refunds.settle(sim, number=body["out_refund_no"], status=status)
    except refunds.NotSettleable:
        raise _refuse(409, "not_settleable", "unknown or already final") from None


def move_transfer(sim: Simulator, body: Body) -> Any:
    """{out_bill_no, action: confirm|expire|fail, reason?}."""
    number, action = body["out_bill_no"], body.get("action", "confirm")
    if sim.state.get("transfers", number) is None:
        raise _refuse(404, "no_such_transfer", number)
    if action == "confirm":
        try:
            return transfers.view(transfers.confirm(sim, number=number))
        except transfers.NotConfirmable as problem:
            raise _refuse(409, "not_confirmable", str(problem)) from None
    reasons = {"expire": "OVERDUE_CLOSE", "fail": body.get("reason", "MERCHANT_REJECT")}
    if not transfers.finish(sim, number=number, state="FAIL", reason=reasons[action]):
        raise _refuse(409, "already_final", number)
    return transfers.view(sim.state.get("transfers", number) or {})


def settle_bank(sim: Simulator, body: Body) -> Any:
    """{out_no, state: SUCCESS|FAILED, reason?}."""
    state = body.get("state", "SUCCESS")
    if state not in {"SUCCESS", "FAILED"}:
        raise ValueError("state must be SUCCESS or FAILED")
    reason = body.get("reason", "ACCOUNT_REFUSED") if state == "FAILED" else ""
    try:
        return bank.settle(sim, number=body["out_no"], state=state, reason=reason)
    except bank.NotSettleable:
        raise _refuse(409, "not_settleable", "unknown or already final") from None


def advance_parcel(sim: Simulator, body: Body) -> Any:
    """{tracking_no, state?}: collected, transit, …, signed, or abort; without state the next one."""
    try:
        return express.advance(sim, number=str(body["tracking_no"]), step=body.get("state"))
    except express.CannotAdvance as problem:
        raise _refuse(409, "cannot_advance", str(problem)) from None


def move_clock(sim: Simulator, body: Body) -> Any:
    """{set: ISO 8601} | {advance: seconds} | {skew: seconds} | {reset: true}."""
    if body.get("reset"):
        sim.clock.reset()
    if "set" in body:
        moment = datetime.fromisoformat(body["set"])
        if moment.tzinfo is None:
            raise ValueError("give an offset")
        sim.clock.set(at=moment)
    if "advance" in body:
        sim.clock.advance(seconds=float(body["advance"]))
    if "skew" in body:
        sim.clock.skew(seconds=float(body["skew"]))
    transfers.expire_due(sim)
    return sim.clock.describe()


def arm_fault(sim: Simulator, body: Body) -> Any:
    """{endpoint, kind, times?, seconds?, status?, body?} or {clear: true}."""
    if body.get("clear"):
        sim.faults.clear()
    else:
        fault = Fault(**body)
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        sim.faults.arm(fault)
    return sim.faults.describe()


def set_config(sim: Simulator, body: Body) -> Any:
    """Any of `DEFAULTS`; answers all of them."""
    for name, value in body.items():
        if name not in DEFAULTS or not isinstance(value, (type(DEFAULTS[name]), int)):
            raise ValueError(f"{name}: unknown or of another type")
        sim.state.put("config", name, {"value": value})
    return {name: sim.config(name) for name in DEFAULTS}


def tweak_bill(sim: Simulator, body: Body) -> Any:
    """{kind: local_only|channel_only|amount|hash, no, amount?, day?} or {clear: true}."""
    if body.get("clear"):
        for known in sim.state.find("bill_tweaks"):
            sim.state.put("bill_tweaks", known["key"], {**known, "kind": "cleared"})
        return []
    kind = body["kind"]
    if kind not in _TWEAKS:
        raise ValueError(f"kind must be one of {', '.join(_TWEAKS)}")
    tweak: Record = {"kind": kind, "no": body.get("no", ""), "key": f"{kind}:{body.get('no', '')}"}
    if kind in {"amount", "channel_only"}:
        tweak["amount"] = int(body["amount"])
    if kind == "channel_only":
        tweak["day"] = date.fromisoformat(body["day"]).isoformat()
    return sim.state.put("bill_tweaks", tweak["key"], tweak)


def resend(sim: Simulator, body: Body) -> Any:
    """{id | ref, kind, times?}: send once more, tampered with; answers what the shop said each time."""
    known = sim.state.find("notices", **({"id": body["id"]} if "id" in body else {"ref": body["ref"]}))
    notice = known[-1] if known else None
    if notice is None:
        raise _refuse(404, "no_such_notification", str(body))
    kind, times = body.get("kind", "duplicate"), min(int(body.get("times", 1)), 50)
    try:
        copies = [tampering.make(sim, notice=notice, kind=kind) for _ in range(times)]
    except tampering.CannotTamper as problem:
        raise _refuse(400, "bad_kind", str(problem)) from None
    attempts: list[Record] = []
    threads = [
        threading.Thread(target=lambda sent=sent: attempts.append(sim.notifier.send_once(notice, sent, note=kind)))
        for sent in copies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"id": notice["id"], "kind": kind, "attempts": attempts}


def reset(sim: Simulator, _: Body) -> Any:
    """Forget everything but the keys."""
    sim.notifier.forget()
    sim.faults.clear()
    sim.clock.reset()
    sim.log.clear()
    sim.state.clear()
    users.seed(state=sim.state)
    return {"reset": True}


def _listing(read: Callable[[Simulator, dict[str, str]], Any]) -> Callable[[Simulator, Request], Response]:
    def serve(sim: Simulator, request: Request) -> Response:
        return answer_json(read(sim, request.query))

    return serve


def _table(name: str) -> Callable[[Simulator, Request], Response]:
    """All records of a table, filtered by equal query parameters."""
    return _listing(lambda sim, query: sim.state.find(name, **query))


def health(sim: Simulator, _: Request) -> Response:
    """GET /healthz."""
    return answer_json({"status": "ok", "now": sim.clock.now().isoformat(timespec="seconds")})


def describe_faults(sim: Simulator, _: dict[str, str]) -> Any:
    """Armed faults and the kinds there are."""
    return {"armed": sim.faults.describe(), "kinds": KINDS}


ROUTES: list[Route] = [
    ("GET", "/healthz", health),
    ("GET", "/__ctl__/users", _table("users")),
    ("POST", "/__ctl__/users", _command(set_user)),
    ("POST", "/__ctl__/codes", _command(make_code)),
    ("GET", "/__ctl__/orders", _table("orders")),
    ("POST", "/__ctl__/orders", _command(register_order)),
    ("POST", "/__ctl__/pay", _command(pay)),
    ("GET", "/__ctl__/refunds", _table("refunds")),
    ("POST", "/__ctl__/refund", _command(settle_refund)),
    ("GET", "/__ctl__/transfers", _table("transfers")),
    ("POST", "/__ctl__/transfer", _command(move_transfer)),
    ("GET", "/__ctl__/bank", _table("bank")),
    ("POST", "/__ctl__/bank", _command(settle_bank)),
    ("GET", "/__ctl__/parcels", _table("parcels")),
    ("POST", "/__ctl__/express", _command(advance_parcel)),
    ("GET", "/__ctl__/sms", _table("sms")),
    ("GET", "/__ctl__/messages", _table("messages")),
    ("GET", "/__ctl__/notifications", _table("notices")),
    ("POST", "/__ctl__/notifications/resend", _command(resend)),
    ("GET", "/__ctl__/clock", _listing(lambda sim, _: sim.clock.describe())),
    ("POST", "/__ctl__/clock", _command(move_clock)),
    ("GET", "/__ctl__/faults", _listing(describe_faults)),
    ("POST", "/__ctl__/faults", _command(arm_fault)),
    ("GET", "/__ctl__/config", _listing(lambda sim, _: set_config(sim, {}))),
    ("POST", "/__ctl__/config", _command(set_config)),
    ("POST", "/__ctl__/bills", _command(tweak_bill)),
    ("GET", "/__ctl__/balance", _listing(lambda sim, _: funds.balance(sim))),
    ("GET", "/__ctl__/log", _listing(lambda sim, _: list(sim.log))),
    ("POST", "/__ctl__/reset", _command(reset)),
]
