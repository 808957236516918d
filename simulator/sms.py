"""Aliyun SMS: checks the ACS3 signature, then puts the message into an inbox."""

import hashlib
import json
import re
import secrets
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from simulator import crypto, pages
from simulator.clock import rfc3339
from simulator.context import Simulator
from simulator.http import Problem, Request, Response, Route, answer_json

ALGORITHM = "ACS3-HMAC-SHA256"
WINDOW_SECONDS = 900
PHONE = re.compile(r"(?:\+?86)?1\d{10}")
NEEDED_HEADERS = (
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
)
_CREDENTIAL = re.compile(r"Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")


def _refuse(code: str, message: str, *, status: int = 400) -> Problem:
    request_id = secrets.token_hex(16).upper()
    return Problem(answer_json({"RequestId": request_id, "Code": code, "Message": message}, status=status))


def send(sim: Simulator, request: Request) -> Response:
    """POST /?PhoneNumbers&SignName&TemplateCode&TemplateParam, action SendSms."""
    _check_signature(sim, request)
    fields = {**request.query, **request.form}
    problem = _problem(fields)
    answer = {"RequestId": secrets.token_hex(16).upper(), "Code": problem or "OK", "Message": problem or "OK"}
    if problem:
        return answer_json(answer)
    biz_id = f"{sim.clock.wire()}{secrets.randbelow(10**8):08d}^0"
    for phone in fields["PhoneNumbers"].split(","):
        record = {
            "phone": phone[-11:],
            "sign_name": fields["SignName"],
            "template": fields["TemplateCode"],
            "params": json.loads(fields.get("TemplateParam") or "{}"),
            "out_id": fields.get("OutId", ""),
            "biz_id": biz_id,
            "at": rfc3339(sim.clock.now()),
        }
        sim.state.put("sms", f"{biz_id}:{phone}", record)
    return answer_json({**answer, "BizId": biz_id})


def _problem(fields: dict[str, str]) -> str:
    phones = fields.get("PhoneNumbers", "").split(",")
    if not all(PHONE.fullmatch(phone) for phone in phones):
        return "isv.MOBILE_NUMBER_ILLEGAL"
    if not fields.get("SignName"):
        return "isv.SMS_SIGNATURE_ILLEGAL"
    if not fields.get("TemplateCode"):
        return "isv.SMS_TEMPLATE_ILLEGAL"
    try:
        params: Any = json.loads(fields.get("TemplateParam") or "{}")
    except ValueError:
        return "isv.INVALID_JSON_PARAM"
    return "" if isinstance(params, dict) else "isv.INVALID_JSON_PARAM"


def _check_signature(sim: Simulator, request: Request) -> None:
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    match = _CREDENTIAL.fullmatch(rest.replace(", ", ","))
    if scheme != ALGORITHM or match is None:
        raise _refuse("IncompleteSignature", "The Authorization header is missing or malformed.")
    key_id, names, signature = match[1], match[2].split(";"), match[3]
    if key_id != sim.keys.shop["sms_access_key_id"]:
        raise _refuse("InvalidAccessKeyId.NotFound", "Specified access key is not found.", status=404)
    if missing := [name for name in NEEDED_HEADERS if name not in names or not request.headers.get(name)]:
        raise _refuse("IncompleteSignature", f"Headers not signed: {', '.join(missing)}")
    if request.headers.get("x-acs-content-sha256") != hashlib.sha256(request.body).hexdigest():
        raise _refuse("SignatureDoesNotMatch", "x-acs-content-sha256 does not match the body.")
    if not crypto.same(_signature(sim, request, names), signature):
        raise _refuse("SignatureDoesNotMatch", "Specified signature does not match our calculation.")
    _check_fresh(sim, request)
    if (request.headers.get("x-acs-action"), request.headers.get("x-acs-version")) != (
        "SendSms",
        "2017-05-25",
    ):
        raise _refuse("InvalidAction.NotFound", "Specified api is not found.", status=404)


def _check_fresh(sim: Simulator, request: Request) -> None:
    try:
        stamp = datetime.strptime(request.headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        raise _refuse("InvalidTimeStamp.Format", "x-acs-date must be UTC ISO 8601.") from None
    if abs(stamp.timestamp() - sim.clock.wire()) > WINDOW_SECONDS:
        raise _refuse("InvalidTimeStamp.Expired", "Specified time stamp is expired.")
    if not sim.nonces.is_new(f"sms:{request.headers.get('x-acs-signature-nonce')}"):
        raise _refuse("SignatureNonceUsed", "Specified signature nonce was used already.")


def _signature(sim: Simulator, request: Request, names: list[str]) -> str:
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(request.query.items())
    )
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
    path = urlsplit(request.target).path or "/"
    digest = request.headers.get("x-acs-content-sha256", "")
    canonical = "\n".join([request.method, path, query, headers, ";".join(names), digest])
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return crypto.hmac_hex(key=sim.keys.shop["sms_access_key_secret"], message=text.encode())


def inbox_page(sim: Simulator, _: Request) -> Response:
    """GET /sim/sms: the received messages, newest first."""
    rows = "".join(
        f"<div class=card><h2>{escape(row['phone'])}</h2><p class=soft>{escape(row['at'])} · "
        f"【{escape(row['sign_name'])}】{escape(row['template'])}</p>"
        f"<pre>{escape(json.dumps(row['params'], ensure_ascii=False))}</pre></div>"
        for row in reversed(sim.state.find("sms")[-50:])
    )
    return pages.page("短信收件箱", f"<div class=card><h1>短信收件箱</h1></div>{rows}")


ROUTES: list[Route] = [("POST", "/", send), ("GET", "/sim/sms", inbox_page)]
