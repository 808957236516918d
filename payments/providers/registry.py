"""Which provider serves which method or channel."""

from django.utils.translation import gettext_lazy as _

from mall.kernel.errors import DomainError
from payments.providers import bank, wechat
from payments.providers.base import Collector, Notifier, Payer

INTERNAL = "internal"
_METHODS = {
    "wechat_jsapi": "wechat",
    "wechat_h5": "wechat",
    "wechat_native": "wechat",
    "wechat_mini": "wechat",
    "balance": INTERNAL,
    "free": INTERNAL,
}


class MethodUnknown(DomainError):
    """No provider serves this method or channel."""

    code = "method_unknown"
    message = _("不支持这种支付方式")


def provider_of(method: str) -> str:
    """Provider name of a payment method. Raises MethodUnknown."""
    try:
        return _METHODS[method]
    except KeyError:
        raise MethodUnknown(attr="method") from None


def collector(provider: str) -> Collector:
    """The provider that takes money in. Raises MethodUnknown."""
    if provider == "wechat":
        return wechat.provider()
    raise MethodUnknown(attr="method")


def payer(channel: str) -> Payer:
    """The provider that pays out over a transfer channel. Raises MethodUnknown."""
    if channel == "wechat":
        return wechat.provider()
    if channel == "bank":
        return bank.provider()
    raise MethodUnknown(attr="channel")


def notifier(provider: str) -> Notifier:
    """The provider whose notices arrive under its name. Raises MethodUnknown."""
    if provider == "wechat":
        return wechat.provider()
    if provider == "bank":
        return bank.provider()
    raise MethodUnknown()
