"""What a provider must be able to do, and the words both sides use. Amounts are fen, times aware datetimes."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from mall.kernel.errors import DomainError, ServiceUnavailable


class OutcomeUnknown(ServiceUnavailable):
    """No trustworthy answer: it may or may not have happened. Ask again by the same number, never start anew."""

    code = "provider_unknown"
    message = _("支付渠道暂时没有响应，请稍后查看结果")


class ProviderRefused(DomainError):
    """The provider answered, signed or by its error form, that it will not. `data["provider_code"]` says why."""

    code = "provider_refused"
    status = 409
    message = _("支付渠道拒绝了这笔请求")

    def __init__(self, provider_code: str, text: str = "") -> None:
        super().__init__(data={"provider_code": provider_code, "text": text})
        self.provider_code = provider_code
        self.text = text


class AlreadyPaidAtProvider(ProviderRefused):
    """The provider says this number is paid: take the success path."""


class ClosedAtProvider(ProviderRefused):
    """The provider has closed this number: it can never be paid."""


class NotEnoughFunds(ProviderRefused):
    """Our account at the provider cannot cover it now: the same number again, later."""


class NotConfigured(ServiceUnavailable):
    """The shop has no credentials for this provider; better closed than open to an empty key."""

    code = "provider_not_configured"
    message = _("支付渠道尚未配置")


class NoticeRejected(DomainError):
    """A notice that does not prove its sender."""

    code = "notice_rejected"
    status = 401
    message = _("通知验签失败")


class PayStatus(enum.StrEnum):
    PENDING = "pending"
    PAID = "paid"
    CLOSED = "closed"
    FAILED = "failed"
    ABSENT = "absent"


class RefundStatus(enum.StrEnum):
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    ABNORMAL = "abnormal"
    ABSENT = "absent"


class TransferStatus(enum.StrEnum):
    PROCESSING = "processing"
    AWAITING_USER = "awaiting_user"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABSENT = "absent"


@dataclasses.dataclass(frozen=True, kw_only=True)
class PayRequest:
    """`method` is a Payment.Method value; `openid` belongs to the app of that method."""

    no: str
    amount_fen: int
    description: str
    method: str
    expires_at: dt.datetime
    client_ip: str
    openid: str | None
    notify_url: str
    return_url: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class PayIntent:
    """What the front end needs to open the cashier: {"kind": "jsapi"|"redirect"|"qr"|"none", …}."""

    action: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PayState:
    """A payment as its provider sees it. `evidence` says how we know."""

    no: str
    status: PayStatus
    amount_fen: int = 0
    currency: str = ""
    txn: str = ""
    app: str = ""
    merchant: str = ""
    paid_at: dt.datetime | None = None
    evidence: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """`no` is the idempotency key for ever; `total_fen` is the amount of the whole payment."""

    no: str
    payment_no: str
    amount_fen: int
    total_fen: int
    reason: str
    notify_url: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RefundState:
    """A refund as its provider sees it."""

    no: str
    status: RefundStatus
    amount_fen: int = 0
    payment_no: str = ""
    provider_id: str = ""
    merchant: str = ""
    at: dt.datetime | None = None
    detail: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransferRequest:
    """`account`: {"openid", "name"?} or {"account_name", "account_no", "bank_name"}."""

    no: str
    amount_fen: int
    account: Mapping[str, str]
    remark: str
    notify_url: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransferState:
    """A transfer as its provider sees it. `package_info` opens the receiver's confirmation in WeChat."""

    no: str
    status: TransferStatus
    amount_fen: int = 0
    provider_no: str = ""
    package_info: str = ""
    merchant: str = ""
    reason: str = ""
    at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class PayNotice:
    """A notice whose sender is proven; its content is still to be compared with our own rows."""

    kind: str
    event: str
    state: PayState | RefundState | TransferState


class Collector(Protocol):
    """A provider that takes money in and gives it back. Every call may raise OutcomeUnknown or ProviderRefused."""

    def identity(self, method: str) -> tuple[str, str]:
        """(app id, merchant id) a notice of `method` must carry."""

    def require(self, *, method: str, openid: str | None) -> None:
        """Raise a named error when the method needs something of the shopper that is missing."""

    def create(self, request: PayRequest) -> PayIntent:
        """Ask for money; the same number again gives a fresh intent."""

    def query(self, no: str) -> PayState:
        """The payment now; ABSENT when the provider has never heard of it."""

    def close(self, no: str) -> None:
        """Make it unpayable. Raises AlreadyPaidAtProvider; a number unknown there counts as closed."""

    def refund(self, request: RefundRequest) -> RefundState:
        """Give money back. Raises NotEnoughFunds."""

    def query_refund(self, no: str) -> RefundState:
        """The refund now; ABSENT when the provider has never heard of it."""


class Payer(Protocol):
    """A provider that pays out to people."""

    merchant: str

    def check(self, *, account: Mapping[str, str], amount_fen: int) -> None:
        """Raise a named error for what the provider would refuse anyway."""

    def transfer(self, request: TransferRequest) -> TransferState:
        """Send money. Raises NotEnoughFunds."""

    def query_transfer(self, no: str) -> TransferState:
        """The transfer now; ABSENT when the provider has never heard of it."""


class Notifier(Protocol):
    """A provider that tells us by HTTP."""

    def parse_notice(self, *, kind: str, headers: Mapping[str, str], body: bytes, at: dt.datetime) -> PayNotice:
        """Verify and read. No network. Raises NoticeRejected."""
