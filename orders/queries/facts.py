"""What other domains ask about orders, and the order policy."""

import dataclasses
import datetime as dt
from collections.abc import Collection

from mall.kernel.errors import NotFound
from orders.models import Order, OrderPolicy, Refund
from orders.states import OPEN_REFUNDS


@dataclasses.dataclass(frozen=True, kw_only=True)
class PolicyFacts:
    """The merchant's settings for orders."""

    unpaid_minutes: int
    auto_approve: bool
    receive_days: int
    after_sale_days: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class BasisLine:
    """One line as commission sees it, all amounts for the whole line in fen; freight is in none of them."""

    line: int
    product_id: int
    name: str
    quantity: int
    net_fen: int
    list_fen: int
    cost_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CommissionBasis:
    """The frozen facts an order's commission is computed from."""

    order_no: str
    member_id: int
    placed_at: dt.datetime
    lines: list[BasisLine]


def policy() -> PolicyFacts:
    """The order policy; the defaults until the merchant saves one."""
    row = OrderPolicy.objects.filter(pk=1).first() or OrderPolicy(pk=1)
    return PolicyFacts(
        unpaid_minutes=row.unpaid_minutes,
        auto_approve=row.auto_approve,
        receive_days=row.receive_days,
        after_sale_days=row.after_sale_days,
    )


def commission_basis(*, order_no: str) -> CommissionBasis:
    """What an order's lines brought in, before any refund. Two queries. Raises NotFound."""
    order = Order.objects.filter(no=order_no).first()
    if order is None:
        raise NotFound
    return CommissionBasis(
        order_no=order.no,
        member_id=order.member_id,
        placed_at=order.placed_at,
        lines=[
            BasisLine(
                line=line.pk,
                product_id=line.product_id,
                name=line.name,
                quantity=line.quantity,
                net_fen=line.payable_fen,
                list_fen=line.list_price_fen * line.quantity,
                cost_fen=line.cost_fen * line.quantity,
            )
            for line in order.lines.all()
        ],
    )


def with_open_refunds(*, order_nos: Collection[str]) -> set[str]:
    """Those of `order_nos` that have a refund not yet finished."""
    found = Refund.objects.filter(order__no__in=list(order_nos), state__in=OPEN_REFUNDS)
    return set(found.values_list("order__no", flat=True))
