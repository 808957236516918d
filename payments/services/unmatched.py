"""Money nobody could assign: a person decides, writes down what was done, and the row leaves the work list."""

import datetime as dt

from mall.kernel.errors import NotFound, StateConflict
from mall.kernel.transactions import use_case
from payments.models import UnmatchedPayment


@use_case
def resolve(*, unmatched_id: int, resolution: str, actor: str, at: dt.datetime) -> None:
    """Close a work item with what was done about it. Raises NotFound, StateConflict when it is closed already."""
    row = UnmatchedPayment.objects.select_for_update().filter(pk=unmatched_id).first()
    if row is None:
        raise NotFound
    if row.resolved_at is not None:
        raise StateConflict
    row.resolved_at = at
    row.resolution = f"{actor}: {resolution}"[:200]
    row.save(update_fields=["resolved_at", "resolution"])
