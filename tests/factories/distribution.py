"""Distributors, bindings and programmes for tests: `shop(...)`-style helpers over the real services."""

import datetime as dt
import itertools
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from catalog.models import SKU
from distribution.models import Binding, Commission, Distributor, Programme
from distribution.queries import programme as programmes
from distribution.services import attribution, binding, commission, programme
from orders.models import Order, OrderLine, Refund
from tests.factories import catalog

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


def order(
    buyer: int,
    *nets: int,
    at: dt.datetime = NOW,
    freight_fen: int = 0,
    cost_fen: int = 0,
    list_fen: int = 0,
    sku: SKU | None = None,
) -> Order:
    """An order of one unit per line that paid `nets` fen; list prices default to what was paid, costs to nothing.

    `sku` is what its only line sells; without it every line sells a product of its own.
    """
    goods = [max(list_fen, net) for net in nets]
    row = Order.objects.create(
        no=f"D{next(_numbers):08d}",
        member_id=buyer,
        goods_total_fen=sum(goods),
        discount_total_fen=sum(goods) - sum(nets),
        freight_fen=freight_fen,
        payable_fen=sum(nets) + freight_fen,
        recipient_name="王小明",
        recipient_phone="13800138000",
        province="浙江省",
        city="杭州市",
        district="西湖区",
        street="文三路 1 号",
        fingerprint="-",
        placed_at=at,
        expires_at=at + dt.timedelta(minutes=30),
    )
    for position, (net, whole) in enumerate(zip(nets, goods, strict=True), start=1):
        sold = sku or catalog.sku(price_fen=whole, cost_fen=cost_fen)
        OrderLine.objects.create(
            order=row,
            position=position,
            sku=sold,
            product_id=sold.product_id,
            category_id=sold.product.category_id,
            name=sold.product.name,
            sku_code=sold.code,
            unit_price_fen=whole,
            list_price_fen=whole,
            cost_fen=cost_fen,
            quantity=1,
            subtotal_fen=whole,
            discount_fen=whole - net,
            payable_fen=net,
        )
    with transaction.atomic():
        attribution.record(order_no=row.no, member_id=buyer, placed_at=at)
    return row


def pay(order: Order, *, at: dt.datetime = NOW) -> list[Commission]:
    """The order is paid: its commissions by tier."""
    with transaction.atomic():
        commission.earn(order_no=order.no, at=at)
    return commissions(order)


def sign(order: Order, *, at: dt.datetime = NOW) -> None:
    """The buyer has the goods."""
    with transaction.atomic():
        commission.start_cooling(order_no=order.no, at=at)


def refund(order: Order, parts: dict[int, int], *, at: dt.datetime = NOW, no: str = "") -> None:
    """Money of some lines (position -> fen) went back."""
    ids = dict(order.lines.values_list("position", "pk"))
    lines = [{"line": ids[position], "amount_fen": fen} for position, fen in parts.items()]
    with transaction.atomic():
        commission.reverse(order_no=order.no, refund_no=no or f"R{next(_numbers):08d}", lines=lines, at=at)


def open_refund(order: Order, *, at: dt.datetime = NOW) -> Refund:
    """An after-sale claim nobody has answered yet."""
    return Refund.objects.create(
        no=f"R{next(_numbers):08d}", order=order, kind="refund", amount_fen=1, reason="不想要了", applied_at=at
    )


def commissions(order: Order) -> list[Commission]:
    """The order's commissions by tier, fresh from the database."""
    return list(Commission.objects.filter(order_no=order.no).order_by("tier"))
