"""What members publish."""

import dataclasses
import datetime as dt

from mall.kernel.events import Event


@dataclasses.dataclass(frozen=True, kw_only=True)
class MemberRegistered(Event):
    """A new account exists."""

    member_id: int
    registered_at: dt.datetime
