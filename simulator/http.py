"""Requests, answers, and the table of routes."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from simulator.context import Simulator

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass
class Request:
    """One request. `target` is the path and query exactly as sent, which is what signatures cover."""

    method: str
    target: str
    headers: Message
    body: bytes
    params: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Path part of the target, still quoted."""
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters, blank ones kept."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """Fields of a form-encoded body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def base_url(self) -> str:
        """Scheme and host under which the caller reached us."""
        return f"http://{self.headers.get('Host', '127.0.0.1')}"

    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object; None when it is not one."""
        try:
            value = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


@dataclass
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[["Simulator", Request], Response]
Route = tuple[str, str, Handler]


class Problem(Exception):
    """A refusal that already knows its answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def answer_json(content: Any, *, status: int = 200) -> Response:
    """JSON answer, compact and unescaped."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(status=status, body=text.encode())


def answer_html(page: str, *, status: int = 200) -> Response:
    """HTML answer; pages may be framed, because the JS stub shows the cashier as an overlay."""
    return Response(status, page.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-store"})


def redirect(location: str) -> Response:
    """302 to `location`."""
    return Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})


class Router:
    """Finds the handler of a method and path; `{name}` in a pattern matches one path segment."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(method, _compile(pattern), handler) for method, pattern, handler in routes]

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | int:
        """Handler and path parameters, or the status to answer: 404, or 405 for another method."""
        status = 404
        for known, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            if known == method:
                return handler, {name: unquote(value) for name, value in match.groupdict().items()}
            status = 405
        return status


def _compile(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", pattern)
    return re.compile("".join(f"(?P<{p[1:-1]}>[^/]+)" if p[:1] == "{" else re.escape(p) for p in parts))


def host_of(url: str) -> str:
    """Host name of a URL, empty when it has none or cannot be parsed."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
