"""Money is integer fen; rates are parts per million of the base (percent with four decimals).

>>> yuan(123450)
'1234.50'
>>> parse_yuan("12.30")
1230
>>> allocate(1000, [1000, 1000, 1000])
[334, 333, 333]
>>> share(2000, ppm("20"))
400
"""

import re
from collections.abc import Sequence
from decimal import Decimal

PPM = 1_000_000
MAX_FEN = 10**13
_YUAN = re.compile(r"(-?)(\d{1,11})(?:\.(\d{1,2}))?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?", re.ASCII)


def yuan(fen: int) -> str:
    """Fen as the yuan string of the API: always two decimals, `-` in front if negative, no separators."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def parse_yuan(text: str) -> int:
    """The inverse of `yuan`. Raises ValueError for anything but plain ASCII digits with at most two decimals."""
    match = _YUAN.fullmatch(text)
    if not match:
        raise ValueError(f"not an amount in yuan: {text[:40]!r}")
    sign, whole, cents = match.groups()
    fen = int(whole) * 100 + int((cents or "").ljust(2, "0"))
    return -fen if sign else fen


def ppm(percent: str) -> int:
    """A percentage written with up to four decimals as parts per million: "12.5" -> 125000. Raises ValueError."""
    match = _PERCENT.fullmatch(percent)
    if not match:
        raise ValueError(f"not a percentage: {percent[:40]!r}")
    whole, decimals = match.groups()
    return int(whole) * 10_000 + int((decimals or "").ljust(4, "0"))


def percent(rate_ppm: int) -> str:
    """Parts per million as a percentage without trailing zeros: 125000 -> "12.5"."""
    text = f"{Decimal(rate_ppm) / 10_000:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(base_fen: int, rate_ppm: int) -> int:
    """The part `rate_ppm` of a base, rounded down to the fen."""
    return base_fen * rate_ppm // PPM


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` over `weights` by largest remainder; ties go to the earlier position.

    The parts sum to `total` exactly and none exceeds its weight when `total <= sum(weights)`. With no positive
    weight a zero total gives zeros. Raises ValueError for negative input or a total with nothing to carry it.
    """
    if total < 0 or any(w < 0 for w in weights):
        raise ValueError("allocate needs non-negative numbers")
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nothing to allocate to")
        return [0] * len(weights)
    parts = [total * w // whole for w in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
