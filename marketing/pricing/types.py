"""What goes into the engine and what comes out. All amounts are integer fen; nothing here touches a database."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Item:
    """One SKU to price. `line` is the caller's own key, handed back untouched."""

    line: int
    sku_id: int
    product_id: int
    category_id: int
    quantity: int
    unit_price_fen: int
    list_price_fen: int
    cost_fen: int
    weight_g: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """Spend `threshold_fen` or more and `off_fen` comes off."""

    threshold_fen: int
    off_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class FullReductionOffer:
    """满减: the highest step reached applies, once."""

    rule: str
    label: str
    steps: tuple[Step, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CouponOffer:
    """A coupon the member chose: off the goods after earlier reductions, above a threshold."""

    rule: str
    label: str
    amount_fen: int
    threshold_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Freight:
    """What delivery costs, already worked out for the address by logistics."""

    fee_fen: int
    free_over_fen: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Basket:
    """Everything a price depends on."""

    items: tuple[Item, ...]
    reductions: tuple[FullReductionOffer, ...] = ()
    coupon: CouponOffer | None = None
    freight: Freight = Freight(fee_fen=0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Adjustment:
    """One decision on one line: which rule took `amount_fen` off."""

    kind: str
    rule: str
    label: str
    amount_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PricedLine:
    """One priced item. payable = subtotal - sum of adjustments, never negative."""

    item: Item
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def subtotal_fen(self) -> int:
        return self.item.unit_price_fen * self.item.quantity

    @property
    def discount_fen(self) -> int:
        return sum(a.amount_fen for a in self.adjustments)

    @property
    def payable_fen(self) -> int:
        return self.subtotal_fen - self.discount_fen


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quote:
    """A priced basket. `fingerprint` changes whenever anything the shopper was promised changes."""

    lines: tuple[PricedLine, ...]
    freight_fen: int = 0

    @property
    def goods_total_fen(self) -> int:
        return sum(line.subtotal_fen for line in self.lines)

    @property
    def discount_total_fen(self) -> int:
        return sum(line.discount_fen for line in self.lines)

    @property
    def payable_fen(self) -> int:
        return self.goods_total_fen - self.discount_total_fen + self.freight_fen
