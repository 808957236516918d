"""Distributors, dated bindings, dated rules, commissions, the ledger, settlement and withdrawals."""

from distribution.commission_models import (
    Attribution,
    Commission,
    CommissionLine,
    Reversal,
)
from distribution.ledger_models import Account, Entry, Journal
from distribution.member_models import (
    Application,
    Binding,
    Distributor,
    TeamNode,
)
from distribution.payout_models import SettlementRun, Statement, StatementLine, Withdrawal, WithdrawalLog
from distribution.programme_models import ProductRate, Programme

__all__ = [
    "Account",
    "Application",
    "Attribution",
    "Binding",
    "Commission",
    "CommissionLine",
    "Distributor",
    "Entry",
    "Journal",
    "ProductRate",
    "Programme",
    "Reversal",
    "SettlementRun",
    "Statement",
    "StatementLine",
    "TeamNode",
    "Withdrawal",
    "WithdrawalLog",
]
