"""The transition tables of payments, refunds and transfers. Anything not listed does not happen."""

from mall.kernel.errors import StateConflict

# Money that arrived is money that arrived: a closed or failed payment may still turn out paid (a late notice).
PAYMENT = {
    "pending": {"succeeded", "failed", "closed", "unknown"},
    "unknown": {"pending", "succeeded", "failed", "closed"},
    "failed": {"succeeded"},
    "closed": {"succeeded"},
    "succeeded": set(),
}
# `requested` again means: the provider surely does not have it, send the same number once more.
REFUND = {
    "requested": {"sent", "succeeded", "abnormal"},
    "sent": {"requested", "succeeded", "abnormal"},
    "abnormal": {"requested", "succeeded"},
    "succeeded": set(),
}
TRANSFER = {
    "requested": {"sent", "awaiting_user", "succeeded", "failed"},
    "sent": {"requested", "awaiting_user", "succeeded", "failed"},
    "awaiting_user": {"sent", "succeeded", "failed"},
    "succeeded": set(),
    "failed": set(),
}


def may(table: dict[str, set[str]], *, old: str, new: str) -> bool:
    """Whether `table` allows the step."""
    return new in table[old]


def check(table: dict[str, set[str]], *, old: str, new: str) -> None:
    """Raise StateConflict unless `table` allows the step."""
    if not may(table, old=old, new=new):
        raise StateConflict(data={"old": old, "new": new})
