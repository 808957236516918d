"""The pricing engine: worked examples, and properties that must hold for any cart."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing.pricing import engine
from marketing.pricing.types import Basket, CouponOffer, Freight, FullReductionOffer, Item, Step


def item(line: int, unit_price_fen: int, quantity: int = 1) -> Item:
    return Item(
        line=line,
        sku_id=100 + line,
        product_id=10 + line,
        category_id=1,
        quantity=quantity,
        unit_price_fen=unit_price_fen,
        list_price_fen=unit_price_fen,
        cost_fen=0,
        weight_g=500,
    )


def coupon(amount_fen: int, threshold_fen: int = 0) -> CouponOffer:
    return CouponOffer(rule="coupon:1", label="券", amount_fen=amount_fen, threshold_fen=threshold_fen)


def reduction(*steps: tuple[int, int], rule: str = "reduction:1") -> FullReductionOffer:
    return FullReductionOffer(rule=rule, label="满减", steps=tuple(Step(threshold_fen=t, off_fen=o) for t, o in steps))


def test_example_b_a_coupon_over_three_equal_lines() -> None:
    quote = engine.price(Basket(items=(item(1, 1000), item(2, 1000), item(3, 1000)), coupon=coupon(1000)))

    assert [line.discount_fen for line in quote.lines] == [334, 333, 333]
    assert [line.payable_fen for line in quote.lines] == [666, 667, 667]
    assert (quote.goods_total_fen, quote.discount_total_fen, quote.payable_fen) == (3000, 1000, 2000)


def test_the_highest_step_reached_applies_once() -> None:
    offer = reduction((10_000, 500), (20_000, 2000), (50_000, 8000))

    assert engine.price(Basket(items=(item(1, 9_999),), reductions=(offer,))).discount_total_fen == 0
    assert engine.price(Basket(items=(item(1, 10_000),), reductions=(offer,))).discount_total_fen == 500
    assert engine.price(Basket(items=(item(1, 45_000),), reductions=(offer,))).discount_total_fen == 2000


def test_of_two_reductions_the_better_one_applies_alone() -> None:
    offers = (reduction((100, 10)), reduction((100, 30), rule="reduction:2"))

    quote = engine.price(Basket(items=(item(1, 1000),), reductions=offers))

    assert [(a.rule, a.amount_fen) for a in quote.lines[0].adjustments] == [("reduction:2", 30)]


def test_a_coupon_counts_what_is_left_after_reductions() -> None:
    basket = Basket(items=(item(1, 10_000),), reductions=(reduction((10_000, 1)),), coupon=coupon(500, 10_000))

    assert engine.price(basket).discount_total_fen == 1
    assert engine.price(dataclasses.replace(basket, reductions=())).discount_total_fen == 500


def test_a_coupon_worth_more_than_the_goods_never_pays_the_freight() -> None:
    quote = engine.price(Basket(items=(item(1, 300),), coupon=coupon(1000), freight=Freight(fee_fen=800)))

    assert (quote.discount_total_fen, quote.payable_fen) == (300, 800)


def test_free_freight_is_judged_on_the_goods_after_discounts() -> None:
    terms = Freight(fee_fen=800, free_over_fen=9900)

    assert engine.price(Basket(items=(item(1, 9900),), freight=terms)).freight_fen == 0
    assert engine.price(Basket(items=(item(1, 9900),), freight=terms, coupon=coupon(1))).freight_fen == 800


@pytest.mark.parametrize(("price_fen", "quantity"), [(-1, 1), (100, 0), (100, -5)])
def test_t12_nonsense_is_refused(price_fen: int, quantity: int) -> None:
    with pytest.raises(ValueError, match="positive quantities"):
        engine.price(Basket(items=(item(1, price_fen, quantity),)))


amounts = st.integers(0, 2_000_000)
items = st.lists(st.tuples(amounts, st.integers(1, 10_000)), min_size=1, max_size=50)
steps = st.lists(st.tuples(amounts, amounts), max_size=4)


@given(items, st.lists(steps, max_size=3), st.none() | st.tuples(amounts, amounts), amounts, amounts)
def test_t16_lines_sum_to_the_totals_and_nothing_is_negative(
    goods: list[tuple[int, int]],
    reductions: list[list[tuple[int, int]]],
    coupon_terms: tuple[int, int] | None,
    fee: int,
    free_over: int,
) -> None:
    basket = Basket(
        items=tuple(item(n, price, quantity) for n, (price, quantity) in enumerate(goods)),
        reductions=tuple(reduction(*s, rule=f"reduction:{n}") for n, s in enumerate(reductions)),
        coupon=coupon(*coupon_terms) if coupon_terms else None,
        freight=Freight(fee_fen=fee, free_over_fen=free_over),
    )

    quote = engine.price(basket)

    assert all(line.payable_fen >= 0 for line in quote.lines)
    assert all(a.amount_fen > 0 for line in quote.lines for a in line.adjustments)
    assert sum(line.payable_fen for line in quote.lines) + quote.freight_fen == quote.payable_fen
    assert quote.goods_total_fen == sum(price * quantity for price, quantity in goods)
    goods_fen = quote.goods_total_fen
    reduced = max((o for s in reductions for t, o in s if goods_fen >= t), default=0)
    left = goods_fen - min(reduced, goods_fen)
    taken = min(coupon_terms[0], left) if coupon_terms and left >= coupon_terms[1] else 0
    assert quote.discount_total_fen == goods_fen - left + taken
    assert engine.price(basket) == quote


def test_the_fingerprint_changes_with_every_promise() -> None:
    basket = Basket(items=(item(1, 1000), item(2, 2000)), coupon=coupon(100), freight=Freight(fee_fen=800))
    original = engine.fingerprint(engine.price(basket), key="a")
    variants = [
        dataclasses.replace(basket, items=(item(1, 1001), item(2, 1999))),
        dataclasses.replace(basket, items=(item(1, 1000, 2), item(2, 1000))),
        dataclasses.replace(basket, coupon=None, reductions=(reduction((1, 100)),)),
        dataclasses.replace(basket, freight=Freight(fee_fen=799)),
    ]

    assert engine.fingerprint(engine.price(basket), key="a") == original
    assert engine.fingerprint(engine.price(basket), key="b") != original
    assert all(engine.fingerprint(engine.price(v), key="a") != original for v in variants)
