"""What payments publish. `purpose` and `ref` are the caller's own words, handed back untouched."""

import dataclasses
import datetime as dt

from mall.kernel.events import Event


@dataclasses.dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(Event):
    """Money for (`purpose`, `ref`) has arrived and was verified."""

    payment_no: str
    purpose: str
    ref: str
    amount_fen: int
    method: str
    paid_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class RefundSucceeded(Event):
    """The provider has returned money. `ref` is the caller's refund number."""

    provider_refund_no: str
    payment_no: str
    purpose: str
    ref: str
    amount_fen: int
    refunded_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransferAwaitsUser(Event):
    """The receiver must confirm in WeChat before the money moves."""

    transfer_no: str
    purpose: str
    ref: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransferSucceeded(Event):
    """The receiver has the money."""

    transfer_no: str
    purpose: str
    ref: str
    amount_fen: int
    finished_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransferFailed(Event):
    """The money surely did not move (never published for an unknown outcome)."""

    transfer_no: str
    purpose: str
    ref: str
    reason: str
    finished_at: dt.datetime
