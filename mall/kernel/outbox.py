"""The transactional outbox: events and the deliveries they cause, effectively once, in order per aggregate.

`publish` writes the event and one delivery per subscriber in the caller's transaction, then pokes a worker on
commit; beat sweeps whatever a poke missed. `deliver_one` runs one reaction: its writes and the mark "done" commit
together, so a crash repeats it from scratch and never doubles it. A delivery whose aggregate and subscriber has an
earlier unfinished one waits: an order's events are seen in the order they happened.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from celery import current_app
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from mall.kernel import clock
from mall.kernel.errors import StateConflict
from mall.kernel.events import Event
from mall.kernel.models import Delivery, OutboxEvent
from mall.kernel.transactions import step, use_case

logger = logging.getLogger(__name__)

E = TypeVar("E", bound=Event)
Handler = Callable[[Any], object]

MAX_ATTEMPTS = 12
_subscriptions: dict[str, dict[str, Handler]] = defaultdict(dict)


class NotDead(StateConflict):
    """Only a delivery that was given up can be revived: the others run by themselves."""

    message = _("只有失败停止的投递可以重试")


def subscribe(event: type[E], name: str, handler: Callable[[E], object]) -> None:
    """Have `handler` react to `event` under the stable subscriber `name` (one per event). Only `mall.wiring` calls this."""
    if name in _subscriptions[event.name()]:
        raise ValueError(f"{name} already reacts to {event.name()}")
    _subscriptions[event.name()][name] = handler


def subscriptions() -> dict[str, list[str]]:
    """Event name -> subscriber names, for the docs and the doctor."""
    return {event: sorted(names) for event, names in _subscriptions.items()}


@step
def publish(event: Event, *, aggregate: str) -> None:
    """Record `event` of `aggregate` (such as `order:D2611…`) and owe it to its subscribers."""
    publish_many([(event, aggregate)])


@step
def publish_many(events: Sequence[tuple[Event, str]]) -> None:
    """Record many events with their aggregates, in this order, in a fixed number of statements."""
    rows = OutboxEvent.objects.bulk_create(
        OutboxEvent(name=event.name(), aggregate=aggregate, payload=event.to_json()) for event, aggregate in events
    )
    due = clock.now()
    deliveries = [
        Delivery(event=row, subscriber=name, aggregate=row.aggregate, due_at=due)
        for row in rows
        for name in _subscriptions.get(row.name, {})
    ]
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
        transaction.on_commit(_poke, robust=True)


def _poke() -> None:
    """Wake a worker. Without a broker nothing is lost: the sweep finds the delivery."""
    current_app.send_task("mall.kernel.tasks.deliver", ignore_result=True, retry=False)


def deliver_one(*, at: dt.datetime) -> bool:
    """Run the next due delivery, if any. True when one was taken, whether it succeeded or failed."""
    delivery_id = 0
    try:
        with transaction.atomic(durable=True):
            delivery = _take(at)
            if delivery is None:
                return False
            delivery_id = delivery.pk
            event = Event.registry[delivery.event.name].from_json(delivery.event.payload)
            _subscriptions[delivery.event.name][delivery.subscriber](event)
            delivery.state = Delivery.State.DONE
            delivery.done_at = at
            delivery.attempts += 1
            delivery.save(update_fields=["state", "done_at", "attempts"])
    except Exception as error:
        if not delivery_id:
            raise
        _record_failure(delivery_id, error, at)
    return True


def _take(at: dt.datetime) -> Delivery | None:
    earlier = Delivery.objects.filter(
        aggregate=OuterRef("aggregate"), subscriber=OuterRef("subscriber"), pk__lt=OuterRef("pk")
    ).exclude(state=Delivery.State.DONE)
    return (
        Delivery.objects.filter(state=Delivery.State.PENDING, due_at__lte=at)
        .exclude(Exists(earlier))
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("event")
        .order_by("due_at", "pk")
        .first()
    )


def _record_failure(delivery_id: int, error: Exception, at: dt.datetime) -> None:
    with transaction.atomic(durable=True):
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
        if delivery.state != Delivery.State.PENDING:
            return
        delivery.attempts += 1
        delivery.error = f"{type(error).__name__}: {error}"[:2000]
        delivery.due_at = at + dt.timedelta(seconds=min(2**delivery.attempts, 3600))
        if delivery.attempts >= MAX_ATTEMPTS:
            delivery.state = Delivery.State.DEAD
        delivery.save(update_fields=["attempts", "error", "due_at", "state"])
    logger.error("delivery %s failed (attempt %s)", delivery_id, delivery.attempts, exc_info=error)


def deliver_due(*, limit: int = 500) -> int:
    """Run due deliveries until none is left or `limit` is reached; how many were taken."""
    for taken in range(limit):
        if not deliver_one(at=clock.now()):
            return taken
    return limit


def dead_count() -> int:
    """Deliveries that failed too often and wait for a person."""
    return Delivery.objects.filter(state=Delivery.State.DEAD).count()


@use_case
def revive(*, delivery_id: int, at: dt.datetime) -> None:
    """Let a delivery that was given up run again, with all its attempts. Raises NotDead for any other."""
    revived = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.DEAD).update(
        state=Delivery.State.PENDING, attempts=0, due_at=at
    )
    if not revived:
        raise NotDead
    transaction.on_commit(_poke, robust=True)
