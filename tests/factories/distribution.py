"""Distributors, bindings and programmes for tests: `shop(...)`-style helpers over the real services."""

import datetime as dt
import itertools
from typing import Any

from django.contrib.auth import get_user_model

from distribution.models import Binding, Distributor, Programme
from distribution.queries import programme as programmes
from distribution.services import binding, programme

NOW = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
JOINED = NOW - dt.timedelta(days=400)

_numbers = itertools.count(1)


def member(**fields: Any) -> int:
    """A fresh member's id."""
    number = next(_numbers)
    return get_user_model().objects.create_user(f"member{number}", nickname=f"会员{number}", **fields).pk


def distributor(*, inviter: Distributor | None = None, at: dt.datetime = JOINED, **fields: Any) -> Distributor:
    """An active distributor, brought by `inviter`."""
    number = next(_numbers)
    person = Distributor.objects.create(
        member_id=member(), code=f"D{number:05d}", name=f"分销商{number}", joined_at=at, **fields
    )
    if inviter:
        bind(person.member_id, inviter, at=at)
    return person


def bind(member_id: int, inviter: Distributor, *, at: dt.datetime = JOINED) -> Binding:
    """Bind through the service."""
    return binding.bind(member_id=member_id, code=inviter.code, source="link", actor="test", at=at)


def chain(length: int) -> list[Distributor]:
    """`length` distributors, each brought by the next: the first is the nearest to a buyer."""
    people: list[Distributor] = []
    for _ in range(length):
        people.insert(0, distributor(inviter=people[0] if people else None))
    return people


def publish(*, at: dt.datetime = JOINED, **changes: Any) -> Programme:
    """A new version in force: the current one with `changes`. Three tiers are acknowledged."""
    data = programme.data_of(programmes.current())
    values = {**vars(data), "acknowledged_by": "staff:owner", **changes}
    if "rates_ppm" in changes:
        values["tiers"] = len(changes["rates_ppm"])
    return programme.publish(data=programme.ProgrammeData(**values), reason="测试", by="staff:owner", at=at)
