"""What a tracking service can do for us, in our own words."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from mall.kernel.errors import DomainError


class ForgedPush(DomainError):
    """The push is not signed by the tracking service. Nothing was changed."""

    code = "forged_push"
    status = 403
    message = "签名不正确"


class MalformedPush(DomainError):
    """The push is signed but cannot be read."""

    code = "malformed_push"
    message = "推送内容无法解析"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scan:
    """One scan; `state` is one of our parcel states, or "" when the service did not say."""

    at: dt.datetime
    text: str
    state: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Push:
    """News of a parcel. `state` as for Scan; `is_aborted` when the service gave up and must be asked again.

    `carrier_code` is the service's corrected code of the carrier, "" if it had no objection.
    """

    state: str
    scans: tuple[Scan, ...]
    is_aborted: bool
    carrier_code: str


class Tracker(Protocol):
    """A tracking service."""

    def subscribe(self, *, carrier_code: str, tracking_no: str, phone: str, callback_url: str, salt: str) -> None:
        """Ask to be told of a parcel; already being told is success. Raises ServiceUnavailable."""

    def parse_push(self, *, form: Mapping[str, str], salt: str) -> Push:
        """Verify and read a push. Raises ForgedPush, MalformedPush."""
