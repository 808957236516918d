"""The outbox: effectively once, in order per aggregate, whatever fails in between."""

import dataclasses
import datetime as dt
import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from mall.kernel import clock, outbox
from mall.kernel.events import Event
from mall.kernel.models import Delivery, Notice
from mall.kernel.transactions import TransactionRequired


@dataclasses.dataclass(frozen=True, kw_only=True)
class ThingHappened(Event):
    number: int
    at: dt.datetime


@pytest.fixture
def reactions(monkeypatch):
    """Subscribe for one test only."""
    monkeypatch.setattr(outbox, "_subscriptions", {ThingHappened.name(): {}})
    return lambda name, handler: outbox._subscriptions[ThingHappened.name()].update({name: handler})


def publish(number, aggregate="thing:1"):
    with transaction.atomic():
        outbox.publish(ThingHappened(number=number, at=clock.now()), aggregate=aggregate)


def note(event):
    Notice.objects.create(kind="thing", ref=f"{event.number}", title="seen")


@pytest.mark.django_db
def test_publish_needs_a_transaction():
    with pytest.raises(TransactionRequired):
        outbox.publish(ThingHappened(number=1, at=clock.now()), aggregate="thing:1")


@pytest.mark.django_db
def test_a_reaction_sees_the_event_as_published(reactions, drain):
    seen = []
    reactions("collect", seen.append)
    moment = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
    with transaction.atomic():
        outbox.publish(ThingHappened(number=7, at=moment), aggregate="thing:1")
    assert drain() == 1
    assert seen == [ThingHappened(number=7, at=moment)]
    assert drain() == 0


@pytest.mark.django_db
def test_a_failing_reaction_leaves_nothing_and_is_tried_again(reactions, drain):
    broken = True

    def react(event):
        note(event)
        if broken:
            raise ValueError("no luck")

    reactions("react", react)
    publish(1)
    drain()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("pending", 1)
    assert "no luck" in delivery.error
    assert not Notice.objects.exists()
    broken = False
    assert outbox.deliver_one(at=delivery.due_at)
    assert Notice.objects.count() == 1


@pytest.mark.django_db
def test_later_events_of_an_aggregate_wait_for_the_earlier(reactions, drain):
    seen = []

    def react(event):
        if event.number == 1 and not seen:
            seen.append("failed")
            raise ValueError("not yet")
        seen.append(event.number)

    reactions("react", react)
    publish(1)
    publish(2)
    publish(3, aggregate="thing:2")
    drain()
    assert seen == ["failed", 3]
    later = clock.now() + dt.timedelta(minutes=1)
    while outbox.deliver_one(at=later):
        pass
    assert seen == ["failed", 3, 1, 2]


@pytest.mark.django_db
def test_after_the_last_attempt_a_delivery_stops_and_blocks_its_aggregate(reactions):
    reactions("react", lambda event: 1 / 0)
    publish(1)
    at = clock.now()
    for _ in range(outbox.MAX_ATTEMPTS):
        at += dt.timedelta(hours=2)
        assert outbox.deliver_one(at=at)
    assert Delivery.objects.get().state == "dead"
    assert not outbox.deliver_one(at=at + dt.timedelta(days=1))


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_four_workers_with_failures_take_every_delivery_once_and_in_order(reactions):
    order: dict[str, list[int]] = {f"thing:{n}": [] for n in range(8)}
    failures = Counter()
    lock = threading.Lock()

    def react(event):
        key = f"thing:{event.number % 8}"
        with lock:
            failures[event.number] += 1
            fail = failures[event.number] == 1 and event.number % 3 == 0
        note(event)
        if fail:
            raise RuntimeError("injected")
        with lock:
            order[key].append(event.number)

    reactions("react", react)
    for number in range(80):
        publish(number, aggregate=f"thing:{number % 8}")

    def work():
        try:
            for ahead in (0, 60, 120, 600, 6000):
                while outbox.deliver_one(at=clock.now() + dt.timedelta(seconds=ahead)):
                    pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work()
    assert Delivery.objects.exclude(state="done").count() == 0
    assert Notice.objects.count() == 80
    assert all(numbers == sorted(numbers) and len(numbers) == 10 for numbers in order.values())
