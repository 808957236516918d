"""Text that no database or template can hold is refused at the door, whichever page or end point it was meant for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

FORM = "application/x-www-form-urlencoded"


class InputGuardMiddleware:
    """Answers 400 to a NUL or a lone surrogate in the path, the query or a form body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _unstorable(request):
            detail = {"code": "invalid_text", "detail": _("请求中有不允许的字符"), "attr": None}
            return JsonResponse({"type": "client_error", "errors": [detail]}, status=400)
        return self.get_response(request)


def _unstorable(request: HttpRequest) -> bool:
    query = str(request.META.get("QUERY_STRING", "")).lower()
    if "\x00" in request.path or "%00" in query or "%ed%a" in query or "%ed%b" in query:
        return True
    return request.content_type == FORM and b"%00" in request.body
