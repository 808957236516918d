"""Notices gone wrong on purpose: what the shop must refuse, or take only once."""

import copy
import json
import secrets
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from simulator import envelopes
from simulator.context import Simulator
from simulator.envelopes import Outgoing
from simulator.state import Record

TOO_OLD_SECONDS = 600
HUGE_BYTES = 1024 * 1024


class CannotTamper(Exception):
    """This kind does not exist for the channel of the notice."""


def make(sim: Simulator, *, notice: Record, kind: str) -> Outgoing:
    """The bytes to send for `notice` under tampering `kind` (see `KINDS`)."""
    kinds = KINDS[notice["channel"]]
    if kind not in kinds:
        raise CannotTamper(f"{kind} is not one of {', '.join(kinds)}")
    return kinds[kind](sim, copy.deepcopy(notice))


def _plain(sim: Simulator, notice: Record) -> Outgoing:
    return envelopes.seal(keys=sim.keys, clock=sim.clock, notice=notice)


def _forged(sim: Simulator, notice: Record) -> Outgoing:
    body = envelopes.wxpay_body(keys=sim.keys, notice=notice)
    headers = envelopes.wxpay_headers(keys=sim.keys, timestamp=sim.clock.wire(), body=body, key=sim.keys.forger_key)
    return _wxpay(body, headers)


def _old(sim: Simulator, notice: Record) -> Outgoing:
    body = envelopes.wxpay_body(keys=sim.keys, notice=notice)
    stamp = sim.clock.wire() - TOO_OLD_SECONDS
    return _wxpay(body, envelopes.wxpay_headers(keys=sim.keys, timestamp=stamp, body=body))


def _unknown_serial(sim: Simulator, notice: Record) -> Outgoing:
    body = envelopes.wxpay_body(keys=sim.keys, notice=notice)
    headers = envelopes.wxpay_headers(
        keys=sim.keys, timestamp=sim.clock.wire(), body=body, serial=secrets.token_hex(20).upper()
    )
    return _wxpay(body, headers)


def _probe(sim: Simulator, notice: Record) -> Outgoing:
    sent = _plain(sim, notice)
    sent.headers["Wechatpay-Signature"] = f"WECHATPAY/SIGNTEST/{secrets.token_urlsafe(64)}"
    return sent


def _headerless(sim: Simulator, notice: Record) -> Outgoing:
    sent = _plain(sim, notice)
    return Outgoing(sent.body, {"Content-Type": sent.headers["Content-Type"]})


def _altered(sim: Simulator, notice: Record) -> Outgoing:
    sent = _plain(sim, notice)
    return Outgoing(sent.body.replace(b'"create_time":"2', b'"create_time":"1', 1), sent.headers)


def _huge(sim: Simulator, notice: Record) -> Outgoing:
    sent = _plain(sim, notice)
    return Outgoing(sent.body + b" " * HUGE_BYTES, sent.headers)


def _wxpay(body: str, headers: dict[str, str]) -> Outgoing:
    return Outgoing(body.encode(), {**headers, "Content-Type": "application/json"})


def _changed(change: Callable[[Record], None]) -> Callable[[Simulator, Record], Outgoing]:
    """A validly signed notice with another content."""

    def build(sim: Simulator, notice: Record) -> Outgoing:
        content = notice["content"]
        change(content["resource"] if notice["channel"] == "wxpay" else content)
        return _plain(sim, notice)

    return build


def _more_money(resource: Record) -> None:
    amounts = resource.get("amount", resource)
    for name in ("total", "payer_total", "refund", "transfer_amount", "amount_fen"):
        if name in amounts:
            amounts[name] += 1


def _other_merchant(resource: Record) -> None:
    resource["mch_id" if "mch_id" in resource else "mchid"] = "1999999999"


def _other_app(resource: Record) -> None:
    resource["appid"] = f"wx{secrets.token_hex(8)}"


def _unknown_order(resource: Record) -> None:
    for name in ("out_trade_no", "out_refund_no", "out_bill_no", "out_no"):
        if name in resource:
            resource[name] = f"NOSUCH{secrets.token_hex(8).upper()}"


def _unpaid(resource: Record) -> None:
    for name in ("trade_state", "refund_status", "state"):
        if name in resource:
            resource[name] = "NOTPAY" if name == "trade_state" else "PROCESSING"


def _forged_push(sim: Simulator, notice: Record) -> Outgoing:
    fields = dict(parse_qsl(_plain(sim, notice).body.decode()))
    fields["sign"] = secrets.token_hex(16).upper()
    return Outgoing(urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def _forged_bank(sim: Simulator, notice: Record) -> Outgoing:
    sent = _plain(sim, notice)
    sent.headers["X-Bank-Signature"] = secrets.token_hex(32)
    return sent


def _old_bank(sim: Simulator, notice: Record) -> Outgoing:
    raw = json.dumps(notice["content"], ensure_ascii=False, separators=(",", ":")).encode()
    signed = envelopes.bank_headers(
        keys=sim.keys,
        timestamp=sim.clock.wire() - TOO_OLD_SECONDS,
        method="POST",
        path=envelopes.path_of(notice["url"]),
        body=raw,
    )
    return Outgoing(raw, {**signed, "Content-Type": "application/json"})


KINDS: dict[str, dict[str, Callable[[Simulator, Record], Outgoing]]] = {
    "wxpay": {
        "duplicate": _plain,
        "forged": _forged,
        "altered_body": _altered,
        "wrong_amount": _changed(_more_money),
        "wrong_mch": _changed(_other_merchant),
        "wrong_appid": _changed(_other_app),
        "unpaid": _changed(_unpaid),
        "unknown_order": _changed(_unknown_order),
        "unknown_serial": _unknown_serial,
        "old_timestamp": _old,
        "missing_headers": _headerless,
        "signtest": _probe,
        "huge_body": _huge,
    },
    "kd100": {"duplicate": _plain, "forged": _forged_push},
    "bank": {
        "duplicate": _plain,
        "forged": _forged_bank,
        "wrong_amount": _changed(_more_money),
        "unknown_order": _changed(_unknown_order),
        "old_timestamp": _old_bank,
        "missing_headers": _headerless,
    },
}
