"""Kuaidi100 快递100: subscription with push (`/poll`), signatures and states."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from logistics.carriers.base import ForgedPush, MalformedPush, Push, Scan
from mall.kernel import http
from mall.kernel.clock import SHANGHAI
from mall.kernel.errors import ServiceUnavailable

# "200" is success; "501" says the number is subscribed already.
_ACCEPTED = {"200", "501"}
_TEXT_LENGTH = 300
_STATES = {
    **dict.fromkeys(("0", "7", "8", "10", "11", "12", "13", "1001", "1002", "1003"), "transit"),
    **dict.fromkeys(("1", "101", "102", "103"), "collected"),
    **dict.fromkeys(("2", "201", "202", "204", "205", "206", "207", "208", "209"), "problem"),
    **dict.fromkeys(("3", "301", "302", "303", "304"), "signed"),
    **dict.fromkeys(("14", "203"), "refused"),
    "4": "returned",
    "5": "delivering",
    "501": "at_station",
    "6": "returning",
}


def query_sign(*, param: str, key: str, customer: str) -> str:
    """The signature of a query: upper-case MD5 over param, key and customer. Sign the bytes that are sent."""
    return _md5(param + key + customer)


def push_sign(*, param: str, salt: str) -> str:
    """The signature of a push: upper-case MD5 over param and the salt chosen at subscription."""
    return _md5(param + salt)


def state_of(code: str) -> str:
    """Our parcel state for a state or fine status code of Kuaidi100; "" for an unknown one."""
    return _STATES.get(code, "")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


class Kuaidi100:
    """The service at `base` with the merchant's `key`."""

    def __init__(self, *, base: str, key: str) -> None:
        self.base = base
        self.key = key

    def subscribe(self, *, carrier_code: str, tracking_no: str, phone: str, callback_url: str, salt: str) -> None:
        """Ask for pushes of one parcel. Raises ServiceUnavailable when the service did not accept."""
        param = {
            "company": carrier_code,
            "number": tracking_no,
            "key": self.key,
            "parameters": {"callbackurl": callback_url, "salt": salt, "phone": phone, "resultv2": "4"},
        }
        form = {"schema": "json", "param": json.dumps(param, ensure_ascii=False)}
        response = http.request("POST", f"{self.base}/poll", data=form)
        try:
            code = str(response.json().get("returnCode", ""))
        except (ValueError, AttributeError) as error:
            raise ServiceUnavailable(data={"reason": "not JSON"}) from error
        if code not in _ACCEPTED:
            raise ServiceUnavailable(data={"reason": f"returnCode {code}"})

    def parse_push(self, *, form: Mapping[str, str], salt: str) -> Push:
        """Verify `sign` over the raw `param` in constant time, then read it. Raises ForgedPush, MalformedPush."""
        param, sign = form.get("param", ""), form.get("sign", "")
        expected = push_sign(param=param, salt=salt)
        if not param or not hmac.compare_digest(sign.upper().encode(), expected.encode()):
            raise ForgedPush
        try:
            return _read(json.loads(param))
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise MalformedPush from error


def _read(body: dict[str, Any]) -> Push:
    result = body.get("lastResult") or {}
    return Push(
        state=state_of(str(result.get("state", ""))),
        scans=tuple(_scan(row) for row in result.get("data") or ()),
        is_aborted=body.get("status") == "abort",
        carrier_code=str(body.get("comNew") or ""),
    )


def _scan(row: dict[str, Any]) -> Scan:
    at = dt.datetime.strptime(row.get("ftime") or row["time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    return Scan(at=at, text=str(row["context"])[:_TEXT_LENGTH], state=state_of(str(row.get("statusCode", ""))))
