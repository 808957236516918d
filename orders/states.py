"""The life of an order and of a refund, each one table. Only `services.lifecycle` and `services.refunds` move them."""

from enum import StrEnum


class OrderState(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    APPROVED = "approved"
    SHIPPED = "shipped"
    SIGNED = "signed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class OrderCommand(StrEnum):
    PAY = "pay"
    APPROVE = "approve"
    SHIP = "ship"
    SIGN = "sign"
    COMPLETE = "complete"
    CANCEL = "cancel"


class RefundState(StrEnum):
    APPLIED = "applied"
    APPROVED = "approved"
    RETURNING = "returning"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class RefundCommand(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    SEND_BACK = "send_back"
    PAY_BACK = "pay_back"
    FINISH = "finish"


S, C = OrderState, OrderCommand

# CANCEL after payment is what a full refund before shipping ends in.
ORDER_TRANSITIONS: dict[tuple[OrderState, OrderCommand], OrderState] = {
    (S.UNPAID, C.PAY): S.PAID,
    (S.UNPAID, C.CANCEL): S.CANCELLED,
    (S.PAID, C.APPROVE): S.APPROVED,
    (S.PAID, C.CANCEL): S.CANCELLED,
    (S.APPROVED, C.SHIP): S.SHIPPED,
    (S.APPROVED, C.CANCEL): S.CANCELLED,
    (S.SHIPPED, C.SIGN): S.SIGNED,
    (S.SIGNED, C.COMPLETE): S.COMPLETED,
}

R, RC = RefundState, RefundCommand

REFUND_TRANSITIONS: dict[tuple[RefundState, RefundCommand], RefundState] = {
    (R.APPLIED, RC.APPROVE): R.APPROVED,
    (R.APPLIED, RC.REJECT): R.REJECTED,
    (R.APPLIED, RC.CANCEL): R.CANCELLED,
    (R.APPROVED, RC.SEND_BACK): R.RETURNING,
    (R.APPROVED, RC.CANCEL): R.CANCELLED,
    (R.APPROVED, RC.PAY_BACK): R.REFUNDING,
    (R.RETURNING, RC.PAY_BACK): R.REFUNDING,
    (R.RETURNING, RC.REJECT): R.REJECTED,
    (R.REFUNDING, RC.FINISH): R.REFUNDED,
}

OPEN_REFUNDS = (R.APPLIED, R.APPROVED, R.RETURNING, R.REFUNDING)
