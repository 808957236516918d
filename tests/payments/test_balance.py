"""Paying from the balance, and giving it back: one transaction each, one event each."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from mall.kernel.models import Notice, OutboxEvent
from mall.kernel.transactions import use_case
from payments import queries
from payments.models import Payment, Wallet, WalletEntry
from payments.providers import registry
from payments.services import collect, refunds, transfers, wallets
from tests.factories import payments as make

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 11, 3, tzinfo=dt.UTC)


def events(name):
    return list(OutboxEvent.objects.filter(name=f"payments.{name}").values_list("aggregate", "payload__amount_fen"))


def test_balance_payment_settles_at_once_with_one_event():
    payer = make.funded(balance_fen=5_000)
    paid = make.collect_from(payer, amount_fen=3_000, ref="D1")
    assert (paid.state, paid.action) == ("succeeded", {"kind": "none"})
    assert queries.wallet(member_id=payer.pk).balance_fen == 2_000
    assert events("PaymentSucceeded") == [("order:D1", 3_000)]


def test_short_balance_leaves_no_payment_behind():
    payer = make.funded(balance_fen=100)
    with pytest.raises(wallets.InsufficientBalance) as refused:
        make.collect_from(payer, amount_fen=101)
    assert refused.value.data == {"balance_fen": 100}
    assert not Payment.objects.exists()
    assert not events("PaymentSucceeded")


def test_paid_once_is_not_paid_again():
    payer = make.funded(balance_fen=5_000)
    make.collect_from(payer, amount_fen=1_000, ref="D1")
    with pytest.raises(collect.AlreadyPaid):
        make.collect_from(payer, amount_fen=1_000, ref="D1")
    assert queries.wallet(member_id=payer.pk).balance_fen == 4_000


def test_nothing_to_pay_is_free_and_only_that():
    payer = make.member()
    assert make.collect_from(payer, amount_fen=0, method="free").state == "succeeded"
    with pytest.raises(registry.MethodUnknown):
        make.collect_from(payer, amount_fen=1, method="free")


def test_refund_goes_back_to_the_balance_in_the_same_transaction():
    payer = make.funded(balance_fen=5_000)
    paid = make.collect_from(payer, amount_fen=3_000, ref="D1")
    with transaction.atomic():
        first = refunds.request(payment_no=paid.no, ref="R1", amount_fen=1_000, reason="", at=AT)
        again = refunds.request(payment_no=paid.no, ref="R1", amount_fen=1_000, reason="", at=AT)
    assert first == again
    assert queries.wallet(member_id=payer.pk).balance_fen == 3_000
    assert events("RefundSucceeded") == [("order:D1", 1_000)]
    assert queries.payment(no=paid.no).refunded_fen == 1_000


def test_t37_partial_refunds_never_exceed_the_payment():
    payer = make.funded(balance_fen=5_000)
    paid = make.collect_from(payer, amount_fen=1_000)
    with transaction.atomic():
        refunds.request(payment_no=paid.no, ref="R1", amount_fen=600, reason="", at=AT)
    with transaction.atomic(), pytest.raises(refunds.RefundTooLarge) as refused:
        refunds.request(payment_no=paid.no, ref="R2", amount_fen=401, reason="", at=AT)
    assert refused.value.data == {"left_fen": 400}
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(no=paid.no).update(refunded_fen=1_001)


def test_surplus_goes_back_once_without_an_event():
    payer = make.funded(balance_fen=5_000)
    paid = make.collect_from(payer, amount_fen=3_000)
    with transaction.atomic():
        first = refunds.return_surplus(payment_no=paid.no, at=AT)
        assert refunds.return_surplus(payment_no=paid.no, at=AT) == first
    assert queries.wallet(member_id=payer.pk).balance_fen == 5_000
    assert queries.payment(no=paid.no).is_surplus
    assert not events("RefundSucceeded")
    assert Notice.objects.filter(member_id=payer.pk, kind="payment_surplus").count() == 1


def test_balance_transfer_credits_at_once():
    payee = make.member()

    @use_case
    def ask():
        return transfers.request(
            purpose="withdrawal",
            ref="T1",
            member_id=payee.pk,
            channel="balance",
            account={},
            amount_fen=700,
            remark="佣金",
            at=AT,
        )

    assert ask() == ask()
    assert queries.wallet(member_id=payee.pk).balance_fen == 700
    assert events("TransferSucceeded") == [("withdrawal:T1", 700)]


def test_grant_is_once_per_ref_and_the_balance_is_the_sum_of_its_entries():
    payer = make.member()
    for _ in range(2):
        wallets.grant(member_id=payer.pk, amount_fen=500, ref="seed", note="", at=AT)
    assert queries.wallet(member_id=payer.pk).balance_fen == 500
    assert [e.delta_fen for e in queries.wallet_entries(member_id=payer.pk)] == [500]


def test_entries_cannot_be_rewritten_and_a_wallet_cannot_be_negative():
    payer = make.funded(balance_fen=500)
    with pytest.raises(IntegrityError), transaction.atomic():
        WalletEntry.objects.update(delta_fen=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.filter(member_id=payer.pk).update(balance_fen=-1)
