"""All invariants of the shop, in the order they are reported."""

from catalog import audit as catalog
from distribution import audit as distribution
from mall.kernel import audit_checks as kernel
from mall.kernel.audit import Check
from marketing import audit as marketing
from orders import audit as orders
from payments import audit as payments

CHECKS: list[Check] = [
    *catalog.CHECKS,
    *marketing.CHECKS,
    *orders.CHECKS,
    *payments.CHECKS,
    *distribution.CHECKS,
    *kernel.CHECKS,
]
