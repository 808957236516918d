"""Aliyun SMS: SendSms of API version 2017-05-25, signed with ACS3-HMAC-SHA256."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from django.conf import settings

from mall.kernel import clock, http
from mall.kernel.errors import ServiceUnavailable
from mall.kernel.transactions import remote

ALGORITHM = "ACS3-HMAC-SHA256"
_EMPTY_BODY = hashlib.sha256(b"").hexdigest()


class SmsRefused(ServiceUnavailable):
    """The provider will not send this message; `data["reason"]` is its code, such as `isv.BUSINESS_LIMIT_CONTROL`."""

    code = "sms_refused"


@remote
def send(*, phone: str, code: str, out_id: str) -> str:
    """Send a verification code; returns the provider's message id. Raises SmsRefused, ServiceUnavailable."""
    query = {
        "PhoneNumbers": phone,
        "SignName": settings.SMS_SIGN_NAME,
        "TemplateCode": settings.SMS_TEMPLATE_CODE,
        "TemplateParam": json.dumps({"code": code}),
        "OutId": out_id,
    }
    headers = {
        "host": urlsplit(settings.SMS_BASE).netloc,
        "x-acs-action": "SendSms",
        "x-acs-content-sha256": _EMPTY_BODY,
        "x-acs-date": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-version": "2017-05-25",
    }
    signed = headers | {"authorization": authorization(query=query, headers=headers)}
    answer = http.request("POST", f"{settings.SMS_BASE}/?{canonical_query(query)}", headers=signed)
    try:
        body = answer.json()
    except ValueError:
        raise ServiceUnavailable(data={"reason": f"http {answer.status_code}"}) from None
    if body.get("Code") != "OK":
        raise SmsRefused(data={"reason": str(body.get("Code"))[:80]})
    return str(body.get("BizId", ""))


def canonical_query(query: Mapping[str, str]) -> str:
    """Names and values in RFC 3986 form, sorted by name."""
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items()))


def authorization(*, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The Authorization header of a POST to `/` without a body; every header given is signed."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = "\n".join(["POST", "/", canonical_query(query), lines, names, headers["x-acs-content-sha256"]])
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(settings.SMS_ACCESS_KEY_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={settings.SMS_ACCESS_KEY_ID},SignedHeaders={names},Signature={signature}"
