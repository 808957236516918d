"""How each notice is signed when it leaves: WeChat Pay, Kuaidi100, bank.

A notice is kept as plain content and sealed at every attempt, because the real services stamp each
resend with a fresh time, nonce and signature.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from simulator import crypto
from simulator.clock import Clock, rfc3339
from simulator.keys import Keys

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"

# Seconds until the next attempt. WeChat Pay's table is the documented one; Kuaidi100 tries three
# more times 35 minutes apart; the bank is our own.
RETRY_SECONDS = {
    "wxpay": (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600),
    "kd100": (2100, 2100, 2100),
    "bank": (60, 300, 900, 3600, 10800, 21600),
}


@dataclass
class Outgoing:
    """What goes over the wire."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def wxpay_headers(
    *, keys: Keys, timestamp: int, body: str, serial: str | None = None, key: rsa.RSAPrivateKey | None = None
) -> dict[str, str]:
    """Wechatpay-* headers over `timestamp\\nnonce\\nbody\\n`, used for answers and notices alike."""
    nonce = secrets.token_hex(16)
    return {
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": crypto.rsa_sign(key=key or keys.platform_key, message=f"{timestamp}\n{nonce}\n{body}\n"),
        "Wechatpay-Signature-Type": SIGNATURE_TYPE,
        "Wechatpay-Serial": serial or keys.shop["wxpay_public_key_id"],
    }


def wxpay_body(*, keys: Keys, notice: dict[str, Any]) -> str:
    """The notice with its resource sealed by the APIv3 key."""
    content = notice["content"]
    resource = json.dumps(content["resource"], ensure_ascii=False, separators=(",", ":"))
    sealed = crypto.seal(key=keys.shop["wxpay_apiv3_key"], text=resource, associated_data=content["associated_data"])
    return json.dumps(
        {
            "id": notice["id"],
            "create_time": notice["created_at"],
            "resource_type": "encrypt-resource",
            "event_type": content["event_type"],
            "summary": content["summary"],
            "resource": {"original_type": content["original_type"], **sealed},
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def bank_signature(*, secret: str, timestamp: str, nonce: str, method: str, path: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over `timestamp\\nnonce\\nMETHOD\\npath\\nbody`."""
    head = f"{timestamp}\n{nonce}\n{method}\n{path}\n".encode()
    return crypto.hmac_hex(key=secret, message=head + body)


def bank_headers(*, keys: Keys, timestamp: int, method: str, path: str, body: bytes) -> dict[str, str]:
    """X-Bank-* headers of one message; an answer repeats the method and path it answers."""
    nonce = secrets.token_hex(16)
    return {
        "X-Bank-Merchant": keys.shop["bank_merchant"],
        "X-Bank-Timestamp": str(timestamp),
        "X-Bank-Nonce": nonce,
        "X-Bank-Signature": bank_signature(
            secret=keys.shop["bank_secret"],
            timestamp=str(timestamp),
            nonce=nonce,
            method=method,
            path=path,
            body=body,
        ),
    }


def path_of(url: str) -> str:
    """Path of a notice address, the part the bank's signature covers."""
    return urlsplit(url).path or "/"


def seal(*, keys: Keys, clock: Clock, notice: dict[str, Any]) -> Outgoing:
    """Sign and seal `notice` for sending now."""
    if notice["channel"] == "wxpay":
        body = wxpay_body(keys=keys, notice=notice)
        headers = wxpay_headers(keys=keys, timestamp=clock.wire(), body=body)
        return Outgoing(body.encode(), {**headers, "Content-Type": "application/json"})
    if notice["channel"] == "kd100":
        param = json.dumps(notice["content"]["param"], ensure_ascii=False, separators=(",", ":"))
        fields = {"param": param, "sign": crypto.md5_upper(param + notice["content"]["salt"])}
        return Outgoing(urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
    raw = json.dumps(notice["content"], ensure_ascii=False, separators=(",", ":")).encode()
    signed = bank_headers(keys=keys, timestamp=clock.wire(), method="POST", path=path_of(notice["url"]), body=raw)
    return Outgoing(raw, {**signed, "Content-Type": "application/json"})


def new_notice(*, clock: Clock, channel: str, kind: str, ref: str, url: str, content: Any) -> dict[str, Any]:
    """A notice not yet sent. `ref` is the shop's number of the thing it tells about."""
    return {
        "id": f"EV-{clock.now():%Y%m%d%H%M%S}{secrets.token_hex(8).upper()}",
        "channel": channel,
        "kind": kind,
        "ref": ref,
        "url": url,
        "content": content,
        "created_at": rfc3339(clock.now()),
        "state": "pending",
        "attempts": [],
    }
