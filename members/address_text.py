"""Reads an address out of pasted text, such as a chat message: 智能识别."""

import dataclasses
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

MAX_LENGTH = 300
_LABEL = re.compile(
    r"(收货人|收件人|姓名|联系人|手机号码|手机号|手机|联系电话|电话|所在地区|详细地址|收货地址|地址|邮编)\s*[:：]?"
)
_PHONE = re.compile(r"(?<![0-9])(?:\+?86[- ]?)?(1[3-9][0-9])[- ]?([0-9]{4})[- ]?([0-9]{4})(?![0-9])", re.ASCII)
_GAP = re.compile(r"[\s,;、|/，；。]+")
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,6}|[A-Za-z][A-Za-z .]{1,29}")
_PLACE = re.compile(r"[路街道巷号楼栋室村镇乡区县市苑园厦层弄]$")
_TAIL = re.compile(r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市|地区|盟)$")
MIN_SHORT = 2

Node = Sequence[Any]


@dataclasses.dataclass(kw_only=True)
class ParsedAddress:
    """What was recognised; unknown parts are empty."""

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""


def parse(text: str, regions: Sequence[Node]) -> ParsedAddress:
    """Recognise name, phone, region and street in `text` against the nested `[code, name, children]` of `regions`."""
    found = ParsedAddress()
    rest = unicodedata.normalize("NFKC", text[:MAX_LENGTH])
    if phone := _PHONE.search(rest):
        found.phone = "".join(phone.groups())
        rest = f"{rest[: phone.start()]} {rest[phone.end() :]}"
    words = [word for word in _GAP.split(_LABEL.sub(" ", rest)) if word]
    start, chain, left = _locate(words, regions)
    if chain:
        found.province, found.city, found.district = [*chain, "", ""][:3]
    before = words[:start] if chain else []
    after = left if chain else words
    found.name = _take_name(before) or _take_name(after, from_end=True)
    found.street = "".join(after) if chain else " ".join(after)
    return found


def _take_name(words: list[str], *, from_end: bool = False) -> str:
    """Remove and return the word that looks like a person's name."""
    order = range(len(words))
    for index in reversed(order) if from_end else order:
        word = words[index]
        if _NAME.fullmatch(word) and not _PLACE.search(word):
            return words.pop(index)
    return ""


def _locate(words: list[str], regions: Sequence[Node]) -> tuple[int, list[str], list[str]]:
    """Where the region begins, its names, and the words after it."""
    for start in range(len(words)):
        chain, left = _match(words[start:], regions)
        if chain:
            return start, chain, left
    return 0, [], words


def _match(words: list[str], regions: Sequence[Node]) -> tuple[list[str], list[str]]:
    for province in regions:
        left = _strip(words, province[1])
        if left is not None:
            chain, left = _below(left, province)
            return [province[1], *chain], left
    for province in regions:
        for city in province[2]:
            left = _strip(words, city[1])
            if left is not None:
                district, left = _first(left, city[2])
                return [province[1], city[1], *district], left
    return [], words


def _below(words: list[str], province: Node) -> tuple[list[str], list[str]]:
    """City and district under a known province; the city may be left out where the district names it."""
    for city in province[2]:
        left = _strip(words, city[1])
        if left is not None:
            district, rest = _first(left, city[2])
            if district or len(province[2]) > 1:
                return [city[1], *district], rest
    for city in province[2]:
        district, left = _first(words, city[2])
        if district:
            return [city[1], *district], left
    return [], words


def _first(words: list[str], districts: Sequence[Node]) -> tuple[list[str], list[str]]:
    for district in districts:
        left = _strip(words, district[1])
        if left is not None:
            return [district[1]], left
    return [], words


def _strip(words: list[str], name: str) -> list[str] | None:
    """The words without a leading `name`, full or short; None when they do not begin with it."""
    short = _TAIL.sub("", name)
    for form in (name, short):
        if words and len(form) >= MIN_SHORT and words[0].startswith(form):
            rest = words[0][len(form) :]
            return [rest, *words[1:]] if rest else words[1:]
    return None
