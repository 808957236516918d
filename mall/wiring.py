"""The one table of reactions: which event makes which domain do what.

A publisher never knows who listens, so lower domains react to higher ones and the other way round without importing
each other. Read it top to bottom and you have followed an order from placement to withdrawn commission.
"""

from distribution.services import attribution, commission, withdrawal
from logistics.events import ParcelSigned
from mall.kernel.outbox import subscribe
from orders.events import OrderCancelled, OrderPaid, OrderPlaced, OrderRefunded, OrderSigned
from orders.services import fulfilment
from orders.services import payment as order_payment
from orders.services import refunds as order_refunds
from payments.events import (
    PaymentSucceeded,
    RefundSucceeded,
    TransferAwaitsUser,
    TransferFailed,
    TransferSucceeded,
)

ORDER, WITHDRAWAL = "order", "withdrawal"
# One subscriber for all events of an order: the outbox then keeps their order, so goods are never signed for, refunded
# or cancelled before the payment has been booked.
COMMISSIONS = "distribution.commissions"


def _confirm_payment(event: PaymentSucceeded) -> None:
    if event.purpose == ORDER:
        order_payment.confirm(
            order_no=event.ref,
            payment_no=event.payment_no,
            amount_fen=event.amount_fen,
            method=event.method,
            at=event.paid_at,
        )


def _confirm_refund(event: RefundSucceeded) -> None:
    if event.purpose == ORDER:
        order_refunds.confirm(refund_no=event.ref, at=event.refunded_at)


def _await_receiver(event: TransferAwaitsUser) -> None:
    if event.purpose == WITHDRAWAL:
        withdrawal.awaiting_user(withdrawal_no=event.ref, transfer_no=event.transfer_no)


def _complete_withdrawal(event: TransferSucceeded) -> None:
    if event.purpose == WITHDRAWAL:
        withdrawal.complete(withdrawal_no=event.ref, at=event.finished_at)


def _fail_withdrawal(event: TransferFailed) -> None:
    if event.purpose == WITHDRAWAL:
        withdrawal.give_back(withdrawal_no=event.ref, reason=event.reason, at=event.finished_at)


# placed → the chain and the rates of that moment are frozen
subscribe(
    OrderPlaced,
    COMMISSIONS,
    lambda e: attribution.record(order_no=e.order_no, member_id=e.member_id, placed_at=e.placed_at),
)

# money arrived → the order is paid → commissions are estimated
subscribe(PaymentSucceeded, "orders.confirm_payment", _confirm_payment)
subscribe(OrderPaid, COMMISSIONS, lambda e: commission.earn(order_no=e.order_no, at=e.paid_at))

# the carrier delivered → the order is signed → cooling starts
subscribe(ParcelSigned, "orders.sign", lambda e: fulfilment.sign(order_no=e.order_no, actor="carrier", at=e.signed_at))
subscribe(OrderSigned, COMMISSIONS, lambda e: commission.start_cooling(order_no=e.order_no, at=e.signed_at))

# money went back → the refund is done → its share of every commission is taken back
subscribe(RefundSucceeded, "orders.confirm_refund", _confirm_refund)
subscribe(
    OrderRefunded,
    COMMISSIONS,
    lambda e: commission.reverse(order_no=e.order_no, refund_no=e.refund_no, lines=e.lines, at=e.refunded_at),
)
subscribe(OrderCancelled, COMMISSIONS, lambda e: commission.void(order_no=e.order_no, at=e.cancelled_at))

# a withdrawal's transfer moved
subscribe(TransferAwaitsUser, "distribution.await_receiver", _await_receiver)
subscribe(TransferSucceeded, "distribution.complete_withdrawal", _complete_withdrawal)
subscribe(TransferFailed, "distribution.fail_withdrawal", _fail_withdrawal)
