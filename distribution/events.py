"""What distribution publishes."""

import dataclasses
import datetime as dt

from mall.kernel.events import Event


@dataclasses.dataclass(frozen=True, kw_only=True)
class DistributorJoined(Event):
    """An application was approved."""

    distributor_id: int
    member_id: int
    joined_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class CommissionEarned(Event):
    """A paid order produced a commission (estimated until the goods are signed for)."""

    commission_id: int
    distributor_id: int
    order_no: str
    amount_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class StatementPaid(Event):
    """A statement was credited to the available balance."""

    statement_id: int
    distributor_id: int
    amount_fen: int
    paid_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class WithdrawalFinished(Event):
    """A withdrawal ended: paid, failed, refused or cancelled."""

    withdrawal_no: str
    distributor_id: int
    state: str
    finished_at: dt.datetime
