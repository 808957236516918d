"""The merchant's view of distribution: rules, people, who brought whom, commissions and the books.

History is read-only. What staff may do - publish rules, move a binding, suspend a distributor - is a form over a
service that asks for a reason and leaves a row behind.
"""

from distribution.admin import commissions, ledger, payout, people, programme

__all__ = ["commissions", "ledger", "payout", "people", "programme"]
