"""What each tier earns and what a refund takes back: pure arithmetic on integers.

Nothing here knows the database or the clock. The services feed it the snapshot an order took at placement, so the
same figures come out today, in an audit next year, and in an explanation printed for a distributor.

Rounding: for each tier the exact parts of all lines are summed and rounded down to the fen once; the result is given
back to the lines by largest remainder (ties: the earlier line). What the rounding drops stays with the house.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

PPM = 1_000_000
MAX_TIERS = 3

SALES, PROFIT, LIST_PRICE = "sales", "profit", "list_price"
OFF, REBATE = "off", "rebate"
FORFEIT, ROLL_UP = "forfeit", "roll_up"

# Why a place in the chain is filled or empty.
BOUND, SELF, ROLLED_UP, TOP_OF_CHAIN = "bound", "self", "rolled_up", "top_of_chain"
MISSING, SUSPENDED, REMOVED = "missing", "suspended", "removed"
ACTIVE = "active"

# Why a limit was applied to the sum of all tiers.
CAP, PAID = "cap", "paid"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Person:
    """Someone above the buyer, as of the order's placement; `state` is active, suspended or removed."""

    distributor: int
    code: str
    name: str
    state: str
    binding: int | None
    is_buyer: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """One paid tier and who takes it (None: nobody), with the reason and everyone passed over on the way."""

    tier: int
    person: Person | None
    why: str
    skipped: tuple[Person, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """An order line as the arithmetic sees it. `rates_ppm` has one rate per tier; missing ones count as 0."""

    line: int
    net_fen: int
    base_fen: int
    rates_ppm: tuple[int, ...]

    def rate(self, tier: int) -> int:
        """The rate of `tier` (1-based) in ppm."""
        return self.rates_ppm[tier - 1] if tier <= len(self.rates_ppm) else 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class LineShare:
    """What one line contributes to a tier: `exact` fen before rounding, `amount_fen` after."""

    line: int
    net_fen: int
    base_fen: int
    rate_ppm: int
    exact: Fraction
    amount_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class TierResult:
    """What one tier earns. `uncapped_fen` is the amount the rates alone would give."""

    tier: int
    base_fen: int
    exact: Fraction
    uncapped_fen: int
    amount_fen: int
    lines: tuple[LineShare, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """All tiers of one order. `limit_fen` is the most they may sum to, `limited_by` why it bit (None: it did not)."""

    base_fen: int
    net_fen: int
    limit_fen: int
    limited_by: str | None
    tiers: tuple[TierResult, ...]

    @property
    def total_fen(self) -> int:
        return sum(tier.amount_fen for tier in self.tiers)


def base_fen(*, basis: str, net_fen: int, list_fen: int, cost_fen: int) -> int:
    """What a line's rates apply to: what was paid for it, its list price, or its profit; all for the whole line.

    A line nobody paid anything for earns nothing on any basis: commission needs a real sale.
    """
    if net_fen <= 0:
        return 0
    if basis == SALES:
        return net_fen
    if basis == PROFIT:
        return max(net_fen - cost_fen, 0)
    if basis == LIST_PRICE:
        return list_fen
    raise ValueError(f"unknown basis {basis!r}")


def places(*, chain: Sequence[Person], tiers: int, missing_tier: str) -> tuple[Place, ...]:
    """Who takes which tier. `chain` runs from the buyer's inviter (or the buyer, on a rebate) upwards.

    forfeit: every person keeps the tier of their distance; a tier whose person may not earn stays empty.
    roll_up: people who may not earn are passed over and the next one above takes the tier. Where the chain ends, its
    topmost earner also takes the tiers left over - but never the buyer, whose own purchase earns one share at most.
    """
    if missing_tier == FORFEIT:
        padded: list[Person | None] = [*chain[:tiers], *([None] * tiers)]
        return tuple(_place_or_empty(tier, padded[tier - 1]) for tier in range(1, tiers + 1))
    found: list[Place] = []
    skipped: list[Person] = []
    for person in chain:
        if len(found) == tiers:
            break
        if person.state != ACTIVE:
            skipped.append(person)
            continue
        why = ROLLED_UP if skipped else _why(person)
        found.append(Place(tier=len(found) + 1, person=person, why=why, skipped=tuple(skipped)))
        skipped = []
    top = found[-1].person if found and not _is_buyer(found[-1].person) else None
    for tier in range(len(found) + 1, tiers + 1):
        found.append(Place(tier=tier, person=top, why=TOP_OF_CHAIN if top else MISSING, skipped=tuple(skipped)))
    return tuple(found)


def _is_buyer(person: Person | None) -> bool:
    return person is not None and person.is_buyer


def _why(person: Person) -> str:
    return SELF if person.is_buyer else BOUND


def _place_or_empty(tier: int, person: Person | None) -> Place:
    if person is None:
        return Place(tier=tier, person=None, why=MISSING)
    if person.state != ACTIVE:
        return Place(tier=tier, person=None, why=person.state, skipped=(person,))
    return Place(tier=tier, person=person, why=_why(person))


def compute(*, lines: Sequence[Line], paid_tiers: Sequence[int], cap_ppm: int) -> Result:
    """The amounts of `paid_tiers` (those somebody takes) over `lines`, in fen.

    Their sum never exceeds `cap_ppm` of the base, nor what was paid for the goods; above that every tier is scaled
    down in the same proportion and rounded down again. Empty tiers use up none of the limit.
    """
    base = sum(line.base_fen for line in lines)
    net = sum(line.net_fen for line in lines)
    limit, by = min((base * cap_ppm // PPM, CAP), (net, PAID))
    # Exact parts in millionths of a fen.
    parts = {tier: [line.base_fen * line.rate(tier) for line in lines] for tier in paid_tiers}
    uncapped = {tier: sum(numbers) // PPM for tier, numbers in parts.items()}
    over = sum(uncapped.values()) > limit
    whole = sum(sum(numbers) for numbers in parts.values())
    scale = Fraction(limit, whole) if over else Fraction(1, PPM)
    return Result(
        base_fen=base,
        net_fen=net,
        limit_fen=limit,
        limited_by=by if over else None,
        tiers=tuple(_tier(tier, lines, parts[tier], scale, uncapped[tier]) for tier in paid_tiers),
    )


def from_snapshot(*, chain: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]], cap_ppm: int) -> Result:
    """The same from what an order's attribution stores: places as `chain`, line facts as `lines`."""
    return compute(
        lines=[
            Line(
                line=line["line"],
                net_fen=line["net_fen"],
                base_fen=line["base_fen"],
                rates_ppm=tuple(line["rates_ppm"]),
            )
            for line in lines
        ],
        paid_tiers=[place["tier"] for place in chain if place["distributor"]],
        cap_ppm=cap_ppm,
    )


def _tier(tier: int, lines: Sequence[Line], parts: Sequence[int], scale: Fraction, uncapped: int) -> TierResult:
    exact = [number * scale for number in parts]
    amounts = round_down_once(exact)
    return TierResult(
        tier=tier,
        base_fen=sum(line.base_fen for line in lines),
        exact=sum(exact, Fraction(0)),
        uncapped_fen=uncapped,
        amount_fen=sum(amounts),
        lines=tuple(
            LineShare(
                line=line.line,
                net_fen=line.net_fen,
                base_fen=line.base_fen,
                rate_ppm=line.rate(tier),
                exact=part,
                amount_fen=amount,
            )
            for line, part, amount in zip(lines, exact, amounts, strict=True)
        ),
    )


def round_down_once(parts: Sequence[Fraction]) -> list[int]:
    """Whole numbers summing to the floor of the parts' sum: each part's floor, the rest by largest remainder.

    >>> round_down_once([Fraction(1332, 10), Fraction(1334, 10), Fraction(1334, 10)])
    [133, 134, 133]
    """
    floors = [int(part) for part in parts]
    rest = int(sum(parts, Fraction(0))) - sum(floors)
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for i in order[:rest]:
        floors[i] += 1
    return floors


def reversed_fen(*, amount_fen: int, refunded_fen: int, net_fen: int) -> int:
    """How much of a line's commission is taken back once `refunded_fen` of its `net_fen` went back in all.

    Cumulative, so any sequence of refunds ends at the same figure, and the last one takes exactly the rest.
    """
    if refunded_fen <= 0:
        return 0
    if refunded_fen >= net_fen:
        return amount_fen
    return amount_fen * refunded_fen // net_fen


def take_back(*, lines: Mapping[int, tuple[int, int, int]], refunds: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """A refund over several lines. `lines`: id -> (commission, net, refunded before), `refunds`: id -> this refund.

    Returns id -> (refunded in all, reversed in all) for every line the refund touches; unknown lines are ignored.
    """
    result: dict[int, tuple[int, int]] = {}
    for line, part in refunds.items():
        if line not in lines:
            continue
        amount, net, before = lines[line]
        refunded = min(before + part, net)
        result[line] = (refunded, reversed_fen(amount_fen=amount, refunded_fen=refunded, net_fen=net))
    return result
