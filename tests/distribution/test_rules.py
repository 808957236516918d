"""The arithmetic of commission: exact, conservative, and the same whatever path leads there."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution import rules

AMOUNTS = st.integers(min_value=0, max_value=10_000_000)
RATES = st.lists(st.integers(min_value=0, max_value=rules.PPM), min_size=0, max_size=3).map(tuple)


@st.composite
def order_lines(draw: st.DrawFn) -> list[rules.Line]:
    count = draw(st.integers(min_value=1, max_value=6))
    result = []
    for number in range(1, count + 1):
        net = draw(AMOUNTS)
        base = draw(st.one_of(st.just(net), AMOUNTS)) if net else 0
        result.append(rules.Line(line=number, net_fen=net, base_fen=base, rates_ppm=draw(RATES)))
    return result


def person(number: int, state: str = rules.ACTIVE, *, is_buyer: bool = False) -> rules.Person:
    return rules.Person(
        distributor=number, code=f"C{number}", name=f"P{number}", state=state, binding=number, is_buyer=is_buyer
    )


def shares(result: rules.Result, tier: int) -> list[int]:
    return [share.amount_fen for share in next(t for t in result.tiers if t.tier == tier).lines]


def test_rounding_happens_once_per_tier_and_ties_go_to_the_earlier_line():
    lines = [rules.Line(line=i, net_fen=n, base_fen=n, rates_ppm=(200_000,)) for i, n in enumerate([666, 667, 667])]
    result = rules.compute(lines=lines, paid_tiers=[1], cap_ppm=500_000)
    assert (result.total_fen, shares(result, 1)) == (400, [133, 134, 133])


def test_lines_of_different_rates_are_summed_before_rounding():
    lines = [
        rules.Line(line=1, net_fen=5, base_fen=5, rates_ppm=(100_000,)),
        rules.Line(line=2, net_fen=5, base_fen=5, rates_ppm=(125_000,)),
    ]
    result = rules.compute(lines=lines, paid_tiers=[1], cap_ppm=500_000)
    assert result.tiers[0].exact == Fraction(1125, 1000)
    assert shares(result, 1) == [0, 1]


def test_above_the_cap_every_tier_shrinks_in_proportion():
    lines = [rules.Line(line=1, net_fen=10_000, base_fen=10_000, rates_ppm=(400_000, 200_000))]
    result = rules.compute(lines=lines, paid_tiers=[1, 2], cap_ppm=300_000)
    assert result.limited_by == rules.CAP
    assert [(t.uncapped_fen, t.amount_fen) for t in result.tiers] == [(4_000, 2_000), (2_000, 1_000)]


def test_an_empty_tier_uses_up_none_of_the_cap():
    lines = [rules.Line(line=1, net_fen=10_000, base_fen=10_000, rates_ppm=(300_000, 300_000))]
    assert rules.compute(lines=lines, paid_tiers=[1], cap_ppm=300_000).total_fen == 3_000


def test_list_price_never_pays_out_more_than_was_paid_in():
    lines = [rules.Line(line=1, net_fen=100, base_fen=10_000, rates_ppm=(200_000,))]
    result = rules.compute(lines=lines, paid_tiers=[1], cap_ppm=500_000)
    assert (result.total_fen, result.limited_by) == (100, rules.PAID)


@pytest.mark.parametrize(
    ("basis", "net", "expected"),
    [("sales", 9_000, 9_000), ("profit", 9_000, 3_000), ("profit", 5_500, 0), ("list_price", 9_000, 12_000)],
)
def test_base_of_a_line(basis: str, net: int, expected: int):
    assert rules.base_fen(basis=basis, net_fen=net, list_fen=12_000, cost_fen=6_000) == expected


@pytest.mark.parametrize("basis", ["sales", "profit", "list_price"])
def test_what_was_free_earns_nothing(basis: str):
    assert rules.base_fen(basis=basis, net_fen=0, list_fen=6_000, cost_fen=0) == 0


def test_an_unknown_basis_is_a_fault():
    with pytest.raises(ValueError, match="basis"):
        rules.base_fen(basis="turnover", net_fen=1, list_fen=1, cost_fen=1)


@given(lines=order_lines(), tiers=st.integers(1, 3), cap=st.integers(0, rules.PPM))
def test_lines_sum_to_tiers_and_tiers_stay_within_every_limit(lines: list[rules.Line], tiers: int, cap: int):
    result = rules.compute(lines=lines, paid_tiers=range(1, tiers + 1), cap_ppm=cap)
    assert result.total_fen <= result.limit_fen <= min(result.base_fen, result.net_fen)
    assert result.total_fen * rules.PPM <= cap * result.base_fen
    for tier in result.tiers:
        assert sum(share.amount_fen for share in tier.lines) == tier.amount_fen == int(tier.exact)
        assert tier.amount_fen <= tier.uncapped_fen
        assert all(0 <= share.amount_fen - int(share.exact) <= 1 for share in tier.lines)
        assert all(share.amount_fen == 0 for share in tier.lines if share.exact == 0)


@given(
    amount=AMOUNTS,
    net=st.integers(min_value=1, max_value=100_000),
    cuts=st.lists(st.integers(min_value=0, max_value=100_000), max_size=8),
)
def test_t52_any_sequence_of_refunds_ends_exactly(amount: int, net: int, cuts: list[int]):
    steps = [*sorted(min(cut, net) for cut in cuts), net]
    taken = [rules.reversed_fen(amount_fen=amount, refunded_fen=step, net_fen=net) for step in steps]
    assert taken == sorted(taken)
    assert taken[-1] == amount
    assert all(amount - back >= 0 for back in taken)


@given(net=st.integers(1, 5_000), amount=st.integers(0, 5_000), parts=st.lists(st.integers(1, 900), max_size=12))
def test_t52_a_refund_is_the_sum_of_its_pieces(net: int, amount: int, parts: list[int]):
    refunded = taken = 0
    for part in parts:
        step = rules.take_back(lines={7: (amount, net, refunded)}, refunds={7: part, 8: 5})
        assert set(step) == {7}
        refunded, taken = step[7]
    assert refunded == min(sum(parts), net)
    assert taken == rules.reversed_fen(amount_fen=amount, refunded_fen=refunded, net_fen=net)


def test_forfeit_leaves_the_place_of_a_suspended_person_empty():
    chain = [person(1), person(2, rules.SUSPENDED), person(3)]
    result = rules.places(chain=chain, tiers=3, missing_tier=rules.FORFEIT)
    assert [(p.person.distributor if p.person else None, p.why) for p in result] == [
        (1, "bound"), (None, "suspended"), (3, "bound"),
    ]  # fmt: skip


def test_roll_up_passes_over_those_who_may_not_earn():
    chain = [person(1), person(2, rules.REMOVED), person(3), person(4)]
    result = rules.places(chain=chain, tiers=3, missing_tier=rules.ROLL_UP)
    assert [(p.person.distributor if p.person else None, p.why) for p in result] == [
        (1, "bound"), (3, "rolled_up"), (4, "bound"),
    ]  # fmt: skip
    assert [p.distributor for p in result[1].skipped] == [2]


def test_roll_up_gives_what_is_left_to_the_top_of_the_chain_but_never_to_the_buyer():
    result = rules.places(chain=[person(1), person(2)], tiers=3, missing_tier=rules.ROLL_UP)
    assert [(p.person.distributor if p.person else None, p.why) for p in result][2] == (2, "top_of_chain")
    alone = rules.places(chain=[person(9, is_buyer=True)], tiers=3, missing_tier=rules.ROLL_UP)
    assert [(p.person.distributor if p.person else None, p.why) for p in alone] == [
        (9, "self"), (None, "missing"), (None, "missing"),
    ]  # fmt: skip


@given(
    states=st.lists(st.sampled_from([rules.ACTIVE, rules.SUSPENDED, rules.REMOVED]), max_size=6),
    tiers=st.integers(1, 3),
    missing=st.sampled_from([rules.FORFEIT, rules.ROLL_UP]),
)
def test_only_active_people_are_ever_placed(states: list[str], tiers: int, missing: str):
    chain = [person(i, state) for i, state in enumerate(states)]
    result = rules.places(chain=chain, tiers=tiers, missing_tier=missing)
    assert [place.tier for place in result] == list(range(1, tiers + 1))
    assert all(place.person is None or place.person.state == rules.ACTIVE for place in result)
    if missing == rules.ROLL_UP and rules.ACTIVE in states:
        assert all(place.person for place in result)
