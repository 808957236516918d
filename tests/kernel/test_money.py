"""Money: parsing, formatting, shares and allocation."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.kernel import money

fens = st.integers(min_value=0, max_value=10**12)


def test_docstring_examples():
    assert doctest.testmod(money).failed == 0


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_yuan_round_trip(fen):
    assert money.parse_yuan(money.yuan(fen)) == fen


@pytest.mark.parametrize(
    "text", ["", "1.234", "1,000", "１", "٣", "1e3", "0x10", "1_000", "NaN", " 1", "1 ", "+1", ".5", "1.", "9" * 12]
)
def test_t12_only_plain_amounts_are_money(text):
    with pytest.raises(ValueError, match="not an amount"):
        money.parse_yuan(text)


@given(total=fens, weights=st.lists(fens, min_size=1, max_size=50))
def test_allocation_conserves_and_never_exceeds_a_part(total, weights):
    if sum(weights) == 0:
        total = 0
    total = min(total, sum(weights))
    parts = money.allocate(total, weights)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


def test_allocation_ties_go_to_the_earlier_line():
    assert money.allocate(2, [5, 5, 5]) == [1, 1, 0]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [-1]), (1, []), (1, [0, 0])])
def test_allocation_refuses_nonsense(total, weights):
    with pytest.raises(ValueError, match="allocate"):
        money.allocate(total, weights)


@pytest.mark.parametrize(("text", "rate"), [("20", 200_000), ("12.5", 125_000), ("0.0001", 1), ("100", 1_000_000)])
def test_percent_has_four_decimals(text, rate):
    assert money.ppm(text) == rate
    assert money.percent(rate) == text


@given(base=fens, rate=st.integers(min_value=0, max_value=money.PPM))
def test_a_share_never_exceeds_its_base(base, rate):
    assert 0 <= money.share(base, rate) <= base
