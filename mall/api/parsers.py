"""JSON as the API accepts it: UTF-8, of sane size and depth, with text a database can hold."""

import codecs
import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20


class StrictJSONParser(BaseParser):
    """Refuses NaN, NUL, lone surrogates, repeated names, more than 256 KB and more than 20 levels, with 400."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ParseError(_("请求内容过大"))
        try:
            text = codecs.decode(raw, "utf-8")
            if _depth(text) > MAX_DEPTH:
                raise ParseError(_("JSON 嵌套过深"))
            value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            raise ParseError(_("请求内容不是有效的 JSON")) from None
        if not all(_storable(part) for part in _texts(value)):
            raise ParseError(_("请求中有不允许的字符"))
        return value


def _depth(text: str) -> int:
    """The deepest nesting; brackets inside strings do not count."""
    deepest = depth = 0
    quoted = escaped = False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated name")
    return found


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
