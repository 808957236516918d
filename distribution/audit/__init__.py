"""Invariants of distribution, in the order they are reported."""

from distribution.audit import books, payout
from mall.kernel.audit import Check

CHECKS: list[Check] = [*books.CHECKS, *payout.CHECKS]
