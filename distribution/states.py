"""The life of a withdrawal. Anything not listed does not happen."""

from mall.kernel.errors import StateConflict

REQUESTED, APPROVED, SENDING, AWAITING_USER = "requested", "approved", "sending", "awaiting_user"
PAID, FAILED, REFUSED, CANCELLED = "paid", "failed", "refused", "cancelled"

WITHDRAWAL = {
    REQUESTED: {APPROVED, REFUSED, CANCELLED},
    APPROVED: {SENDING},
    SENDING: {AWAITING_USER, PAID, FAILED},
    AWAITING_USER: {PAID, FAILED},
    PAID: set(),
    FAILED: set(),
    REFUSED: set(),
    CANCELLED: set(),
}
OPEN = (REQUESTED, APPROVED, SENDING, AWAITING_USER)
FINAL = (PAID, FAILED, REFUSED, CANCELLED)
# The money is back where it came from.
RETURNED = (FAILED, REFUSED, CANCELLED)


def check(*, old: str, new: str) -> None:
    """Raise StateConflict unless a withdrawal may go from `old` to `new`."""
    if new not in WITHDRAWAL[old]:
        raise StateConflict(data={"old": old, "new": new})
