"""What delivery costs: a pure function of rule, province and weight."""

import dataclasses
from collections.abc import Mapping


class NotDelivered(Exception):
    """The rule excludes the province. `province` says which."""

    def __init__(self, province: str) -> None:
        super().__init__(province)
        self.province = province


@dataclasses.dataclass(frozen=True, kw_only=True)
class RuleFacts:
    """A freight rule as data. `provinces`: name -> those of the three `*_fen` that differ, or None where nothing is delivered."""

    first_weight_g: int
    first_fee_fen: int
    further_weight_g: int
    further_fee_fen: int
    free_over_fen: int = 0
    provinces: Mapping[str, Mapping[str, int] | None] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms:
    """Delivery of one weight to one province: the fee in fen, and the sum of goods above which it is waived (0: never)."""

    fee_fen: int
    free_over_fen: int


def terms(*, rule: RuleFacts, province: str, weight_g: int) -> Terms:
    """The fee of `weight_g` to `province`: the first weight, then each begun further weight. Raises NotDelivered."""
    override = rule.provinces.get(province, {})
    if override is None:
        raise NotDelivered(province)
    excess_g = max(0, weight_g - rule.first_weight_g)
    further = -(-excess_g // rule.further_weight_g) if rule.further_weight_g else 0
    first_fee_fen = override.get("first_fee_fen", rule.first_fee_fen)
    further_fee_fen = override.get("further_fee_fen", rule.further_fee_fen)
    return Terms(
        fee_fen=first_fee_fen + further * further_fee_fen,
        free_over_fen=override.get("free_over_fen", rule.free_over_fen),
    )


def fee(*, rule: RuleFacts, province: str, weight_g: int, goods_fen: int) -> int:
    """What the shopper pays in fen for goods worth `goods_fen` after discounts. Raises NotDelivered."""
    found = terms(rule=rule, province=province, weight_g=weight_g)
    is_free = found.free_over_fen > 0 and goods_fen >= found.free_over_fen
    return 0 if is_free else found.fee_fen
