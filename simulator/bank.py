"""A corporate bank's transfer gateway: signed JSON both ways.

Every message carries X-Bank-Merchant, X-Bank-Timestamp, X-Bank-Nonce and X-Bank-Signature, the
hex HMAC-SHA256 over `timestamp\\nnonce\\nMETHOD\\npath\\nbody`; an answer repeats the method and path
it answers. Account numbers ending in 0000 do not exist; those ending in 9999 stay in process until
the control API settles them.
"""

import re
from typing import Any

from simulator import crypto
from simulator.clock import rfc3339
from simulator.context import Simulator
from simulator.envelopes import bank_headers, bank_signature, new_notice
from simulator.http import Handler, Problem, Request, Response, Route, answer_json
from simulator.state import Record

WINDOW_SECONDS = 300
SETTLE_SECONDS = 0.15
OUT_NO = re.compile(r"[0-9A-Za-z_\-]{1,64}")
ACCOUNT_NO = re.compile(r"\d{8,30}")
URL = re.compile(r"https?://[^?#\s]{1,240}")
FIELDS = ("out_no", "amount_fen", "account_name", "account_no", "bank_name", "remark", "notify_url")
SHOWN = (*FIELDS[:-1], "bank_no", "state", "fail_reason", "created_at", "finished_at")


class NotSettleable(Exception):
    """The transfer is unknown or already final."""


def refuse(status: int, code: str, message: str) -> Problem:
    """An error answer `{code, message}`; raise it."""
    return Problem(answer_json({"code": code, "message": message}, status=status))


def guarded(handler: Handler) -> Handler:
    """Check the request's signature and sign the answer, refusals of the handler included."""

    def serve(sim: Simulator, request: Request) -> Response:
        _check(sim, request)
        try:
            response = handler(sim, request)
        except Problem as problem:
            response = problem.response
        response.headers.update(
            bank_headers(
                keys=sim.keys,
                timestamp=sim.clock.wire(),
                method=request.method,
                path=request.target,
                body=response.body,
            )
        )
        return response

    return serve


def _check(sim: Simulator, request: Request) -> None:
    timestamp, nonce = request.headers.get("X-Bank-Timestamp", ""), request.headers.get("X-Bank-Nonce", "")
    if request.headers.get("X-Bank-Merchant") != sim.keys.shop["bank_merchant"]:
        raise refuse(401, "UNKNOWN_MERCHANT", "商户号不存在")
    if not timestamp.isdigit() or abs(int(timestamp) - sim.clock.wire()) > WINDOW_SECONDS:
        raise refuse(401, "TIMESTAMP_EXPIRED", "时间戳超出允许范围")
    expected = bank_signature(
        secret=sim.keys.shop["bank_secret"],
        timestamp=timestamp,
        nonce=nonce,
        method=request.method,
        path=request.target,
        body=request.body,
    )
    if not nonce or not crypto.same(request.headers.get("X-Bank-Signature", ""), expected):
        raise refuse(401, "SIGN_ERROR", "签名错误")
    if not sim.nonces.is_new(f"bank:{nonce}"):
        raise refuse(401, "NONCE_USED", "随机串重复")


def create(sim: Simulator, request: Request) -> Response:
    """POST /bank/v1/transfers: 201 for a new number, 200 for the same transfer again."""
    wanted = _read(request)
    with sim.state.transaction():
        known = sim.state.get("bank", wanted["out_no"])
        if known is not None:
            if any(known[name] != wanted[name] for name in FIELDS):
                raise refuse(409, "OUT_NO_USED", "业务单号已存在，且内容不一致")
            return answer_json(view(known))
        transfer = {
            **wanted,
            "bank_no": sim.number("CB"),
            "state": "PROCESSING",
            "fail_reason": "",
            "created_at": rfc3339(sim.clock.now()),
            "finished_at": "",
        }
        sim.state.put("bank", wanted["out_no"], transfer)
    _settle_soon(sim, transfer)
    return answer_json(view(transfer), status=201)


def _read(request: Request) -> Record:
    body = request.json()
    if body is None:
        raise refuse(400, "PARAM_ERROR", "请求体不是合法的JSON")
    amount = body.get("amount_fen")
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 1:
        raise refuse(400, "PARAM_ERROR", "amount_fen 必须为正整数")
    forms = {"out_no": OUT_NO, "account_no": ACCOUNT_NO, "notify_url": URL}
    wanted: dict[str, Any] = {"amount_fen": amount}
    for name in FIELDS:
        value = wanted.setdefault(name, body.get(name, "" if name == "remark" else None))
        if name == "amount_fen":
            continue
        if not isinstance(value, str) or (not value and name != "remark") or len(value) > 255:
            raise refuse(400, "PARAM_ERROR", f"{name} 缺失或有误")
        if name in forms and not forms[name].fullmatch(value):
            raise refuse(400, "PARAM_ERROR", f"{name} 格式有误")
    return wanted


def view(transfer: Record) -> Record:
    """The transfer as answers and notices show it."""
    return {name: transfer[name] for name in SHOWN}


def query(sim: Simulator, request: Request) -> Response:
    """GET /bank/v1/transfers/{out_no}."""
    transfer = sim.state.get("bank", request.params["no"])
    if transfer is None:
        raise refuse(404, "NOT_FOUND", "转账不存在")
    return answer_json(view(transfer))


def settle(sim: Simulator, *, number: str, state: str, reason: str = "") -> Record:
    """Bring a transfer to SUCCESS or FAILED and tell the shop. Raises `NotSettleable`."""
    with sim.state.transaction():
        transfer = sim.state.get("bank", number)
        if transfer is None or transfer["state"] != "PROCESSING":
            raise NotSettleable(number)
        now = rfc3339(sim.clock.now())
        transfer = sim.state.update("bank", number, state=state, fail_reason=reason, finished_at=now)
        notice = new_notice(
            clock=sim.clock,
            channel="bank",
            kind="bank",
            ref=number,
            url=transfer["notify_url"],
            content=view(transfer),
        )
        sim.notifier.post(notice)
    return view(transfer)


def _settle_soon(sim: Simulator, transfer: Record) -> None:
    if not sim.config("auto_bank") or transfer["account_no"].endswith("9999"):
        return
    wrong = transfer["account_no"].endswith("0000")
    state, reason = ("FAILED", "ACCOUNT_NOT_FOUND") if wrong else ("SUCCESS", "")

    def work() -> None:
        current = sim.state.get("bank", transfer["out_no"])
        if current and current["state"] == "PROCESSING":
            settle(sim, number=transfer["out_no"], state=state, reason=reason)

    sim.notifier.after(SETTLE_SECONDS, work)


def resume(sim: Simulator) -> None:
    """After a restart, settle what was in process."""
    for transfer in sim.state.find("bank", state="PROCESSING"):
        _settle_soon(sim, transfer)


ROUTES: list[Route] = [
    ("POST", "/bank/v1/transfers", guarded(create)),
    ("GET", "/bank/v1/transfers/{no}", guarded(query)),
]
