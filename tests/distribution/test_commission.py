"""Commissions from payment to clearing, with refunds at any moment, repeated and out of order."""

import datetime as dt
import functools
import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distribution import ledger
from distribution.models import Account, Attribution, Commission, Entry, Journal, Reversal
from distribution.services import attribution, binding, commission
from mall.kernel import outbox
from mall.kernel.errors import NotFound
from mall.kernel.models import OutboxEvent
from orders.models import Refund
from tests.factories import distribution as make

NOW = make.NOW
DAY = dt.timedelta(days=1)
State = Commission.State


@pytest.fixture
def three_tiers(db: None) -> None:
    make.publish(rates_ppm=(200_000, 100_000, 50_000), cooling_days=7)


def buyer_under(length: int = 3) -> tuple[int, list[int]]:
    """A buyer and the ids of the distributors above, the nearest first."""
    people = make.chain(length)
    buyer = make.member()
    make.bind(buyer, people[0])
    return buyer, [person.pk for person in people]


def money(distributor_id: int) -> dict[str, int]:
    return {bucket: fen for bucket, fen in ledger.balances(distributor_id=distributor_id).items() if fen}


def settle_all(rows: list[Commission]) -> None:
    for row in rows:
        settle(row)


def settle(row: Commission) -> None:
    """What a settlement run does to one commission, paid out at once."""
    with transaction.atomic():
        held = Commission.objects.select_for_update().get(pk=row.pk)
        if held.state not in (State.FROZEN, State.CLEARED):
            return
        Commission.objects.filter(pk=row.pk).update(state=State.SETTLED)
        ledger.post(
            key=f"settle:{row.pk}",
            kind="settle",
            ref=row.order_no,
            moves=ledger.transfer(
                ledger.AccountKey(row.distributor_id, "frozen"),
                ledger.AccountKey(row.distributor_id, "available"),
                held.net_fen,
            ),
            at=NOW,
        )


def assert_books_balance() -> None:
    assert (Entry.objects.aggregate(total=Sum("delta_fen"))["total"] or 0) == 0
    for account in Account.objects.exclude(distributor=None):
        assert account.balance_fen == (account.entries.aggregate(total=Sum("delta_fen"))["total"] or 0)


def test_the_life_of_a_commission(three_tiers: None):
    buyer, (first, *_) = buyer_under()
    order = make.order(buyer, 10_000, freight_fen=800)
    assert [(c.tier, c.amount_fen, c.state) for c in make.pay(order)] == [
        (1, 2_000, "estimated"), (2, 1_000, "estimated"), (3, 500, "estimated"),
    ]  # fmt: skip
    assert money(first) == {"estimated": 2_000}
    make.sign(order, at=NOW + DAY)
    assert money(first) == {"frozen": 2_000}
    assert commission.clear_cooled(at=NOW + 8 * DAY - dt.timedelta(seconds=1)) == 0
    assert commission.clear_cooled(at=NOW + 8 * DAY) == 3
    assert {c.state for c in make.commissions(order)} == {"cleared"}
    assert commission.clear_cooled(at=NOW + 9 * DAY) == 0
    assert_books_balance()


def test_t49_fifteen_repeats_of_every_event_book_once(three_tiers: None):
    buyer, (first, *_) = buyer_under()
    order = make.order(buyer, 10_000)
    for _ in range(15):
        with transaction.atomic():
            attribution.record(order_no=order.no, member_id=buyer, placed_at=NOW)
        make.pay(order)
    assert OutboxEvent.objects.filter(name="distribution.CommissionEarned").count() == 3
    for _ in range(15):
        make.sign(order)
    for _ in range(15):
        make.refund(order, {1: 5_000}, no="R1")
    assert [(c.amount_fen, c.reversed_fen) for c in make.commissions(order)] == [
        (2_000, 1_000),
        (1_000, 500),
        (500, 250),
    ]
    assert money(first) == {"frozen": 1_000}
    assert Journal.objects.count() == 9


@pytest.mark.parametrize("stage", ["estimated", "frozen", "cleared", "settled"])
def test_t51_a_full_refund_at_any_stage_leaves_nothing(three_tiers: None, stage: str):
    buyer, people = buyer_under()
    order = make.order(buyer, 6_660, 3_340)
    make.pay(order)
    if stage != "estimated":
        make.sign(order)
    if stage in ("cleared", "settled"):
        commission.clear_cooled(at=NOW + 7 * DAY)
    if stage == "settled":
        for row in make.commissions(order):
            settle(row)
    make.refund(order, {1: 6_660, 2: 3_340})
    assert [money(person) for person in people] == [{}, {}, {}]
    assert {(c.state, c.net_fen) for c in make.commissions(order)} == {("reversed", 0)}
    assert set(Reversal.objects.values_list("after_settlement", flat=True)) == {stage == "settled"}
    assert_books_balance()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), nets=st.lists(st.integers(1, 5_000), min_size=1, max_size=3))
def test_t52_any_refund_sequence_ends_exactly(three_tiers: None, data: st.DataObject, nets: list[int]):
    buyer, people = buyer_under()
    order = make.order(buyer, *nets)
    before = {c.tier: c.amount_fen for c in make.pay(order)}
    left = dict(enumerate(nets, start=1))
    signed = False
    while any(left.values()):
        position = data.draw(st.sampled_from([p for p, fen in left.items() if fen]))
        part = data.draw(st.integers(max(1, left[position] // 4), left[position]))
        left[position] -= part
        make.refund(order, {position: part})
        if not signed and data.draw(st.booleans()):
            make.sign(order)
            signed = True
        assert all(0 <= c.net_fen <= before[c.tier] for c in make.commissions(order))
        assert [sum(money(p).values()) for p in people][: len(before)] == [c.net_fen for c in make.commissions(order)]
    assert all(c.net_fen == 0 for c in make.commissions(order))
    assert [money(p) for p in people] == [{}, {}, {}]


def test_t53_a_reversal_uses_the_rates_of_the_order(three_tiers: None):
    buyer, _ = buyer_under()
    order = make.order(buyer, 10_000)
    make.pay(order)
    make.publish(at=NOW + DAY, rates_ppm=(10_000,))
    make.refund(order, {1: 2_500}, at=NOW + 2 * DAY)
    assert [c.net_fen for c in make.commissions(order)] == [1_500, 750, 375]


def test_t54_the_snapshots_beneficiary_earns_whatever_happens_before_payment(three_tiers: None):
    buyer, people = buyer_under()
    other = make.distributor()
    order = make.order(buyer, 10_000)
    binding.move(member_id=buyer, code=other.code, reason="换绑", actor="staff:x", at=NOW + DAY)
    make.publish(at=NOW + DAY, rates_ppm=(10_000,))
    assert [(c.distributor_id, c.amount_fen) for c in make.pay(order, at=NOW + DAY)] == list(
        zip(people, [2_000, 1_000, 500], strict=True)
    )
    assert [c.distributor_id for c in make.pay(make.order(buyer, 10_000, at=NOW + 2 * DAY))] == [other.pk]


def test_t56_a_refund_after_settlement_becomes_a_debt_that_later_commission_pays_off(three_tiers: None):
    buyer, (first, *_) = buyer_under()
    order = make.order(buyer, 10_000)
    row = make.pay(order)[0]
    make.sign(order)
    settle(row)
    with transaction.atomic():
        available, paid = ledger.AccountKey(first, "available"), ledger.AccountKey(first, "paid")
        ledger.post(key="w", kind="withdraw", ref="W", moves=ledger.transfer(available, paid, 2_000), at=NOW)
    make.refund(order, {1: 10_000})
    assert money(first) == {"available": -2_000, "paid": 2_000}
    later = make.order(buyer, 6_000)
    row = make.pay(later)[0]
    make.sign(later)
    settle(row)
    assert money(first)["available"] == -800
    assert_books_balance()


def test_a_refund_before_signing_and_a_claim_open_while_signing(three_tiers: None):
    buyer, (first, *_) = buyer_under()
    order = make.order(buyer, 5_000, 5_000)
    make.pay(order)
    make.refund(order, {1: 5_000})
    assert money(first) == {"estimated": 1_000}
    claim = make.open_refund(order)
    make.sign(order)
    assert money(first) == {"frozen": 1_000}
    assert commission.clear_cooled(at=NOW + 30 * DAY) == 0
    Refund.objects.filter(pk=claim.pk).update(state="rejected")
    assert commission.clear_cooled(at=NOW + 30 * DAY) == 3


def test_signing_after_everything_went_back_changes_nothing(three_tiers: None):
    buyer, (first, *_) = buyer_under()
    order = make.order(buyer, 10_000)
    make.pay(order)
    make.refund(order, {1: 10_000})
    make.sign(order)
    assert {c.state for c in make.commissions(order)} == {"reversed"}
    assert money(first) == {}


def test_a_cancelled_order_gives_everything_back_once(three_tiers: None):
    buyer, (first, *_) = buyer_under()
    unpaid, paid = make.order(buyer, 10_000), make.order(buyer, 10_000)
    make.pay(paid)
    make.refund(paid, {1: 3_333}, no="R1")
    for order in (unpaid, paid, paid):
        with transaction.atomic():
            commission.void(order_no=order.no, at=NOW)
    make.refund(paid, {1: 6_667}, no="R2")
    assert money(first) == {}
    assert make.commissions(unpaid) == []
    assert {c.state for c in make.commissions(paid)} == {"reversed"}
    assert_books_balance()


def test_payment_before_the_snapshot_is_tried_again(three_tiers: None):
    with pytest.raises(NotFound), transaction.atomic():
        commission.earn(order_no="D-unknown", at=NOW)


def test_self_purchase_earns_only_when_the_rules_say_so(three_tiers: None):
    inviter = make.distributor()
    own = make.distributor(inviter=inviter)
    assert [c.distributor_id for c in make.pay(make.order(own.member_id, 10_000))] == [inviter.pk]
    make.publish(at=NOW, self_purchase="rebate")
    order = make.order(own.member_id, 10_000, at=NOW + DAY)
    assert [(c.distributor_id, c.amount_fen) for c in make.pay(order)] == [(own.pk, 2_000), (inviter.pk, 1_000)]
    assert [place["why"] for place in Attribution.objects.get(order_no=order.no).chain] == ["self", "bound", "missing"]


def race(*calls: Callable[[], object]) -> None:
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=20)
            call()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t55_a_refund_racing_clearing_and_settlement_always_nets_to_zero():
    make.publish(rates_ppm=(200_000, 100_000, 50_000), cooling_days=0)
    buyer, people = buyer_under()
    for _ in range(25):
        order = make.order(buyer, 10_000)
        rows = make.pay(order)
        make.sign(order)
        race(
            functools.partial(make.refund, order, {1: 10_000}),
            lambda: commission.clear_cooled(at=NOW + DAY),
            functools.partial(settle_all, rows),
        )
        assert all(c.net_fen == 0 for c in make.commissions(order))
    assert [money(person) for person in people] == [{}, {}, {}]
    assert_books_balance()


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t49_the_same_payment_told_five_times_at_once_earns_once():
    buyer, (first, *_) = buyer_under()
    order = make.order(buyer, 10_000)
    race(*[lambda: make.pay(order)] * 5)
    assert money(first) == {"estimated": 2_000}
    assert len(make.commissions(order)) == 2


def test_the_events_of_an_order_reach_commissions_in_their_order():
    reacting = ("OrderPlaced", "OrderPaid", "OrderSigned", "OrderRefunded", "OrderCancelled")
    subscribers = outbox.subscriptions()
    assert all("distribution.commissions" in subscribers[f"orders.{event}"] for event in reacting)
