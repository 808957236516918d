"""The one base of every expected failure.

A domain names its failures as subclasses beside the function that raises them. Faces turn them into a page, a
toast or the API's error form; nothing else needs to know them.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """An expected refusal. `code` is stable and public, `status` the HTTP status, `message` fit for the shopper.

    `attr` names the offending input field, if one is to blame; `data` carries facts a face may show.
    """

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 400
    message: ClassVar[Any] = _("请求无法处理")

    def __init__(
        self, message: str | None = None, *, attr: str | None = None, data: Mapping[str, Any] | None = None
    ) -> None:
        self.detail = str(message if message is not None else self.message)
        self.attr = attr
        self.data = dict(data or {})
        super().__init__(self.detail)


class NotFound(DomainError):
    """The object does not exist, or is not this member's: both look the same from outside."""

    code = "not_found"
    status = 404
    message = _("找不到您要的内容")


class StateConflict(DomainError):
    """The object is in a state that does not allow the command."""

    code = "state_conflict"
    status = 409
    message = _("当前状态不能这样操作，请刷新后再试")


class RateLimited(DomainError):
    """Too many attempts. `data["retry_after"]` says how many seconds to wait."""

    code = "rate_limited"
    status = 429
    message = _("操作太频繁，请稍后再试")


class ServiceUnavailable(DomainError):
    """A service outside did not answer usefully; the outcome may be unknown, nothing is lost."""

    code = "service_unavailable"
    status = 503
    message = _("服务繁忙，请稍后再试")
