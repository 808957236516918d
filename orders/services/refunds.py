"""A refund's life: applied, approved, perhaps returned, paid back.

What a refund may take is reserved on its lines when it is applied for (`refunding_*`) and booked when the money has
gone back (`refunded_*`), both under the order's lock with CHECKs behind them, so claims never add up to more than was
paid, whoever sends how many at once.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.services import stock
from mall.kernel import money, notices, numbers, outbox
from mall.kernel.errors import DomainError, NotFound
from mall.kernel.transactions import step, use_case
from orders.events import OrderRefunded
from orders.models import Order, OrderLine, Refund, RefundLine
from orders.services import cancel as order_cancel
from orders.services import claims, lifecycle
from orders.services.claims import ClaimLine
from orders.states import REFUND_TRANSITIONS, OrderState, RefundCommand, RefundState
from payments.services import refunds as provider_refunds

__all__ = ["ClaimLine"]

Kind = Refund.Kind
SHIPPED = (OrderState.SHIPPED, OrderState.SIGNED)
MAX_PHOTOS = 6


class RefundStateConflict(DomainError):
    """The refund's state does not allow the command. `data["state"]` says where it is."""

    code = "refund_state"
    status = 409
    message = _("售后当前状态不能这样操作，请刷新后再试")


class NotRefundable(DomainError):
    """The order is unpaid (cancel it), past its after-sale window, or was never sent (nothing to return)."""

    code = "order_state"
    status = 409
    message = _("订单当前状态不能申请该售后")


@use_case
def apply(
    *,
    order_no: str,
    kind: str,
    lines: Sequence[ClaimLine],
    reason: str,
    actor: str,
    at: dt.datetime,
    member_id: int | None = None,
    description: str = "",
    photos: Sequence[str] = (),
) -> str:
    """Claim money back, with (`return`) or without (`refund`) the goods; the refund's number.

    Freight comes back with the claim that completes the refund of an order not yet shipped. The staff
    (`member_id` None) may also claim on a completed order. Raises NotFound, NotRefundable, NothingToRefund,
    RefundTooLarge.
    """
    order = lifecycle.lock(order_no=order_no, member_id=member_id)
    _check_state(order, kind, is_staff=member_id is None)
    refund = _write(order, kind, lines, reason, actor, at, description=description, photos=photos)
    if member_id is not None:
        notices.post(kind="refund_applied", ref=refund.no, title=str(_("新的售后申请")), body=f"{order.no} {reason}")
    return refund.no


@step
def _write(
    order: Order,
    kind: str,
    lines: Sequence[ClaimLine],
    reason: str,
    actor: str,
    at: dt.datetime,
    *,
    description: str = "",
    photos: Sequence[str] = (),
) -> Refund:
    rows = list(order.lines.select_for_update().order_by("pk"))
    found = claims.parts(rows, lines)
    for part in found:
        part.line.refunding_fen += part.amount_fen
        part.line.refunding_quantity += part.quantity
    freight_fen = claims.freight_due(order, rows, open_freight_fen=claims.open_freight(order))
    amount_fen = sum(part.amount_fen for part in found) + freight_fen
    if amount_fen <= 0:
        raise claims.NothingToRefund(attr="lines")
    refund = Refund.objects.create(
        no=numbers.new(numbers.REFUND, at),
        order=order,
        kind=kind,
        amount_fen=amount_fen,
        freight_fen=freight_fen,
        reason=reason[:60],
        description=description[:200],
        photos=list(photos)[:MAX_PHOTOS],
        applied_at=at,
    )
    RefundLine.objects.bulk_create(
        RefundLine(refund=refund, line=part.line, quantity=part.quantity, amount_fen=part.amount_fen) for part in found
    )
    _save_lines([part.line for part in found])
    _log(refund, "refund.apply", actor, at, note=reason)
    return refund


def _check_state(order: Order, kind: str, *, is_staff: bool) -> None:
    allowed = {Kind.REFUND.value: (*claims.UNSHIPPED, *SHIPPED), Kind.RETURN.value: SHIPPED}.get(kind)
    if allowed is None:
        raise NotRefundable(attr="kind")
    if order.state not in allowed and not (is_staff and order.state == OrderState.COMPLETED):
        raise NotRefundable(data={"state": order.state})


@use_case
def approve(*, refund_no: str, actor: str, at: dt.datetime, amount_fen: int | None = None, answer: str = "") -> None:
    """Agree, if need be to less than was asked (`amount_fen`, freight included; the goods' part comes first).

    Money goes back at once for kind `refund`, and after the goods have come for `return`.
    Raises NotFound, RefundStateConflict, RefundTooLarge.
    """
    order, refund = _lock(refund_no)
    _agree(order, refund, amount_fen, answer, actor, at)


@step
def _agree(order: Order, refund: Refund, amount_fen: int | None, answer: str, actor: str, at: dt.datetime) -> None:
    _move(refund, RefundCommand.APPROVE, answer=answer[:200], handled_by=actor[:60], handled_at=at)
    _settle_amount(order, refund, amount_fen)
    _log(refund, "refund.approve", actor, at, note=money.yuan(refund.amount_fen))
    if refund.kind == Kind.REFUND:
        _pay_back(order, refund, at)
    else:
        _tell(order, refund, str(_("售后已同意，请寄回商品并填写运单号")))


@step
def _settle_amount(order: Order, refund: Refund, amount_fen: int | None) -> None:
    """Fix what is paid: the freight part lapses when the order shipped or other claims were taken back meanwhile."""
    rows = list(order.lines.select_for_update().order_by("pk"))
    goods_fen = refund.amount_fen - refund.freight_fen
    freight_fen = min(refund.freight_fen, claims.freight_due(order, rows, open_freight_fen=0))
    wanted = goods_fen + freight_fen if amount_fen is None else amount_fen
    if type(wanted) is not int or not 0 < wanted <= goods_fen + freight_fen:
        raise claims.RefundTooLarge(attr="amount", data={"amount_fen": goods_fen + freight_fen})
    parts = list(refund.lines.order_by("line__position"))
    by_id = {line.pk: line for line in rows}
    for part, agreed in zip(parts, money.allocate(min(wanted, goods_fen), [p.amount_fen for p in parts]), strict=True):
        by_id[part.line_id].refunding_fen -= part.amount_fen - agreed
        part.amount_fen = agreed
    RefundLine.objects.bulk_update(parts, ["amount_fen"])
    _save_lines(rows)
    refund.amount_fen, refund.freight_fen = wanted, max(0, wanted - goods_fen)
    refund.save(update_fields=["amount_fen", "freight_fen"])


@use_case
def reject(*, refund_no: str, reason: str, actor: str, at: dt.datetime) -> None:
    """Refuse the claim, or returned goods; what it held on the lines is free again. Raises NotFound, RefundStateConflict."""
    order, refund = _lock(refund_no)
    _move(refund, RefundCommand.REJECT, answer=reason[:200], handled_by=actor[:60], handled_at=at)
    _let_go(refund)
    _log(refund, "refund.reject", actor, at, note=reason)
    _tell(order, refund, str(_("售后申请未通过：%(reason)s") % {"reason": reason}))


@use_case
def cancel(*, refund_no: str, member_id: int, at: dt.datetime) -> None:
    """The shopper takes the claim back. Raises NotFound, RefundStateConflict."""
    _order, refund = _lock(refund_no, member_id=member_id)
    _move(refund, RefundCommand.CANCEL)
    _let_go(refund)
    _log(refund, "refund.cancel", f"member:{member_id}", at)


@use_case
def return_parcel(*, refund_no: str, member_id: int, carrier: str, tracking_no: str, at: dt.datetime) -> None:
    """The shopper says how the goods are coming back. Raises NotFound, RefundStateConflict (also for kind `refund`)."""
    _order, refund = _lock(refund_no, member_id=member_id)
    if refund.kind != Kind.RETURN:
        raise RefundStateConflict(data={"state": refund.state})
    _move(refund, RefundCommand.SEND_BACK, return_carrier=carrier[:20], return_tracking_no=tracking_no[:40])
    _log(refund, "refund.send_back", f"member:{member_id}", at, note=f"{carrier} {tracking_no}")


@use_case
def received(*, refund_no: str, actor: str, at: dt.datetime) -> None:
    """The returned goods are here: pay back. Raises NotFound, RefundStateConflict."""
    order, refund = _lock(refund_no)
    if refund.kind != Kind.RETURN:
        raise RefundStateConflict(data={"state": refund.state})
    _log(refund, "refund.received", actor, at)
    _pay_back(order, refund, at)


@use_case
def refund_whole(*, order_no: str, reason: str, actor: str, at: dt.datetime) -> str:
    """The shop calls off a paid order that has not shipped: everything not yet refunded goes back; the refund's number.

    An order of ¥0 is cancelled at once and gives "". Raises NotFound, NotRefundable, NothingToRefund.
    """
    order = lifecycle.lock(order_no=order_no)
    if order.state not in claims.UNSHIPPED:
        raise NotRefundable(data={"state": order.state})
    if order.payable_fen == order.refunded_fen:
        order_cancel.close(order=order, actor=actor, reason=reason, at=at)
        return ""
    rows = list(order.lines.all())
    claim = [
        ClaimLine(line=row.pk, quantity=claims.left_quantity(row))
        for row in rows
        if claims.left_quantity(row) or claims.left_fen(row)
    ]
    refund = _write(order, Kind.REFUND.value, claim, reason, actor, at)
    _agree(order, refund, None, reason, actor, at)
    return refund.no


@step
def confirm(*, refund_no: str, at: dt.datetime) -> None:
    """The money is back with the shopper. Books it on lines and order, restocks, publishes; repeats are no-ops.

    An order refunded completely before it shipped is cancelled. Raises NotFound.
    """
    order, refund = _lock(refund_no)
    if refund.state == RefundState.REFUNDED:
        return
    _move(refund, RefundCommand.FINISH, refunded_at=at)
    rows = {line.pk: line for line in order.lines.select_for_update().order_by("pk")}
    parts = list(refund.lines.order_by("line__sku_id"))
    for part in parts:
        line = rows[part.line_id]
        line.refunding_fen -= part.amount_fen
        line.refunding_quantity -= part.quantity
        line.refunded_fen += part.amount_fen
        line.refunded_quantity += part.quantity
    _save_lines(rows.values())
    order.refunded_fen += refund.amount_fen
    order.refunded_freight_fen += refund.freight_fen
    order.save(update_fields=["refunded_fen", "refunded_freight_fen"])
    is_full = all(line.refunded_fen == line.payable_fen for line in rows.values())
    _log(refund, "refund.finish", "system", at, note=money.yuan(refund.amount_fen))
    event = OrderRefunded(
        refund_no=refund.no,
        order_no=order.no,
        lines=[{"line": part.line_id, "amount_fen": part.amount_fen} for part in parts],
        is_full=is_full,
        refunded_at=at,
    )
    outbox.publish(event, aggregate=f"order:{order.no}")
    _tell(order, refund, str(_("退款 ¥%(amount)s 已原路退回") % {"amount": money.yuan(refund.amount_fen)}))
    if order.state in claims.UNSHIPPED:
        if order.refunded_fen == order.payable_fen or all(r.refunded_quantity == r.quantity for r in rows.values()):
            order_cancel.close(order=order, actor="system", reason=str(_("发货前已全部退款")), at=at)
    elif refund.kind == Kind.RETURN:
        _restock(refund, parts, rows, at)


@step
def _restock(refund: Refund, parts: Sequence[RefundLine], rows: dict[int, OrderLine], at: dt.datetime) -> None:
    for part in parts:
        if part.quantity:
            stock.restock(
                ref=refund.no,
                sku_id=rows[part.line_id].sku_id,
                quantity=part.quantity,
                actor=refund.handled_by or "system",
                at=at,
                reason=str(_("退货入库")),
            )


@step
def _lock(refund_no: str, member_id: int | None = None) -> tuple[Order, Refund]:
    order_no = Refund.objects.filter(no=refund_no).values_list("order__no", flat=True).first()
    if order_no is None:
        raise NotFound
    order = lifecycle.lock(order_no=order_no, member_id=member_id)
    refund = Refund.objects.select_for_update().get(no=refund_no)
    refund.order = order
    return order, refund


@step
def _move(refund: Refund, command: RefundCommand, **facts: Any) -> None:
    target = REFUND_TRANSITIONS.get((RefundState(refund.state), command))
    if target is None:
        raise RefundStateConflict(data={"state": refund.state})
    refund.state = target.value
    for field, value in facts.items():
        setattr(refund, field, value)
    refund.save(update_fields=["state", *facts])


@step
def _pay_back(order: Order, refund: Refund, at: dt.datetime) -> None:
    _move(refund, RefundCommand.PAY_BACK)
    provider_refunds.request(
        payment_no=order.payment_no, ref=refund.no, amount_fen=refund.amount_fen, reason=refund.reason, at=at
    )


@step
def _let_go(refund: Refund) -> None:
    rows = {line.pk: line for line in refund.order.lines.select_for_update().order_by("pk")}
    for part in refund.lines.all():
        rows[part.line_id].refunding_fen -= part.amount_fen
        rows[part.line_id].refunding_quantity -= part.quantity
    _save_lines(rows.values())


@step
def _save_lines(lines: Any) -> None:
    OrderLine.objects.bulk_update(lines, ["refunding_fen", "refunding_quantity", "refunded_fen", "refunded_quantity"])


@step
def _log(refund: Refund, command: str, actor: str, at: dt.datetime, note: str = "") -> None:
    lifecycle.log(order=refund.order, command=command, actor=actor, at=at, note=f"{refund.no} {note}".strip())


@step
def _tell(order: Order, refund: Refund, text: str) -> None:
    notices.post(
        member_id=order.member_id,
        kind=f"refund_{refund.state}",
        ref=refund.no,
        title=text,
        url=f"/me/refunds/{refund.no}/",
    )
