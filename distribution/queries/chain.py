"""Who stands above a member, read from the dated bindings."""

import datetime as dt

from django.db import connection

from distribution import rules
from distribution.models import Distributor

# How far a roll-up looks for people who may earn; deeper chains end there.
MAX_CLIMB = 30


def above(*, member_id: int, when: dt.datetime, hops: int) -> list[rules.Person]:
    """The member's inviter, the inviter's inviter and so on as of `when`, at most `hops`, the nearest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE above (binding, inviter, hop) AS (
                   SELECT id, inviter_id, 1 FROM distribution_binding
                   WHERE member_id = %(member)s AND active_from <= %(when)s
                     AND (active_to IS NULL OR active_to > %(when)s)
                 UNION ALL
                   SELECT binding.id, binding.inviter_id, above.hop + 1
                   FROM above
                   JOIN distribution_distributor person ON person.id = above.inviter
                   JOIN distribution_binding binding ON binding.member_id = person.member_id
                        AND binding.active_from <= %(when)s AND (binding.active_to IS NULL OR binding.active_to > %(when)s)
                   WHERE above.hop < %(hops)s)
               SELECT above.binding, person.id, person.code, person.name, person.state
               FROM above JOIN distribution_distributor person ON person.id = above.inviter ORDER BY above.hop""",
            {"member": member_id, "when": when, "hops": hops},
        )
        return [
            rules.Person(binding=binding, distributor=pk, code=code, name=name, state=state)
            for binding, pk, code, name, state in cursor.fetchall()
        ]


def as_buyer(*, member_id: int) -> rules.Person | None:
    """The member as a person of their own chain, if they are an active distributor."""
    found = Distributor.objects.filter(member_id=member_id, state=Distributor.State.ACTIVE).first()
    if found is None:
        return None
    return rules.Person(
        binding=None, distributor=found.pk, code=found.code, name=found.name, state=found.state, is_buyer=True
    )
