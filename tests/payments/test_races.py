"""Money under concurrency, each with the naive twin that does go wrong: without it a green race proves nothing."""

import datetime as dt
import threading
import time
from collections import Counter

import pytest
from django.db import connection, transaction

from mall.kernel.models import OutboxEvent
from mall.kernel.transactions import use_case
from payments import queries
from payments.models import Payment, ProviderRefund, Wallet, WalletEntry
from payments.services import refunds, wallets
from tests.factories import payments as make

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

AT = dt.datetime(2026, 11, 11, 3, tzinfo=dt.UTC)
# PostgreSQL keeps some connections back; the rest of the threads wait for a turn.
CONNECTIONS = threading.BoundedSemaphore(40)


def run_together(count, work):
    """Run work(i) in `count` threads released by one barrier; the outcomes: "ok" or the exception's class name."""
    barrier = threading.Barrier(count)
    outcomes = []

    def body(number):
        barrier.wait(timeout=60)
        with CONNECTIONS:
            try:
                work(number)
                outcomes.append("ok")
            except Exception as error:  # noqa: BLE001 (the outcome under test)
                outcomes.append(type(error).__name__)
            finally:
                connection.close()

    threads = [threading.Thread(target=body, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


@use_case
def spend(*, member_id, ref):
    wallets.debit(member_id=member_id, kind="pay", ref=ref, amount_fen=100, note="", at=AT)


def test_wallet_spent_by_a_hundred_threads_never_overdraws():
    payer = make.funded(balance_fen=6_000)
    outcomes = run_together(100, lambda i: spend(member_id=payer.pk, ref=f"P{i}"))
    assert outcomes == {"ok": 60, "InsufficientBalance": 40}
    assert queries.wallet(member_id=payer.pk).balance_fen == 0
    entries = WalletEntry.objects.filter(wallet_id=payer.pk).order_by("pk")
    balance = 0
    for entry in entries:
        balance += entry.delta_fen
        assert entry.balance_after_fen == balance
    assert entries.count() == 61


def test_control_read_check_write_loses_money():
    payer = make.funded(balance_fen=6_000)

    def naive(number):
        with transaction.atomic():
            wallet = Wallet.objects.get(member_id=payer.pk)
            if wallet.balance_fen < 100:
                raise wallets.InsufficientBalance
            time.sleep(0.02)
            Wallet.objects.filter(member_id=payer.pk).update(balance_fen=wallet.balance_fen - 100)

    outcomes = run_together(100, naive)
    assert 6_000 - outcomes["ok"] * 100 != queries.wallet(member_id=payer.pk).balance_fen


def test_balance_payment_clicked_twenty_times_is_paid_once():
    payer = make.funded(balance_fen=50_000)
    outcomes = run_together(20, lambda _: make.collect_from(payer, amount_fen=1_000, ref="D1"))
    assert outcomes == {"ok": 1, "AlreadyPaid": 19}
    assert queries.wallet(member_id=payer.pk).balance_fen == 49_000
    assert OutboxEvent.objects.filter(name="payments.PaymentSucceeded").count() == 1


def test_t39_two_refunds_of_sixty_percent_at_once_are_one():
    payer = make.funded(balance_fen=1_000)
    paid = make.collect_from(payer, amount_fen=1_000)

    @use_case
    def ask(number):
        refunds.request(payment_no=paid.no, ref=f"R{number}", amount_fen=600, reason="", at=AT)

    assert run_together(8, ask) == {"ok": 1, "RefundTooLarge": 7}
    assert queries.wallet(member_id=payer.pk).balance_fen == 600
    assert Payment.objects.get().refunded_fen == 600


def test_t39_control_sum_check_without_the_lock_promises_too_much():
    paid = make.collect_from(make.funded(balance_fen=1_000), amount_fen=1_000)
    payment = Payment.objects.get(no=paid.no)

    def naive(number):
        with transaction.atomic():
            promised = sum(ProviderRefund.objects.filter(payment=payment).values_list("amount_fen", flat=True))
            if promised + 600 > payment.amount_fen:
                raise refunds.RefundTooLarge
            time.sleep(0.2)
            ProviderRefund.objects.create(
                no=f"F{number}", payment=payment, ref=f"R{number}", amount_fen=600, created_at=AT, next_attempt_at=AT
            )

    assert run_together(8, naive)["ok"] > 1


def test_t36_the_same_refund_asked_twenty_times_at_once_credits_once():
    payer = make.funded(balance_fen=1_000)
    paid = make.collect_from(payer, amount_fen=1_000)

    @use_case
    def ask(_):
        refunds.request(payment_no=paid.no, ref="R1", amount_fen=1_000, reason="", at=AT)

    assert run_together(20, ask) == {"ok": 20}
    assert queries.wallet(member_id=payer.pk).balance_fen == 1_000
    assert WalletEntry.objects.filter(kind="refund").count() == 1
