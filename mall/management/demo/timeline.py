"""A queue of things that happen at their moment: history is told in the order of time, and stops at the present."""

import datetime as dt
import heapq
from collections.abc import Callable

from mall.kernel import outbox

Happening = Callable[[dt.datetime], object]


class Timeline:
    """Happenings by moment. What would happen after `end` never does: that is how orders stand half-way today."""

    def __init__(self, *, end: dt.datetime) -> None:
        self.end = end
        self._queue: list[tuple[dt.datetime, int, Happening]] = []
        self._count = 0

    def at(self, moment: dt.datetime, happening: Happening) -> None:
        """Let something happen at `moment`, which it is told."""
        if moment <= self.end:
            self._count += 1
            heapq.heappush(self._queue, (moment, self._count, happening))

    @property
    def length(self) -> int:
        """How many things wait to happen, as far as is known."""
        return len(self._queue)

    def __iter__(self) -> "Timeline":
        return self

    def __next__(self) -> dt.datetime:
        """Let the next thing happen and every reaction to it; its moment."""
        if not self._queue:
            raise StopIteration
        moment, _number, happening = heapq.heappop(self._queue)
        happening(moment)
        while outbox.deliver_due():
            pass
        return moment
