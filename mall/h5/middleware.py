"""Two things every page needs: the referral a visitor arrived with, and expected failures as readable answers."""

import json
import re
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from distribution.services import binding
from mall.h5 import referral
from mall.kernel import clock
from mall.kernel.errors import DomainError


class ReferralMiddleware:
    """Keeps `?r=CODE` in a signed cookie, redirects to the clean URL, and binds the visitor once logged in.

    Registration and returning visitors take the same path; a refusal (already bound, a loop, an inactive inviter)
    changes nothing for the shopper and is not asked again for the same code.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = referral.code_in_query(request)
        if code and request.method == "GET":
            response: HttpResponse = HttpResponseRedirect(referral.clean_url(request))
            referral.remember(response, code)
            return response
        self._bind(request)
        response = self.get_response(request)
        if code:
            referral.remember(response, code)
        return response

    def _bind(self, request: HttpRequest) -> None:
        code = referral.remembered(request)
        if not code or not request.user.is_authenticated or request.session.get("referral_tried") == code:
            return
        member_id = int(request.user.pk)
        try:
            binding.bind(member_id=member_id, code=code, source="link", actor=f"member:{member_id}", at=clock.now())
        except DomainError as refusal:
            request.session["referral_refused"] = refusal.code
        request.session["referral_tried"] = code


_STATUS_PAGES = {404, 410, 403, 429, 503}


class DomainErrorMiddleware:
    """Turns an expected failure on a page into a toast, a message after going back, or an error page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError) or re.match(r"/(api|notify|sandbox)/", request.path):
            return None
        if request.headers.get("HX-Request"):
            return self._toast(error)
        if request.method == "POST" and error.status != 404:
            messages.error(request, error.detail)
            return redirect(_way_back(request))
        page = error.status if error.status in _STATUS_PAGES else 404
        return render(request, f"errors/{page}.html", {"detail": error.detail}, status=error.status)

    def _toast(self, error: DomainError) -> HttpResponse:
        response = HttpResponse(status=error.status)
        response["HX-Trigger"] = json.dumps({"toast": {"message": error.detail, "level": "error"}})
        response["HX-Reswap"] = "none"
        return response


def _way_back(request: HttpRequest) -> str:
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return came_from
    return request.path
