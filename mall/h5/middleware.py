"""Two things every page needs: the referral a visitor arrived with, and expected failures as readable answers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class ReferralMiddleware:
    """Keeps `?r=CODE` in a signed cookie, then binds the visitor once they are logged in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


class DomainErrorMiddleware:
    """Turns an expected failure on a page into a message for the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
