"""Orders, refunds and the order policy in the back office."""

from orders.admin.orders import OrderAdmin
from orders.admin.policy import OrderPolicyAdmin
from orders.admin.refunds import RefundAdmin

__all__ = ["OrderAdmin", "OrderPolicyAdmin", "RefundAdmin"]
