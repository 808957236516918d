"""Who may see the promotion centre, and how its lists are paged."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from distribution.queries import promoter
from distribution.queries.promoter import Promoter
from distribution.services import applications

PAGE_SIZE = 20
MAX_PAGES = 50
P = ParamSpec("P")


def member_of(request: HttpRequest) -> int:
    """The id of the member who is logged in."""
    return int(request.user.pk or 0)


def distributors_only(
    view: Callable[Concatenate[HttpRequest, Promoter, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Give the view the distributor behind the request; everybody else is led to the application.

    Suspended and removed ones come in too: what they have earned stays theirs to see.
    """

    @never_cache
    @login_required
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        person = promoter.promoter(member_id=member_of(request))
        if person is None:
            applied = applications.current(member_id=member_of(request))
            return redirect("d-apply-status" if applied else "d-apply")
        return view(request, person, *args, **kwargs)

    return guarded  # type: ignore[return-value]  # the wrapper keeps the rest of the signature


@dataclasses.dataclass(frozen=True)
class Window:
    """Which rows of a list to show: htmx asks for page n, a full request for pages 1 to n."""

    page: int
    is_fragment: bool

    @classmethod
    def of(cls, request: HttpRequest) -> "Window":
        text = request.GET.get("page", "1")
        page = min(max(int(text), 1), MAX_PAGES) if text.isascii() and text.isdigit() and len(text) < 5 else 1
        return cls(page, bool(request.headers.get("HX-Request")))

    @property
    def bounds(self) -> dict[str, int]:
        """The arguments of the reads."""
        if self.is_fragment:
            return {"offset": (self.page - 1) * PAGE_SIZE, "limit": PAGE_SIZE}
        return {"offset": 0, "limit": self.page * PAGE_SIZE}

    def next_url(self, *, total: int, fields: dict[str, Any] | None = None) -> str:
        """The address of the next page, empty at the end."""
        if total <= self.page * PAGE_SIZE or self.page >= MAX_PAGES:
            return ""
        return "?" + query(**(fields or {}), page=self.page + 1)


def query(**fields: Any) -> str:
    """The fields that say something, as a query string without the question mark."""
    return urlencode({name: value for name, value in fields.items() if value not in ("", None)})


def show_list(
    request: HttpRequest, name: str, window: Window, *, rows: Sequence[Any], next_url: str, **context: Any
) -> HttpResponse:
    """The page `name`.html, or to htmx only its next rows (`_name_rows`.html)."""
    context |= {"rows": rows, "next_url": next_url, "page_number": window.page}
    template = f"_{name}_rows" if window.is_fragment else name
    return render(request, f"h5/distributor/{template}.html", context)
