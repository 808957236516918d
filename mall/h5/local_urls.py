"""Addresses that came from outside and may only lead within this site."""

import re

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

_PLAIN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


def local_path(given: str | None, *, default: str) -> str:
    """`given` when it is a path on this site, `default` when it is empty, `/` for anything that leads elsewhere."""
    if not given:
        return default
    safe = _PLAIN.fullmatch(given) and "%0" not in given.lower()
    return given if safe and url_has_allowed_host_and_scheme(given, allowed_hosts=None) else "/"


def next_of(request: HttpRequest, *, default: str) -> str:
    """The page to go to afterwards, from the form or the query."""
    return local_path(request.POST.get("next") or request.GET.get("next"), default=default)
