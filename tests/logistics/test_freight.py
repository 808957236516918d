"""Freight: first and further weights, free sums, and provinces that differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics import freight
from logistics.freight import NotDelivered, RuleFacts

RULE = RuleFacts(
    first_weight_g=1000,
    first_fee_fen=800,
    further_weight_g=1000,
    further_fee_fen=200,
    free_over_fen=9900,
    provinces={"西藏自治区": {"first_fee_fen": 2000, "further_fee_fen": 1000, "free_over_fen": 0}, "台湾省": None},
)


@pytest.mark.parametrize(
    ("province", "weight_g", "goods_fen", "fee_fen"),
    [
        ("浙江省", 0, 100, 800),
        ("浙江省", 1000, 100, 800),
        ("浙江省", 1001, 100, 1000),
        ("浙江省", 3000, 100, 1200),
        ("浙江省", 3000, 9899, 1200),
        ("浙江省", 3000, 9900, 0),
        ("西藏自治区", 1500, 100, 3000),
        ("西藏自治区", 1500, 99_000, 3000),
    ],
)
def test_the_fee(province: str, weight_g: int, goods_fen: int, fee_fen: int) -> None:
    assert freight.fee(rule=RULE, province=province, weight_g=weight_g, goods_fen=goods_fen) == fee_fen


def test_a_province_without_delivery_is_refused_by_name() -> None:
    with pytest.raises(NotDelivered) as caught:
        freight.fee(rule=RULE, province="台湾省", weight_g=1, goods_fen=1)
    assert caught.value.province == "台湾省"


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_heavier_never_costs_less(one: int, other: int) -> None:
    light, heavy = sorted((one, other))
    fees = [freight.terms(rule=RULE, province="浙江省", weight_g=w).fee_fen for w in (light, heavy)]
    assert 800 <= fees[0] <= fees[1]
