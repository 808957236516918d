"""A distributor's figures at a glance."""

import dataclasses
import datetime as dt

from django.db.models import F, Sum

from distribution import ledger
from distribution.models import Commission, Distributor
from mall.kernel import clock
from mall.kernel.errors import NotFound


@dataclasses.dataclass(frozen=True, kw_only=True)
class Balances:
    """All in fen. `payable` is settled and waits for pay day; `withdrawable` is never negative, `debt` says the rest."""

    estimated: int
    frozen: int
    payable: int
    withdrawable: int
    withdrawing: int
    paid: int
    debt: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Overview:
    """Who the distributor is and how they stand. Earnings are net of what refunds took back, by day of payment."""

    distributor_id: int
    member_id: int
    code: str
    name: str
    level: str
    state: str
    state_reason: str
    joined_at: dt.datetime
    balances: Balances
    earned_today_fen: int
    earned_month_fen: int
    earned_total_fen: int


def distributor_of(*, member_id: int) -> Distributor | None:
    """The member as a distributor, whatever their state; None for a shopper who never became one."""
    return Distributor.objects.filter(member_id=member_id).first()


def balances(*, distributor_id: int) -> Balances:
    """The public balances from the ledger's buckets."""
    held = ledger.balances(distributor_id=distributor_id)
    return Balances(
        estimated=held["estimated"],
        frozen=held["frozen"],
        payable=held["payable"],
        withdrawable=max(held["available"], 0),
        withdrawing=held["withdrawing"],
        paid=held["paid"],
        debt=max(-held["available"], 0),
    )


def overview(*, member_id: int, at: dt.datetime) -> Overview:
    """The head of the promotion centre. Raises NotFound for a member who is no distributor."""
    person = distributor_of(member_id=member_id)
    if person is None:
        raise NotFound
    today = clock.day_start(clock.local_date(at))
    return Overview(
        distributor_id=person.pk,
        member_id=person.member_id,
        code=person.code,
        name=person.name,
        level=person.level,
        state=person.state,
        state_reason=person.state_reason,
        joined_at=person.joined_at,
        balances=balances(distributor_id=person.pk),
        earned_today_fen=_earned(person.pk, today),
        earned_month_fen=_earned(person.pk, today.replace(day=1)),
        earned_total_fen=_earned(person.pk, None),
    )


def _earned(distributor_id: int, since: dt.datetime | None) -> int:
    rows = Commission.objects.filter(distributor=distributor_id)
    if since:
        rows = rows.filter(earned_at__gte=since)
    return rows.aggregate(total=Sum(F("amount_fen") - F("reversed_fen")))["total"] or 0
