"""The price decisions, one function each: `step(quote, basket) -> quote`. A step only ever lowers what is left."""

import dataclasses

from mall.kernel import money
from marketing.pricing.types import Adjustment, Basket, FullReductionOffer, PricedLine, Quote

FULL_REDUCTION = "full_reduction"
COUPON = "coupon"


def full_reduction(quote: Quote, basket: Basket) -> Quote:
    """满减: of the running reductions the one that takes most off applies, once, with its highest step reached."""
    goods_fen = _left(quote)
    best = max(basket.reductions, key=lambda offer: _off(offer, goods_fen), default=None)
    if best is None:
        return quote
    return _take_off(quote, _off(best, goods_fen), kind=FULL_REDUCTION, rule=best.rule, label=best.label)


def coupon(quote: Quote, basket: Basket) -> Quote:
    """The chosen coupon, if the goods after earlier reductions reach its threshold. Never more than is left."""
    offer = basket.coupon
    if offer is None or _left(quote) < offer.threshold_fen:
        return quote
    return _take_off(quote, offer.amount_fen, kind=COUPON, rule=offer.rule, label=offer.label)


def freight(quote: Quote, basket: Basket) -> Quote:
    """Delivery, free when the goods after all discounts reach the rule's sum."""
    terms = basket.freight
    is_free = terms.free_over_fen > 0 and _left(quote) >= terms.free_over_fen
    return dataclasses.replace(quote, freight_fen=0 if is_free else terms.fee_fen)


def _left(quote: Quote) -> int:
    return sum(line.payable_fen for line in quote.lines)


def _off(offer: FullReductionOffer, goods_fen: int) -> int:
    return max((s.off_fen for s in offer.steps if goods_fen >= s.threshold_fen), default=0)


def _take_off(quote: Quote, amount_fen: int, *, kind: str, rule: str, label: str) -> Quote:
    """Spread at most what is left over the lines, weighted by what each still costs; ties go to the earlier line."""
    amount_fen = min(amount_fen, _left(quote))
    if amount_fen <= 0:
        return quote
    parts = money.allocate(amount_fen, [line.payable_fen for line in quote.lines])
    return dataclasses.replace(
        quote,
        lines=tuple(
            _adjusted(line, Adjustment(kind=kind, rule=rule, label=label, amount_fen=part))
            for line, part in zip(quote.lines, parts, strict=True)
        ),
    )


def _adjusted(line: PricedLine, adjustment: Adjustment) -> PricedLine:
    if not adjustment.amount_fen:
        return line
    return dataclasses.replace(line, adjustments=(*line.adjustments, adjustment))
