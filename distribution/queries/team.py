"""A distributor's team: direct members by name (masked), everybody below as counts and sums only."""

import dataclasses
import datetime as dt

from django.db import connection
from django.db.models import Count, F, Q, Sum

from distribution.models import Binding, Commission, Distributor, TeamNode
from mall.kernel.errors import NotFound
from members import queries as members


@dataclasses.dataclass(frozen=True, kw_only=True)
class TeamSummary:
    """Distributors by distance below, members bound directly, and what direct sales came to (fen, not reversed)."""

    direct: int
    second: int
    deeper: int
    customers: int
    orders: int
    sales_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class TeamMember:
    """A distributor below. `below` counts everybody under them; sales are those they brought themselves."""

    distributor_id: int
    name_masked: str
    phone_masked: str
    avatar: str
    level: str
    level_text: str
    state: str
    joined_at: dt.datetime
    below: int
    orders: int
    sales_fen: int


def summary(*, distributor_id: int, at: dt.datetime) -> TeamSummary:
    """The team in figures, from the tree (a few seconds behind the bindings)."""
    own = TeamNode.objects.filter(distributor=distributor_id).first()
    counts = {"direct": 0, "second": 0, "whole": 0}
    if own:
        below = TeamNode.objects.filter(tree_id=own.tree_id, lft__gt=own.lft, rght__lt=own.rght)
        counts = below.aggregate(
            direct=Count("pk", filter=Q(level=own.level + 1)),
            second=Count("pk", filter=Q(level=own.level + 2)),
            whole=Count("pk"),
        )
    bound = Binding.objects.filter(Q(active_to=None) | Q(active_to__gt=at), inviter=distributor_id, active_from__lte=at)
    orders, sales = _sales([distributor_id]).get(distributor_id, (0, 0))
    return TeamSummary(
        direct=counts["direct"],
        second=counts["second"],
        deeper=counts["whole"] - counts["direct"] - counts["second"],
        customers=bound.count(),
        orders=orders,
        sales_fen=sales,
    )


def members_of(
    *, viewer_id: int, distributor_id: int | None = None, offset: int = 0, limit: int = 50
) -> list[TeamMember]:
    """The direct members of a distributor, the newest first: the viewer's own, or those of one of the viewer's direct
    members (two levels are shown, no more). Raises NotFound for anybody else's."""
    wanted = viewer_id if distributor_id is None else distributor_id
    if wanted != viewer_id and not _is_direct(viewer_id, wanted):
        raise NotFound
    nodes = list(
        TeamNode.objects.filter(parent__distributor=wanted)
        .select_related("distributor")
        .order_by("-distributor__joined_at", "-pk")[offset : offset + limit]
    )
    facts = members.member_facts(member_ids=[node.distributor.member_id for node in nodes])
    sales = _sales([node.distributor_id for node in nodes])
    return [_member(node, facts.get(node.distributor.member_id), sales) for node in nodes]


def _is_direct(viewer_id: int, distributor_id: int) -> bool:
    return bool(TeamNode.objects.filter(distributor=distributor_id, parent__distributor=viewer_id).exists())


def _member(node: TeamNode, facts: members.MemberFacts | None, sales: dict[int, tuple[int, int]]) -> TeamMember:
    person: Distributor = node.distributor
    orders, sales_fen = sales.get(person.pk, (0, 0))
    return TeamMember(
        distributor_id=person.pk,
        name_masked=person.name[:1] + "**",
        phone_masked=facts.phone_masked if facts else "",
        avatar=facts.avatar if facts else "",
        level=person.level,
        level_text=person.get_level_display(),
        state=person.state,
        joined_at=person.joined_at,
        below=(node.rght - node.lft - 1) // 2,
        orders=orders,
        sales_fen=sales_fen,
    )


def _sales(distributor_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Orders and sums each brought directly (tier 1), those fully refunded left out."""
    rows = (
        Commission.objects.filter(distributor__in=distributor_ids, tier=1, amount_fen__gt=F("reversed_fen"))
        .values_list("distributor")
        .annotate(orders=Count("pk"), sales=Sum("base_fen"))
    )
    return {distributor: (orders, sales) for distributor, orders, sales in rows}


def depth() -> int:
    """Levels of the deepest tree, for the compliance report."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(level) + 1, 0) FROM distribution_teamnode")
        return int(cursor.fetchone()[0])
