"""Parcels, carriers and freight rules as plain data."""

import dataclasses
import datetime as dt
from typing import Any

from logistics.freight import RuleFacts
from logistics.models import Carrier, FreightRule, Parcel


@dataclasses.dataclass(frozen=True, kw_only=True)
class TraceView:
    """One scan."""

    at: dt.datetime
    text: str
    state: str
    state_label: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ParcelView:
    """A parcel with its scans, newest first. `contents`: [{"line": id, "name": …, "quantity": n}]."""

    no: str
    order_no: str
    carrier_code: str
    carrier_name: str
    carrier_phone: str
    tracking_no: str
    state: str
    state_label: str
    contents: list[dict[str, Any]]
    shipped_at: dt.datetime
    signed_at: dt.datetime | None
    traces: list[TraceView]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CarrierView:
    """An express company to choose."""

    code: str
    name: str


def parcels(*, order_no: str) -> list[ParcelView]:
    """The parcels of an order in the order they left. Two queries."""
    rows = Parcel.objects.filter(order_no=order_no).select_related("carrier").prefetch_related("traces").order_by("pk")
    return [_view(row) for row in rows]


def orders_with_tracking(*, tracking_no: str) -> list[str]:
    """The orders whose parcel carries this number, for searches."""
    return list(Parcel.objects.filter(tracking_no=tracking_no).values_list("order_no", flat=True))


def default_rule() -> RuleFacts | None:
    """The shop's freight rule; None while none is set, when delivery is free."""
    row = FreightRule.objects.filter(is_default=True).first()
    if row is None:
        return None
    return RuleFacts(
        first_weight_g=row.first_weight_g,
        first_fee_fen=row.first_fee_fen,
        further_weight_g=row.further_weight_g,
        further_fee_fen=row.further_fee_fen,
        free_over_fen=row.free_over_fen,
        provinces=row.provinces,
    )


def carriers() -> list[CarrierView]:
    """The carriers the shop ships with."""
    return [CarrierView(code=row.code, name=str(row.name)) for row in Carrier.objects.filter(is_active=True)]


def _view(row: Parcel) -> ParcelView:
    return ParcelView(
        no=row.no,
        order_no=row.order_no,
        carrier_code=row.carrier_id,
        carrier_name=row.carrier.name,
        carrier_phone=row.carrier.phone,
        tracking_no=row.tracking_no,
        state=row.state,
        state_label=row.get_state_display(),
        contents=row.contents,
        shipped_at=row.shipped_at,
        signed_at=row.signed_at,
        traces=[
            TraceView(at=t.at, text=t.text, state=t.state, state_label=t.get_state_display() if t.state else "")
            for t in row.traces.all()
        ],
    )
