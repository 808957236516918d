"""Every failure of the API in one form: drf-standardized-errors, with our stable codes."""

from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.handler import exception_handler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework import exceptions, permissions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mall.kernel.errors import DomainError, RateLimited, ServiceUnavailable

# lock_not_available, query_canceled, deadlock_detected, serialization_failure: trying again helps.
_BUSY = {"55P03", "57014", "40P01", "40001"}


class IdempotencyKeyRequired(DomainError):
    """A write that moves goods or money came without a usable `Idempotency-Key`."""

    code = "idempotency_key_required"
    status = 400
    message = _("缺少 Idempotency-Key 请求头，或它不是 1 至 128 个可见 ASCII 字符")


class IdempotencyConflict(DomainError):
    """The key was used for another request body."""

    code = "idempotency_conflict"
    status = 422
    message = _("这个 Idempotency-Key 已用于另一个请求")


class IdempotencyInProgress(DomainError):
    """The first request with this key has not finished."""

    code = "idempotency_in_progress"
    status = 409
    message = _("同一请求正在处理，请稍后再试")


def handle(error: Exception, context: ExceptionHandlerContext) -> Response | None:
    """DRF's exception handler: our named failures keep their code, status and message."""
    if isinstance(error, exceptions.Throttled):
        error = RateLimited(data={"retry_after": int(getattr(error, "wait", None) or 1) + 1})
    if isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") in _BUSY:
        error = ServiceUnavailable(data={"retry_after": 1})
    if isinstance(error, DomainError):
        return from_domain(error)
    return exception_handler(error, context)


def from_domain(error: DomainError) -> Response:
    """`{"type", "errors": [{"code", "detail", "attr"}]}` with `Retry-After` where waiting helps."""
    kind = "client_error"
    if error.status == status.HTTP_400_BAD_REQUEST and error.attr:
        kind = "validation_error"
    elif error.status >= status.HTTP_500_INTERNAL_SERVER_ERROR:
        kind = "server_error"
    body = {"type": kind, "errors": [{"code": error.code, "detail": error.detail, "attr": error.attr}]}
    response = Response(body, status=error.status)
    if "retry_after" in error.data:
        response["Retry-After"] = str(error.data["retry_after"])
    return response


class NoSuchEndpoint(APIView):
    """Unknown addresses under `/api/` answer in the API's own form."""

    permission_classes = [permissions.AllowAny]
    authentication_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound
