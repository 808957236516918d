"""Orders as plain data: one with everything, and lists."""

import dataclasses
import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from logistics import queries as logistics_queries
from logistics.queries import ParcelView
from mall.kernel.errors import NotFound
from orders.models import LineAdjustment, Order, OrderLine, OrderLog, Refund, RefundLine
from orders.queries import refunds
from orders.queries.refunds import RefundView
from orders.states import OPEN_REFUNDS, OrderState

# The shopper's tabs.
TABS = {
    "all": Q(),
    "unpaid": Q(state=OrderState.UNPAID),
    "to_ship": Q(state__in=[OrderState.PAID, OrderState.APPROVED]),
    "to_receive": Q(state=OrderState.SHIPPED),
    "done": Q(state__in=[OrderState.SIGNED, OrderState.COMPLETED]),
}
COMMANDS = {
    "place": _("提交订单"),
    "pay": _("付款"),
    "approve": _("审核通过"),
    "ship": _("发货"),
    "sign": _("签收"),
    "complete": _("完成"),
    "cancel": _("取消"),
    "note": _("备注"),
    "surplus": _("多付款项原路退回"),
    "refund.apply": _("申请售后"),
    "refund.approve": _("同意售后"),
    "refund.reject": _("拒绝售后"),
    "refund.cancel": _("撤销售后"),
    "refund.send_back": _("寄回商品"),
    "refund.received": _("收到退货"),
    "refund.finish": _("退款到账"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdjustmentView:
    """One discount on one line."""

    kind: str
    rule: str
    label: str
    amount_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class LineView:
    """One line of an order. `refundable_*` is what no refund, open or done, has taken yet."""

    id: int
    sku_id: int
    product_id: int
    name: str
    sku_code: str
    specs: dict[str, Any]
    spec_text: str
    picture: str
    unit_price_fen: int
    quantity: int
    subtotal_fen: int
    discount_fen: int
    payable_fen: int
    refunded_fen: int
    refunding_fen: int
    refunded_quantity: int
    refunding_quantity: int
    adjustments: list[AdjustmentView]

    @property
    def refundable_fen(self) -> int:
        return self.payable_fen - self.refunded_fen - self.refunding_fen

    @property
    def refundable_quantity(self) -> int:
        return self.quantity - self.refunded_quantity - self.refunding_quantity


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogView:
    """One step of the order's history. `actor` is "member:12", "staff:owner", "system" or "carrier"."""

    command: str
    label: str
    to_state: str
    actor: str
    note: str
    at: dt.datetime

    @property
    def actor_label(self) -> str:
        """Who did it, in words."""
        kind, _colon, name = self.actor.partition(":")
        words = {"member": _("买家"), "system": _("系统"), "carrier": _("快递公司"), "api": _("接口 {name}")}
        return str(words.get(kind, name or kind)).format(name=name)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderCard:
    """An order in a list."""

    no: str
    member_id: int
    state: str
    state_label: str
    goods_total_fen: int
    discount_total_fen: int
    freight_fen: int
    payable_fen: int
    refunded_fen: int
    placed_at: dt.datetime
    expires_at: dt.datetime
    has_open_refund: bool
    lines: list[LineView]

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.lines)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderView(OrderCard):
    """An order with everything but its payments, which `payments.queries.payments_of(purpose="order")` tells."""

    recipient_name: str
    recipient_phone: str
    province: str
    city: str
    district: str
    street: str
    remark: str
    channel: str
    referral_code: str
    payment_no: str
    payment_method: str
    cancel_reason: str
    paid_at: dt.datetime | None
    approved_at: dt.datetime | None
    shipped_at: dt.datetime | None
    signed_at: dt.datetime | None
    completed_at: dt.datetime | None
    cancelled_at: dt.datetime | None
    timeline: list[LogView]
    parcels: list[ParcelView]
    refunds: list[RefundView]

    @property
    def can_pay(self) -> bool:
        return self.state == OrderState.UNPAID

    @property
    def can_cancel(self) -> bool:
        return self.state == OrderState.UNPAID

    @property
    def can_receive(self) -> bool:
        return self.state == OrderState.SHIPPED

    @property
    def can_refund(self) -> bool:
        paid = (OrderState.PAID, OrderState.APPROVED, OrderState.SHIPPED, OrderState.SIGNED)
        return self.state in paid and any(line.refundable_fen > 0 for line in self.lines)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrderPage:
    """One page of orders; `count` is the number on all pages."""

    items: list[OrderCard]
    count: int
    page: int
    page_size: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Badges:
    """How many orders wait in each tab; `refunds` counts orders with an open refund."""

    unpaid: int
    to_ship: int
    to_receive: int
    refunds: int


def order_view(*, order_no: str, member_id: int | None = None) -> OrderView:
    """One order, in at most seven queries. Raises NotFound, also for another member's order."""
    order = _one(Order.objects.prefetch_related(_lines(), "logs"), order_no, member_id)
    if order.paid_at is None:
        # Nothing is shipped or refunded before it was paid.
        parcels, claims = [], []
    else:
        parts = Prefetch("lines", RefundLine.objects.select_related("line"))
        claims = list(order.refunds.prefetch_related(parts, "order"))
        parcels = logistics_queries.parcels(order_no=order.no)
    return OrderView(
        **_common(order, has_open_refund=any(row.state in OPEN_REFUNDS for row in claims)),
        **{field: getattr(order, field) for field in _PLAIN},
        timeline=[_log(row) for row in order.logs.all()],
        parcels=parcels,
        refunds=[refunds.view(row) for row in claims],
    )


def order_card(*, order_no: str, member_id: int) -> OrderCard:
    """One order as in a list, in two queries. Raises NotFound, also for another member's order."""
    rows = Order.objects.annotate(has_open_refund=Exists(_open_refunds())).prefetch_related(_lines())
    order = _one(rows, order_no, member_id)
    return OrderCard(**_common(order, has_open_refund=order.has_open_refund))  # type: ignore[attr-defined]  # annotated


def order_state(*, order_no: str, member_id: int) -> str:
    """The state of a member's order, in one query. Raises NotFound, also for another member's order."""
    state = Order.objects.filter(no=order_no, member_id=member_id).values_list("state", flat=True).first()
    if state is None:
        raise NotFound
    return state


def orders_of(
    *, member_id: int, tab: str = "all", state: str = "", q: str = "", page: int = 1, page_size: int = 20
) -> OrderPage:
    """A member's orders, newest first. `tab`: all, unpaid, to_ship, to_receive, done, refunds. Three queries.

    `state` narrows them to one state of an order, `q` to those whose number or goods' names contain it.
    """
    orders = Order.objects.filter(member_id=member_id)
    if state:
        orders = orders.filter(state=state)
    if q:
        named = OrderLine.objects.filter(order=OuterRef("pk"), name__icontains=q)
        orders = orders.filter(Q(no__icontains=q) | Exists(named))
    orders = orders.filter(Exists(_open_refunds())) if tab == "refunds" else orders.filter(TABS.get(tab, Q()))
    return _page(orders.order_by("-placed_at", "-pk"), page, page_size)


def merchant_orders(
    *,
    state: str = "",
    updated_after: dt.datetime | None = None,
    referral_code: str = "",
    page: int = 1,
    page_size: int = 20,
) -> OrderPage:
    """All orders, newest first. `updated_after` keeps those whose history has a later entry."""
    orders = Order.objects.all()
    if state:
        orders = orders.filter(state=state)
    if referral_code:
        orders = orders.filter(referral_code=referral_code)
    if updated_after is not None:
        orders = orders.filter(Exists(OrderLog.objects.filter(order=OuterRef("pk"), at__gt=updated_after)))
    return _page(orders.order_by("-placed_at", "-pk"), page, page_size)


def badges(*, member_id: int) -> Badges:
    """The counts on the order icons of 我的. One query."""
    counts = Order.objects.filter(member_id=member_id).aggregate(
        **{tab: Count("pk", filter=TABS[tab]) for tab in ("unpaid", "to_ship", "to_receive")},
        refunds=Count("pk", filter=Exists(_open_refunds())),
    )
    return Badges(**counts)


_PLAIN = (
    "recipient_name",
    "recipient_phone",
    "province",
    "city",
    "district",
    "street",
    "remark",
    "channel",
    "referral_code",
    "payment_no",
    "payment_method",
    "cancel_reason",
    "paid_at",
    "approved_at",
    "shipped_at",
    "signed_at",
    "completed_at",
    "cancelled_at",
)


def _one(rows: QuerySet[Order], order_no: str, member_id: int | None) -> Order:
    owner = {} if member_id is None else {"member_id": member_id}
    order = rows.filter(no=order_no, **owner).first()
    if order is None:
        raise NotFound
    return order


def _lines() -> "Prefetch[Any, Any, Any]":
    """The lines of orders with their discounts, in one query."""
    discounts = LineAdjustment.objects.filter(line=OuterRef("pk")).order_by("pk")
    fields = JSONObject(kind="kind", rule="rule", label="label", amount_fen="amount_fen")
    return Prefetch("lines", OrderLine.objects.annotate(discounts=ArraySubquery(discounts.values(fields=fields))))


def _open_refunds() -> QuerySet[Refund]:
    return Refund.objects.filter(order=OuterRef("pk"), state__in=OPEN_REFUNDS)


def _page(orders: QuerySet[Order], page: int, page_size: int) -> OrderPage:
    start = (page - 1) * page_size
    rows = orders.annotate(has_open_refund=Exists(_open_refunds())).prefetch_related(_lines())
    return OrderPage(
        items=[
            OrderCard(**_common(row, has_open_refund=row.has_open_refund)) for row in rows[start : start + page_size]
        ],
        count=orders.order_by().count(),
        page=page,
        page_size=page_size,
    )


def _common(order: Order, *, has_open_refund: bool) -> dict[str, Any]:
    return {
        "no": order.no,
        "member_id": order.member_id,
        "state": order.state,
        "state_label": order.get_state_display(),
        "goods_total_fen": order.goods_total_fen,
        "discount_total_fen": order.discount_total_fen,
        "freight_fen": order.freight_fen,
        "payable_fen": order.payable_fen,
        "refunded_fen": order.refunded_fen,
        "placed_at": order.placed_at,
        "expires_at": order.expires_at,
        "has_open_refund": has_open_refund,
        "lines": [_line(line) for line in order.lines.all()],
    }


def _line(line: OrderLine) -> LineView:
    return LineView(
        id=line.pk,
        sku_id=line.sku_id,
        product_id=line.product_id,
        name=line.name,
        sku_code=line.sku_code,
        specs=line.specs,
        spec_text=" ".join(str(value) for value in line.specs.values()),
        picture=line.picture,
        unit_price_fen=line.unit_price_fen,
        quantity=line.quantity,
        subtotal_fen=line.subtotal_fen,
        discount_fen=line.discount_fen,
        payable_fen=line.payable_fen,
        refunded_fen=line.refunded_fen,
        refunding_fen=line.refunding_fen,
        refunded_quantity=line.refunded_quantity,
        refunding_quantity=line.refunding_quantity,
        adjustments=[AdjustmentView(**fields) for fields in line.discounts],  # type: ignore[attr-defined]  # annotated
    )


def _log(row: OrderLog) -> LogView:
    return LogView(
        command=row.command,
        label=str(COMMANDS.get(row.command, row.command)),
        to_state=row.to_state,
        actor=row.actor,
        note=row.note,
        at=row.at,
    )
