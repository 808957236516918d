"""Everything the faces and other domains read about carts, orders and refunds, as plain data."""

from orders.queries.carts import CartItemView, CartView, cart_count, cart_view
from orders.queries.facts import (
    BasisLine,
    CommissionBasis,
    PolicyFacts,
    commission_basis,
    policy,
    with_open_refunds,
)
from orders.queries.orders import (
    AdjustmentView,
    Badges,
    LineView,
    LogView,
    OrderCard,
    OrderPage,
    OrderView,
    badges,
    merchant_orders,
    order_view,
    orders_of,
)
from orders.queries.refunds import (
    RefundLineView,
    RefundPage,
    RefundView,
    merchant_refunds,
    refund_view,
    refunds_of,
)

__all__ = [
    "AdjustmentView",
    "Badges",
    "BasisLine",
    "CartItemView",
    "CartView",
    "CommissionBasis",
    "LineView",
    "LogView",
    "OrderCard",
    "OrderPage",
    "OrderView",
    "PolicyFacts",
    "RefundLineView",
    "RefundPage",
    "RefundView",
    "badges",
    "cart_count",
    "cart_view",
    "commission_basis",
    "merchant_orders",
    "merchant_refunds",
    "order_view",
    "orders_of",
    "policy",
    "refund_view",
    "refunds_of",
    "with_open_refunds",
]
