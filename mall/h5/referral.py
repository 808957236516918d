"""The referral code a visitor came with: read from the address, kept in a signed cookie, never left in a URL."""

import re

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

COOKIE = "ref"
KEEP_SECONDS = 30 * 24 * 3600
_CODE = re.compile(r"[0-9A-Za-z]{4,16}", re.ASCII)
_SALT = "mall.referral"


def code_in_query(request: HttpRequest) -> str:
    """The code of `?r=…` (or `?ref=…`) in upper case, or an empty string if absent or malformed."""
    given = request.GET.get("r") or request.GET.get("ref") or ""
    return given.upper() if _CODE.fullmatch(given) else ""


def clean_url(request: HttpRequest) -> str:
    """The requested address without the code. Always on this site, whatever the path looks like."""
    query = request.GET.copy()
    query.pop("r", None)
    query.pop("ref", None)
    tail = f"?{query.urlencode()}" if query else ""
    return "/" + request.path.lstrip("/\\") + tail


def remember(response: HttpResponse, code: str) -> None:
    """Keep the code for a month; the last link wins until its visitor is bound."""
    response.set_cookie(
        COOKIE,
        signing.dumps(code, salt=_SALT),
        max_age=KEEP_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def remembered(request: HttpRequest) -> str:
    """The code from the cookie, or an empty string if there is none or it was tampered with."""
    try:
        return str(signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=KEEP_SECONDS))
    except signing.BadSignature:
        return ""


def short_link(request: HttpRequest, code: str) -> HttpResponse:
    """`/r/CODE/`: the short form on posters; lands on the home page, or on `?to=/p/…/` of this site."""
    target = request.GET.get("to", "/")
    response = HttpResponseRedirect(target if re.fullmatch(r"/p/[\w-]{1,100}/", target) else "/")
    if _CODE.fullmatch(code):
        remember(response, code.upper())
    return response


urlpatterns = [path("r/<str:code>/", short_link, name="referral")]
