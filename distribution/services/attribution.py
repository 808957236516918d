"""The snapshot an order takes at placement: who would earn from it, on what, at which rates.

Every later figure - estimate, reversal, statement, explanation, audit - follows from this one row, so nothing that
changes afterwards (bindings, rates, prices, costs) can move money of an order already placed.
"""

import datetime as dt
from typing import Any

from distribution import rules
from distribution.models import Attribution, ProductRate, Programme
from distribution.queries import chain as chains
from distribution.queries import programme as programmes
from mall.kernel.transactions import step
from orders import queries as orders


@step
def record(*, order_no: str, member_id: int, placed_at: dt.datetime) -> None:
    """Take the snapshot of an order, as everything stood at `placed_at`. Repeats are no-ops."""
    if Attribution.objects.filter(order_no=order_no).exists():
        return
    programme = programmes.at(placed_at)
    basis = orders.commission_basis(order_no=order_no)
    own = programmes.product_rates(product_ids=[line.product_id for line in basis.lines], when=placed_at)
    row = Attribution(
        order_no=order_no,
        buyer_id=member_id,
        programme=programme,
        chain=[_place(place) for place in chain_of(member_id=member_id, programme=programme, when=placed_at)],
        lines=[_line(line, programme, own.get(line.product_id)) for line in basis.lines],
        placed_at=placed_at,
    )
    Attribution.objects.bulk_create([row], ignore_conflicts=True)


def chain_of(*, member_id: int, programme: Programme, when: dt.datetime) -> tuple[rules.Place, ...]:
    """Who would take which tier of what this member bought at `when`."""
    hops = programme.tiers if programme.missing_tier == rules.FORFEIT else chains.MAX_CLIMB
    people = chains.above(member_id=member_id, when=when, hops=hops)
    buyer = chains.as_buyer(member_id=member_id) if programme.self_purchase == rules.REBATE else None
    return rules.places(
        chain=[buyer, *people] if buyer else people, tiers=programme.tiers, missing_tier=programme.missing_tier
    )


def _place(place: rules.Place) -> dict[str, Any]:
    person = place.person
    return {
        "tier": place.tier,
        "distributor": person.distributor if person else None,
        "code": person.code if person else "",
        "name": person.name if person else "",
        "binding": person.binding if person else None,
        "why": place.why,
        "skipped": [{"code": p.code, "name": p.name, "state": p.state} for p in place.skipped],
    }


def _line(line: orders.BasisLine, programme: Programme, own: ProductRate | None) -> dict[str, Any]:
    rates = own.rates_ppm if own else programme.rates_ppm
    return {
        "line": line.line,
        "product": line.product_id,
        "name": line.name,
        "quantity": line.quantity,
        "net_fen": line.net_fen,
        "list_fen": line.list_fen,
        "cost_fen": line.cost_fen,
        "base_fen": rules.base_fen(
            basis=programme.basis, net_fen=line.net_fen, list_fen=line.list_fen, cost_fen=line.cost_fen
        ),
        "rates_ppm": [rates[tier] if tier < len(rates) else 0 for tier in range(programme.tiers)],
        "source": f"product:{own.pk}" if own else f"programme:v{programme.version}",
    }
