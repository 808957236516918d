"""Refunds as plain data."""

import dataclasses
import datetime as dt

from django.db.models import QuerySet

from mall.kernel.errors import NotFound
from orders.models import Refund
from orders.states import RefundState


@dataclasses.dataclass(frozen=True, kw_only=True)
class RefundLineView:
    """How much of which line goes back."""

    line: int
    name: str
    spec_text: str
    picture: str
    quantity: int
    amount_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class RefundView:
    """A refund. `amount_fen` includes `freight_fen`."""

    no: str
    order_no: str
    member_id: int
    kind: str
    kind_label: str
    state: str
    state_label: str
    amount_fen: int
    freight_fen: int
    reason: str
    description: str
    photos: list[str]
    answer: str
    return_carrier: str
    return_tracking_no: str
    applied_at: dt.datetime
    handled_at: dt.datetime | None
    refunded_at: dt.datetime | None
    lines: list[RefundLineView]

    @property
    def can_cancel(self) -> bool:
        """The shopper may still withdraw the claim."""
        return self.state in (RefundState.APPLIED, RefundState.APPROVED)

    @property
    def can_send_back(self) -> bool:
        """The shop waits for the shopper to send the goods."""
        return self.kind == Refund.Kind.RETURN and self.state == RefundState.APPROVED


@dataclasses.dataclass(frozen=True, kw_only=True)
class RefundPage:
    """One page of refunds; `count` is the number on all pages."""

    items: list[RefundView]
    count: int
    page: int
    page_size: int


def refund_view(*, refund_no: str, member_id: int | None = None) -> RefundView:
    """One refund. Raises NotFound, also for another member's."""
    owner = {} if member_id is None else {"order__member_id": member_id}
    row = _rows().filter(no=refund_no, **owner).first()
    if row is None:
        raise NotFound
    return view(row)


def refunds_of(*, member_id: int, page: int = 1, page_size: int = 20) -> RefundPage:
    """A member's refunds, newest first."""
    return _page(_rows().filter(order__member_id=member_id), page, page_size)


def merchant_refunds(*, state: str = "", order_no: str = "", page: int = 1, page_size: int = 20) -> RefundPage:
    """All refunds, newest first, narrowed by state and order."""
    rows = _rows()
    if state:
        rows = rows.filter(state=state)
    if order_no:
        rows = rows.filter(order__no=order_no)
    return _page(rows, page, page_size)


def view(row: Refund) -> RefundView:
    """A refund with its order and lines already fetched, as plain data."""
    return RefundView(
        no=row.no,
        order_no=row.order.no,
        member_id=row.order.member_id,
        kind=row.kind,
        kind_label=row.get_kind_display(),
        state=row.state,
        state_label=row.get_state_display(),
        amount_fen=row.amount_fen,
        freight_fen=row.freight_fen,
        reason=row.reason,
        description=row.description,
        photos=row.photos,
        answer=row.answer,
        return_carrier=row.return_carrier,
        return_tracking_no=row.return_tracking_no,
        applied_at=row.applied_at,
        handled_at=row.handled_at,
        refunded_at=row.refunded_at,
        lines=[
            RefundLineView(
                line=part.line_id,
                name=part.line.name,
                spec_text=" ".join(str(value) for value in part.line.specs.values()),
                picture=part.line.picture,
                quantity=part.quantity,
                amount_fen=part.amount_fen,
            )
            for part in row.lines.all()
        ],
    )


def _rows() -> QuerySet[Refund]:
    return Refund.objects.select_related("order").prefetch_related("lines__line").order_by("-pk")


def _page(rows: QuerySet[Refund], page: int, page_size: int) -> RefundPage:
    start = (page - 1) * page_size
    return RefundPage(
        items=[view(row) for row in rows[start : start + page_size]],
        count=rows.order_by().count(),
        page=page,
        page_size=page_size,
    )
