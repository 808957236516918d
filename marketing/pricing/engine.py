"""The one place where a price is made: product page, cart, checkout and placement all come here."""

import hashlib
import json

from marketing.pricing import steps
from marketing.pricing.types import Basket, PricedLine, Quote

STEPS = (steps.full_reduction, steps.coupon, steps.freight)


def price(basket: Basket) -> Quote:
    """Price a basket, all amounts in fen.

    Every discount is allocated to the lines to the fen, so the sums of the lines are the totals and each line knows
    what it can be refunded for. Raises ValueError for a quantity below one or a negative price.
    """
    if any(i.quantity < 1 or i.unit_price_fen < 0 for i in basket.items):
        raise ValueError("a basket holds positive quantities at non-negative prices")
    quote = Quote(lines=tuple(PricedLine(item=item) for item in basket.items))
    for step in STEPS:
        quote = step(quote, basket)
    return quote


def fingerprint(quote: Quote, *, key: str) -> str:
    """A SHA-256 over everything the shopper was promised: each line's SKU, quantity, price and discounts, and freight.

    `key` adds what the promise depends on beyond the quote (address, delivery). The order of the lines matters.
    """
    promised = {
        "lines": [
            [
                line.item.sku_id,
                line.item.quantity,
                line.item.unit_price_fen,
                [[a.kind, a.rule, a.label, a.amount_fen] for a in line.adjustments],
            ]
            for line in quote.lines
        ],
        "freight": quote.freight_fen,
        "payable": quote.payable_fen,
        "key": key,
    }
    text = json.dumps(promised, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
