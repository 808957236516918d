"""The life of an order's commissions: estimated, frozen, cleared, settled - or taken back.

All functions are safe to repeat and to race. Whatever touches one order's commissions first locks the order's
attribution row, then the commissions in pk order, then (in the ledger) accounts; clearing, which touches many orders
at once, locks only commissions and skips those somebody else is working on.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from distribution import ledger, rules
from distribution.events import CommissionEarned
from distribution.ledger import EXPENSE, AccountKey, Bucket, Posting
from distribution.models import Attribution, Commission, CommissionLine, Reversal
from distribution.queries import calculation
from mall.kernel import outbox
from mall.kernel.errors import NotFound
from mall.kernel.transactions import step, use_case
from orders import queries as orders

State = Commission.State
CLEAR_BATCH = 1_000
# The reversal of a cancelled order bears this instead of a refund's number.
VOID = "void"
# Where a commission's money lies, by state. A settled one has left for `available` (or is on its way there).
BUCKETS = {State.ESTIMATED: Bucket.ESTIMATED, State.FROZEN: Bucket.FROZEN, State.CLEARED: Bucket.FROZEN}


@step
def earn(*, order_no: str, at: dt.datetime) -> None:
    """The order is paid: book what each tier will earn as estimated. Tiers that earn nothing get no row.

    Raises NotFound while the order's snapshot is missing, so that the event is tried again.
    """
    attribution = _lock_order(order_no)
    if Commission.objects.filter(order_no=order_no).exists():
        return
    result = calculation.of(attribution)
    takers = {place["tier"]: place["distributor"] for place in attribution.chain}
    earning = [tier for tier in result.tiers if tier.amount_fen]
    commissions = Commission.objects.bulk_create(
        Commission(
            order_no=order_no,
            distributor_id=takers[tier.tier],
            tier=tier.tier,
            base_fen=tier.base_fen,
            amount_fen=tier.amount_fen,
            computation=calculation.to_json(result, tier),
            cooling_days=attribution.programme.cooling_days,
            earned_at=at,
        )
        for tier in earning
    )
    CommissionLine.objects.bulk_create(
        CommissionLine(
            commission=commission,
            line=share.line,
            position=position,
            net_fen=share.net_fen,
            base_fen=share.base_fen,
            rate_ppm=share.rate_ppm,
            amount_fen=share.amount_fen,
        )
        for commission, tier in zip(commissions, earning, strict=True)
        for position, share in enumerate(tier.lines, start=1)
    )
    _book("earn", commissions, at, lambda c: (EXPENSE, AccountKey(c.distributor_id, Bucket.ESTIMATED), c.amount_fen))
    for commission in commissions:
        outbox.publish(
            CommissionEarned(
                commission_id=commission.pk,
                distributor_id=commission.distributor_id,
                order_no=order_no,
                amount_fen=commission.amount_fen,
            ),
            aggregate=f"order:{order_no}",
        )


@step
def start_cooling(*, order_no: str, at: dt.datetime) -> None:
    """The buyer has the goods: freeze what is left of the commissions for the days the order's rules say."""
    _lock_order(order_no)
    waiting = list(_locked(Q(order_no=order_no, state=State.ESTIMATED)))
    for commission in waiting:
        commission.state = State.FROZEN
        commission.frozen_at = at
        commission.cooling_ends_at = at + dt.timedelta(days=commission.cooling_days)
    Commission.objects.bulk_update(waiting, ["state", "frozen_at", "cooling_ends_at"])
    _book(
        "freeze",
        waiting,
        at,
        lambda c: (
            AccountKey(c.distributor_id, Bucket.ESTIMATED),
            AccountKey(c.distributor_id, Bucket.FROZEN),
            c.net_fen,
        ),
    )


@use_case
def clear_cooled(*, at: dt.datetime) -> int:
    """Clear every frozen commission whose cooling is over and whose order has no open after-sale; how many.

    Set-based. Rows a refund is working on are skipped and found by the next call. The money stays in `frozen`, so
    there is nothing to book.
    """
    due = Q(state=State.FROZEN, cooling_ends_at__lte=at)
    order_nos = list(Commission.objects.filter(due).values_list("order_no", flat=True).distinct())
    cleared = 0
    for start in range(0, len(order_nos), CLEAR_BATCH):
        batch = set(order_nos[start : start + CLEAR_BATCH])
        free = batch - orders.with_open_refunds(order_nos=batch)
        rows = Commission.objects.select_for_update(skip_locked=True).filter(due, order_no__in=free).order_by("pk")
        cleared += Commission.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(
            state=State.CLEARED, cleared_at=at
        )
    return cleared


@step
def reverse(*, order_no: str, refund_no: str, lines: Sequence[Mapping[str, Any]], at: dt.datetime) -> None:
    """Money of some lines went back: take back their share of every commission, wherever it is by now.

    `lines`: [{"line": order line id, "amount_fen": this refund's part}]. A settled commission is taken from the
    available balance, which may become a debt. Repeats of the same refund are no-ops. Raises NotFound.
    """
    _lock_order(order_no)
    refunds: dict[int, int] = defaultdict(int)
    for line in lines:
        refunds[line["line"]] += line["amount_fen"]
    for commission in _open_for(order_no, refund_no):
        rows = {row.line: row for row in commission.lines.all()}
        steps = rules.take_back(
            lines={row.line: (row.amount_fen, row.net_fen, row.refunded_fen) for row in rows.values()},
            refunds=refunds,
        )
        touched = [rows[line] for line in steps]
        before = sum(row.reversed_fen for row in touched)
        for row in touched:
            row.refunded_fen, taken = steps[row.line]
            row.reversed_fen = max(row.reversed_fen, taken)
        _take(commission, refund_no, touched, sum(row.reversed_fen for row in touched) - before, at)


@step
def void(*, order_no: str, at: dt.datetime) -> None:
    """The order was cancelled: take back everything that is left. Without a payment there is nothing to do."""
    if not Attribution.objects.filter(order_no=order_no).exists():
        return
    _lock_order(order_no)
    for commission in _open_for(order_no, VOID):
        rows = list(commission.lines.all())
        for row in rows:
            row.reversed_fen = row.amount_fen
        _take(commission, VOID, rows, commission.net_fen, at)


def _lock_order(order_no: str) -> Attribution:
    found = Attribution.objects.select_for_update(of=("self",)).select_related("programme")
    attribution = found.filter(order_no=order_no).first()
    if attribution is None:
        raise NotFound
    return attribution


def _locked(condition: Q) -> Iterable[Commission]:
    return Commission.objects.select_for_update().filter(condition).order_by("pk")


def _open_for(order_no: str, refund_no: str) -> list[Commission]:
    """The order's commissions, locked, without those this refund has been taken from."""
    commissions = list(_locked(Q(order_no=order_no)))
    done = set(
        Reversal.objects.filter(commission__in=commissions, refund_no=refund_no).values_list("commission", flat=True)
    )
    return [commission for commission in commissions if commission.pk not in done]


def _take(commission: Commission, refund_no: str, rows: list[CommissionLine], amount: int, at: dt.datetime) -> None:
    """Write one reversal with its lines and its booking. A zero one is kept too: it says the refund was seen."""
    settled = commission.statement_id is not None or commission.state == State.SETTLED
    bucket = Bucket.AVAILABLE if settled else BUCKETS.get(State(commission.state), Bucket.ESTIMATED)
    Reversal.objects.create(
        commission=commission, refund_no=refund_no, amount_fen=amount, after_settlement=settled, at=at
    )
    CommissionLine.objects.bulk_update(rows, ["refunded_fen", "reversed_fen"])
    if not amount:
        return
    commission.reversed_fen += amount
    if commission.reversed_fen == commission.amount_fen:
        commission.state = State.REVERSED
    commission.save(update_fields=["reversed_fen", "state"])
    ledger.post(
        key=f"reverse:{refund_no}:{commission.pk}",
        kind="reverse",
        ref=commission.order_no,
        moves=ledger.transfer(AccountKey(commission.distributor_id, bucket), EXPENSE, amount),
        at=at,
    )


def _book(
    kind: str,
    commissions: Sequence[Commission],
    at: dt.datetime,
    move: Callable[[Commission], tuple[AccountKey, AccountKey, int]],
) -> None:
    postings = [
        Posting(key=f"{kind}:{c.order_no}:{c.tier}", kind=kind, ref=c.order_no, moves=ledger.transfer(*move(c)))
        for c in commissions
    ]
    if postings:
        ledger.post_many(postings=postings, at=at)
