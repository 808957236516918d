"""An order's commissions recomputed from its snapshot alone, as often and as late as anybody likes."""

from fractions import Fraction
from typing import Any

from distribution import rules
from distribution.models import Attribution


def of(attribution: Attribution) -> rules.Result:
    """What every tier somebody takes earns from the order, before any refund."""
    return rules.from_snapshot(chain=attribution.chain, lines=attribution.lines, cap_ppm=attribution.programme.cap_ppm)


def to_json(result: rules.Result, tier: rules.TierResult) -> dict[str, Any]:
    """The working kept with a commission: the exact amount before rounding, and what the limit did to it."""
    return {
        "exact": exact_text(tier.exact),
        "uncapped_fen": tier.uncapped_fen,
        "limit_fen": result.limit_fen,
        "limited_by": result.limited_by,
    }


def exact_text(number: Fraction) -> str:
    """An exact number of fen: decimal where it ends (133.4), else a fraction (400/3)."""
    scaled = number * rules.PPM
    if scaled.denominator != 1:
        return f"{number.numerator}/{number.denominator}"
    whole, decimals = divmod(scaled.numerator, rules.PPM)
    return f"{whole}.{decimals:06d}".rstrip("0").rstrip(".")
