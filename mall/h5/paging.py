"""Infinite lists: htmx asks for the next rows only; a full request for page n shows rows 1 to n, so that Back works."""

import dataclasses
from urllib.parse import urlencode

from django.http import HttpRequest

MAX_PAGES = 50


@dataclasses.dataclass(frozen=True, kw_only=True)
class Window:
    """Which rows this request wants. `page` and `page_size` are what a query takes."""

    number: int
    is_fragment: bool
    size: int

    @property
    def page(self) -> int:
        return self.number if self.is_fragment else 1

    @property
    def page_size(self) -> int:
        return self.size if self.is_fragment else self.size * self.number

    def next_url(self, *, count: int, **fields: str) -> str:
        """The address of the rows after these, keeping the non-empty `fields` of the query; "" at the end of `count`."""
        if count <= self.number * self.size or self.number >= MAX_PAGES:
            return ""
        return "?" + urlencode({name: text for name, text in fields.items() if text} | {"page": self.number + 1})


def window(request: HttpRequest, *, size: int) -> Window:
    """Read `?page=`; nonsense is page 1."""
    given = request.GET.get("page", "1")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else 1
    return Window(number=min(max(number, 1), MAX_PAGES), is_fragment=bool(request.headers.get("HX-Request")), size=size)
