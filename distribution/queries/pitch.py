"""What helps a distributor to promote: what each product would earn, and how one branch of the team stands."""

import dataclasses
import datetime as dt
from collections.abc import Iterable

from catalog.models import SKU
from distribution import rules
from distribution.models import Distributor, TeamNode
from distribution.queries import commissions, team
from distribution.queries import programme as programmes
from mall.kernel.errors import NotFound
from members import queries as members


@dataclasses.dataclass(frozen=True, kw_only=True)
class Branch:
    """A direct member of the viewer's team: who, and everybody below as counts only."""

    distributor_id: int
    name_masked: str
    phone_masked: str
    avatar: str
    level_text: str
    state: str
    state_text: str
    joined_at: dt.datetime
    summary: team.TeamSummary


def earnings_of(*, product_ids: Iterable[int], at: dt.datetime) -> dict[int, int]:
    """Product id -> “预计赚” in fen: the most one unit of any of its SKUs would earn at tier 1 now. Three statements."""
    basis = programmes.at(at).basis
    best: dict[int, tuple[int, tuple[int, int, int]]] = {}
    for sku in SKU.objects.filter(product__in=set(product_ids), is_active=True):
        listed = sku.market_price_fen or sku.price_fen
        base = rules.base_fen(basis=basis, net_fen=sku.price_fen, list_fen=listed, cost_fen=sku.cost_fen)
        best[sku.product_id] = max(
            best.get(sku.product_id, (0, (0, 0, 0))), (base, (sku.price_fen, listed, sku.cost_fen))
        )
    return commissions.previews_fen(goods={product: amounts for product, (_base, amounts) in best.items()}, at=at)


def branch(*, viewer_id: int, distributor_id: int, at: dt.datetime) -> Branch:
    """One direct member. Raises NotFound for anybody who is not directly below the viewer."""
    node = (
        TeamNode.objects.select_related("distributor")
        .filter(distributor=distributor_id, parent__distributor=viewer_id)
        .first()
    )
    if node is None:
        raise NotFound
    person: Distributor = node.distributor
    facts = members.member_facts(member_ids=[person.member_id]).get(person.member_id)
    return Branch(
        distributor_id=person.pk,
        name_masked=commissions.mask_name(person.name),
        phone_masked=facts.phone_masked if facts else "",
        avatar=facts.avatar if facts else "",
        level_text=person.get_level_display(),
        state=person.state,
        state_text=person.get_state_display(),
        joined_at=person.joined_at,
        summary=team.summary(distributor_id=person.pk, at=at),
    )


def inviter_name(*, code: str) -> str:
    """The masked name behind a promotion code, empty when nobody active has it."""
    name = Distributor.objects.filter(code=code, state=Distributor.State.ACTIVE).values_list("name", flat=True).first()
    return commissions.mask_name(name) if name else ""
