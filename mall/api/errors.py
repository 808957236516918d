"""Every failure of the API in one form: drf-standardized-errors, with our stable codes."""

from drf_standardized_errors.handler import exception_handler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework import status
from rest_framework.response import Response

from mall.kernel.errors import DomainError


def handle(error: Exception, context: ExceptionHandlerContext) -> Response | None:
    """DRF's exception handler: our named failures keep their code, status and message."""
    if isinstance(error, DomainError):
        return from_domain(error)
    return exception_handler(error, context)


def from_domain(error: DomainError) -> Response:
    """`{"type", "errors": [{"code", "detail", "attr"}]}` with `Retry-After` where waiting helps."""
    kind = "validation_error" if error.status == status.HTTP_400_BAD_REQUEST and error.attr else "client_error"
    body = {"type": kind, "errors": [{"code": error.code, "detail": error.detail, "attr": error.attr}]}
    response = Response(body, status=error.status)
    if "retry_after" in error.data:
        response["Retry-After"] = str(error.data["retry_after"])
    return response
