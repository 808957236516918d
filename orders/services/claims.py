"""How much of an order a refund may take: pure arithmetic on locked rows, all amounts in fen."""

import dataclasses
from collections.abc import Sequence

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from mall.kernel.errors import DomainError, NotFound
from orders.models import Order, OrderLine
from orders.states import OPEN_REFUNDS, OrderState

UNSHIPPED = (OrderState.PAID, OrderState.APPROVED)


class RefundTooLarge(DomainError):
    """More units or more money than the line still has. `data` says how much that is."""

    code = "refund_too_large"
    status = 409
    message = _("退款数量或金额超过可退范围")


class NothingToRefund(DomainError):
    """The claim names no line, or comes to ¥0."""

    code = "nothing_to_refund"
    message = _("没有可退的金额")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClaimLine:
    """What a shopper wants back of one line. `amount_fen` None: the share of the units; `quantity` 0: money only."""

    line: int
    quantity: int
    amount_fen: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """What a refund takes of one line."""

    line: OrderLine
    quantity: int
    amount_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a claim would bring back now; `amount_fen` includes the freight."""

    parts: list[Part]
    freight_fen: int

    @property
    def amount_fen(self) -> int:
        return sum(part.amount_fen for part in self.parts) + self.freight_fen


def estimate(*, order_no: str, member_id: int, claim: Sequence[ClaimLine]) -> Estimate:
    """The claim's worth before it is made, by the arithmetic that will decide it. Three queries.

    Raises NotFound, NothingToRefund, RefundTooLarge.
    """
    order = Order.objects.filter(no=order_no, member_id=member_id).first()
    if order is None:
        raise NotFound
    rows = list(order.lines.all())
    found = parts(rows, claim)
    for part in found:
        part.line.refunding_fen += part.amount_fen
        part.line.refunding_quantity += part.quantity
    return Estimate(parts=found, freight_fen=freight_due(order, rows, open_freight_fen=open_freight(order)))


def open_freight(order: Order) -> int:
    """The freight that refunds on their way already carry."""
    return order.refunds.filter(state__in=OPEN_REFUNDS).aggregate(n=Sum("freight_fen"))["n"] or 0


def parts(lines: Sequence[OrderLine], claim: Sequence[ClaimLine]) -> list[Part]:
    """The claim against the order's locked lines, in line order.

    Without an amount a part is the units' share of the line's net price, rounded down; the last units take the rest,
    so partial refunds in any order come to the price exactly. Raises NothingToRefund, RefundTooLarge.
    """
    by_id = {line.pk: line for line in lines}
    if not claim or len({c.line for c in claim}) != len(claim) or any(c.line not in by_id for c in claim):
        raise NothingToRefund(attr="lines")
    found = [_part(by_id[c.line], c) for c in claim]
    return sorted(found, key=lambda part: part.line.position)


def freight_due(order: Order, lines: Sequence[OrderLine], *, open_freight_fen: int) -> int:
    """The freight to return with a refund that is already counted in `lines`: all of what is left of it when nothing
    was shipped and no unit and nothing of the goods' price stays with the shop, else 0."""
    if order.state not in UNSHIPPED or any(left_fen(line) or left_quantity(line) for line in lines):
        return 0
    return order.freight_fen - order.refunded_freight_fen - open_freight_fen


def left_fen(line: OrderLine) -> int:
    """What no refund, open or done, has taken of the line's price."""
    return line.payable_fen - line.refunded_fen - line.refunding_fen


def left_quantity(line: OrderLine) -> int:
    """The units no refund, open or done, has taken."""
    return line.quantity - line.refunded_quantity - line.refunding_quantity


def _part(line: OrderLine, claim: ClaimLine) -> Part:
    most, units = left_fen(line), left_quantity(line)
    amount = claim.amount_fen
    if any(type(n) is not int or n < 0 for n in (claim.quantity, 0 if amount is None else amount)):
        raise NothingToRefund(attr="lines")
    if claim.quantity > units or (amount or 0) > most:
        raise RefundTooLarge(attr="lines", data={"line": line.pk, "amount_fen": most, "quantity": units})
    if amount is None:
        share = line.payable_fen * claim.quantity // line.quantity
        amount = most if claim.quantity == units else min(share, most)
    return Part(line=line, quantity=claim.quantity, amount_fen=amount)
