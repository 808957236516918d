"""Withdrawals: the money is held from the moment of the request, and leaves or comes back exactly once.

Every step locks the withdrawal, moves it along the table of `distribution.states`, logs it and books it in one
transaction. The ledger keys (`withdraw:<no>`, `withdraw-paid:<no>`, `withdraw-back:<no>`) make a second booking
impossible even if a state were wrong.
"""

import datetime as dt
import re
from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution import ledger, states
from distribution.events import WithdrawalFinished
from distribution.ledger import FEES, TAX, AccountKey, Bucket
from distribution.models import Distributor, Programme, Withdrawal, WithdrawalLog
from distribution.queries import programme as programmes
from distribution.queries.payout import WithdrawalView, withdrawal_view
from mall.kernel import clock, money, notices, numbers, outbox
from mall.kernel.errors import DomainError, NotFound, StateConflict
from mall.kernel.transactions import step, use_case
from members import queries as members
from payments.providers import registry
from payments.services import transfers

State = Withdrawal.State
Channel = Withdrawal.Channel
PURPOSE = "withdrawal"
_ACCOUNT_NO = re.compile(r"\d{8,30}", re.ASCII)


class WithdrawalPending(DomainError):
    """One withdrawal at a time: another one is still open."""

    code = "withdrawal_pending"
    status = 409
    message = gettext_lazy("您有一笔提现正在处理，完成后才能再次申请")


class InsufficientBalance(DomainError):
    """The available balance is smaller than the amount. `data["available_fen"]` is what there is."""

    code = "insufficient_balance"
    status = 409
    message = gettext_lazy("可提现余额不足")


class NotAllowed(DomainError):
    """Not an active distributor: a suspended one keeps the money but cannot take it out."""

    code = "distributor_inactive"
    status = 409
    message = gettext_lazy("当前分销身份不能提现")


class AmountRefused(DomainError):
    """The amount lies outside the programme's limits."""

    code = "amount_out_of_range"
    message = gettext_lazy("提现金额不在允许范围内")


class DailyLimit(DomainError):
    """The programme's number of withdrawals per day (Asia/Shanghai) is used up."""

    code = "limit_reached"
    status = 409
    message = gettext_lazy("今日提现次数已用完，请明天再试")


class AccountInvalid(DomainError):
    """The receiving account is incomplete for this channel."""

    code = "account_invalid"
    message = gettext_lazy("收款账户不完整")


class SelfReview(DomainError):
    """Nobody reviews their own withdrawal."""

    code = "self_review"
    status = 409
    message = gettext_lazy("不能审核自己的提现")


@use_case
def request(
    *, member_id: int, amount_fen: int, channel: str, account: Mapping[str, str] | None = None, at: dt.datetime
) -> WithdrawalView:
    """Ask for `amount_fen` of the available balance; fee and tax come out of it by the programme in force.

    `account`: bank {"account_name", "account_no", "bank_name"}; wechat and balance none (the openid is the one WeChat
    vouched for). Raises NotFound (no distributor), NotAllowed, AmountRefused, WithdrawalPending, DailyLimit,
    AccountInvalid, InsufficientBalance, and what the channel itself demands.
    """
    distributor = Distributor.objects.select_for_update(no_key=True).filter(member_id=member_id).first()
    if distributor is None:
        raise NotFound
    if distributor.state != Distributor.State.ACTIVE:
        raise NotAllowed
    terms = programmes.at(at)
    _check_limits(distributor, terms, amount_fen, at)
    fee = fee_fen(amount_fen=amount_fen, terms=terms)
    target = _account(distributor, channel, account or {}, amount_fen - fee)
    available = ledger.lock(distributor_id=distributor.pk, buckets=[Bucket.AVAILABLE])[Bucket.AVAILABLE]
    if available < amount_fen:
        raise InsufficientBalance(attr="amount", data={"available_fen": max(available, 0)})
    row = Withdrawal.objects.create(
        no=numbers.new(numbers.WITHDRAWAL, at),
        distributor=distributor,
        amount_fen=amount_fen,
        fee_fen=fee,
        tax_fen=0,
        net_fen=amount_fen - fee,
        channel=channel,
        account=target,
        requested_at=at,
    )
    _log(row, "", row.state, f"member:{member_id}", "", at)
    _book(
        row, "withdraw", [(_own(row, Bucket.AVAILABLE), -amount_fen), (_own(row, Bucket.WITHDRAWING), amount_fen)], at
    )
    notices.post(
        kind="withdrawal_requested",
        ref=row.no,
        title=_("%(name)s 申请提现 ¥%(amount)s") % {"name": distributor.name, "amount": money.yuan(amount_fen)},
        url=f"/admin/distribution/withdrawal/{row.pk}/change/",
    )
    return withdrawal_view(row)


def fee_fen(*, amount_fen: int, terms: Programme) -> int:
    """The fee on an amount: rounded down, at least the floor, at most the cap (0: none)."""
    fee = max(money.share(amount_fen, terms.fee_ppm), terms.fee_floor_fen)
    return min(fee, terms.fee_cap_fen) if terms.fee_cap_fen else fee


@use_case
def approve(*, withdrawal_no: str, by: str, at: dt.datetime) -> WithdrawalView:
    """Let the money go: the transfer is owed in the same transaction, its number fixed for ever.

    `by` is "staff:<username>". Raises NotFound, StateConflict, SelfReview, and what the channel demands.
    """
    row = _lock(withdrawal_no)
    _not_own(row, by)
    _review(row, by, at)
    _move(row, State.APPROVED, actor=by, at=at)
    row.transfer_no = transfers.request(
        purpose=PURPOSE,
        ref=row.no,
        member_id=row.distributor.member_id,
        channel=row.channel,
        account=row.account,
        amount_fen=row.net_fen,
        remark=_("推广佣金"),
        at=at,
    )
    _move(row, State.SENDING, actor="system", at=at)
    return withdrawal_view(row)


@use_case
def refuse(*, withdrawal_no: str, reason: str, by: str, at: dt.datetime) -> WithdrawalView:
    """Turn a request down; the money comes back. Raises NotFound, StateConflict, SelfReview, DomainError (no reason)."""
    if not reason.strip():
        raise DomainError(_("请填写原因"), attr="reason")
    row = _lock(withdrawal_no)
    _not_own(row, by)
    _review(row, by, at)
    _return(row, State.REFUSED, actor=by, reason=reason.strip(), at=at)
    return withdrawal_view(row)


@use_case
def cancel(*, withdrawal_no: str, member_id: int, at: dt.datetime) -> WithdrawalView:
    """The applicant changes their mind before the review. Raises NotFound (also for another's), StateConflict."""
    row = _lock(withdrawal_no)
    if row.distributor.member_id != member_id:
        raise NotFound
    _return(row, State.CANCELLED, actor=f"member:{member_id}", reason="", at=at)
    return withdrawal_view(row)


@step
def awaiting_user(*, withdrawal_no: str, transfer_no: str, at: dt.datetime | None = None) -> None:
    """WeChat waits for the receiver's confirmation. Repeats, and news that come after the end, are no-ops."""
    row = _lock(withdrawal_no)
    if row.state == State.AWAITING_USER or row.state in states.FINAL:
        return
    at = at or clock.now()
    row.transfer_no = transfer_no
    _move(row, State.AWAITING_USER, actor="system", at=at)
    _tell(row, _("请在微信中确认收款"), _("¥%(net)s 正等待您确认，逾期将退回余额"))


@step
def complete(*, withdrawal_no: str, at: dt.datetime) -> None:
    """The receiver has the money: what was held becomes paid, fee and tax go to the house. Repeats are no-ops.

    Raises NotFound, and StateConflict when the money had already been given back (somebody must look).
    """
    row = _lock(withdrawal_no)
    if row.state == State.PAID:
        return
    row.finished_at = at
    _move(row, State.PAID, actor="system", at=at)
    _book(
        row,
        "withdraw-paid",
        [
            (_own(row, Bucket.WITHDRAWING), -row.amount_fen),
            (_own(row, Bucket.PAID), row.net_fen),
            (FEES, row.fee_fen),
            (TAX, row.tax_fen),
        ],
        at,
    )
    _tell(row, _("提现已到账"), _("¥%(net)s 已到账"))
    _publish(row, at)


@step
def give_back(*, withdrawal_no: str, reason: str, at: dt.datetime) -> None:
    """The transfer surely failed: the money is available again. Repeats are no-ops. Raises NotFound, StateConflict."""
    row = _lock(withdrawal_no)
    if row.state == State.FAILED:
        return
    _return(row, State.FAILED, actor="system", reason=reason, at=at)


def _check_limits(distributor: Distributor, terms: Programme, amount_fen: int, at: dt.datetime) -> None:
    if not terms.withdrawal_minimum_fen <= amount_fen <= terms.withdrawal_maximum_fen:
        raise AmountRefused(
            _("单笔提现金额须在 ¥%(least)s 到 ¥%(most)s 之间")
            % {"least": money.yuan(terms.withdrawal_minimum_fen), "most": money.yuan(terms.withdrawal_maximum_fen)},
            attr="amount",
        )
    own = Withdrawal.objects.filter(distributor=distributor)
    if own.filter(state__in=states.OPEN).exists():
        raise WithdrawalPending
    today = clock.day_start(clock.local_date(at))
    counted = own.filter(requested_at__gte=today, requested_at__lt=today + dt.timedelta(days=1))
    if counted.exclude(state__in=states.RETURNED).count() >= terms.withdrawals_per_day:
        raise DailyLimit


def _account(distributor: Distributor, channel: str, given: Mapping[str, str], net_fen: int) -> dict[str, str]:
    """What the transfer needs, kept with the request. Raises AccountInvalid, and what the provider demands."""
    if channel == Channel.BALANCE:
        return {}
    if channel == Channel.WECHAT:
        openid = members.openid(member_id=distributor.member_id, appid=settings.WECHAT_APPID)
        # WeChat asks for the real name above an amount and checks it.
        target = {"openid": openid or "", "appid": settings.WECHAT_APPID, "name": distributor.name}
    elif channel == Channel.BANK:
        target = {name: str(given.get(name) or "").strip() for name in ("account_name", "account_no", "bank_name")}
        target["account_no"] = target["account_no"].replace(" ", "")
        if not _ACCOUNT_NO.fullmatch(target["account_no"]):
            raise AccountInvalid(_("银行卡号须为 8 到 30 位数字"), attr="account")
        if not target["account_name"] or not target["bank_name"] or max(map(len, target.values())) > 60:
            raise AccountInvalid(_("请填写开户姓名和开户行"), attr="account")
    else:
        raise AccountInvalid(_("不支持这种提现方式"), attr="channel")
    registry.payer(channel).check(account=target, amount_fen=net_fen)
    return target


def _lock(withdrawal_no: str) -> Withdrawal:
    rows = Withdrawal.objects.select_for_update(of=("self",)).select_related("distributor")
    row = rows.filter(no=withdrawal_no).first()
    if row is None:
        raise NotFound
    return row


def _not_own(row: Withdrawal, by: str) -> None:
    applicant = get_user_model().objects.values_list("username", flat=True).get(pk=row.distributor.member_id)
    if by in {f"staff:{applicant}", f"member:{row.distributor.member_id}"}:
        raise SelfReview


def _review(row: Withdrawal, by: str, at: dt.datetime) -> None:
    row.reviewed_by, row.reviewed_at = by, at


def _return(row: Withdrawal, new: State, *, actor: str, reason: str, at: dt.datetime) -> None:
    """End a withdrawal without paying: what was held is available again."""
    row.reason = reason[:200]
    row.finished_at = at
    _move(row, new, actor=actor, at=at, note=row.reason)
    moves = ledger.transfer(_own(row, Bucket.WITHDRAWING), _own(row, Bucket.AVAILABLE), row.amount_fen)
    _book(row, "withdraw-back", moves, at)
    if new != State.CANCELLED:
        _tell(row, _("提现未成功"), _("¥%(amount)s 已退回可提现余额。%(reason)s"))
    _publish(row, at)


def _move(row: Withdrawal, new: State, *, actor: str, at: dt.datetime, note: str = "") -> None:
    old = row.state
    states.check(old=old, new=new)
    row.state = new
    row.save(update_fields=["state", "reason", "transfer_no", "reviewed_by", "reviewed_at", "finished_at"])
    _log(row, old, new, actor, note, at)


def _log(row: Withdrawal, old: str, new: str, actor: str, note: str, at: dt.datetime) -> None:
    WithdrawalLog.objects.create(withdrawal=row, from_state=old, to_state=new, actor=actor, note=note, at=at)


def _own(row: Withdrawal, bucket: Bucket) -> AccountKey:
    return AccountKey(row.distributor_id, bucket)


def _book(row: Withdrawal, kind: str, moves: list[ledger.Move], at: dt.datetime) -> None:
    """Book a step. A key booked before would mean that the state is wrong: better stop than continue."""
    if not ledger.post(key=f"{kind}:{row.no}", kind=kind, ref=row.no, moves=moves, at=at):
        raise StateConflict(data={"booked": f"{kind}:{row.no}"})


def _tell(row: Withdrawal, title: str, body: str) -> None:
    facts = {"net": money.yuan(row.net_fen), "amount": money.yuan(row.amount_fen), "reason": row.reason}
    notices.post(
        member_id=row.distributor.member_id,
        kind=f"withdrawal_{row.state}",
        ref=row.no,
        title=title,
        body=body % facts,
        url="/d/withdraw/",
    )


def _publish(row: Withdrawal, at: dt.datetime) -> None:
    outbox.publish(
        WithdrawalFinished(withdrawal_no=row.no, distributor_id=row.distributor_id, state=row.state, finished_at=at),
        aggregate=f"{PURPOSE}:{row.no}",
    )
