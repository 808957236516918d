"""Notices over HTTP: forged, altered, repeated, reordered, late. What is not proven changes nothing."""

import httpx
import pytest
from django.db import transaction

from mall.kernel import clock
from mall.kernel.models import Notice
from payments import queries
from payments.models import Payment, ProviderNotice, ProviderRefund, UnmatchedPayment
from payments.services import collect, refunds
from tests.factories import payments as make
from tests.payments.conftest import events, wait_for

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held(simulator):
    """A payment that is paid at the provider, whose true notice is held back for a minute."""
    simulator.control("config", late_seconds=60)
    payment = make.collect_from(make.member(), amount_fen=1_000, method="wechat_jsapi", openid="sim_openid_0001")
    simulator.control("pay", out_trade_no=payment.no, result="late")
    return payment.no


def outcomes():
    return list(ProviderNotice.objects.order_by("pk").values_list("outcome", flat=True))


def untouched(no):
    return queries.payment(no=no).state == "pending" and not events("PaymentSucceeded")


def test_t24_twenty_identical_notices_at_once_settle_once(simulator, held):
    assert simulator.resend(held, times=20) == [200] * 20
    assert len(events("PaymentSucceeded")) == 1
    assert sorted(outcomes()) == ["applied"] + ["repeated"] * 19


FORGERIES = ["forged", "altered_body", "unknown_serial", "old_timestamp", "missing_headers", "signtest"]


@pytest.mark.parametrize("kind", FORGERIES)
def test_t28_unproven_notices_are_refused_and_call_nobody(simulator, held, kind):
    calls = len(simulator.rows("log"))
    assert simulator.resend(held, kind) == [401]
    assert untouched(held)
    assert outcomes() == ["rejected"]
    assert [row["target"] for row in simulator.rows("log")[calls:] if "__ctl__" not in row["target"]] == []


def test_t28_truncated_body_is_refused(simulator, held, live_server):
    simulator.resend(held, "old_timestamp")
    kept = ProviderNotice.objects.get()
    answer = httpx.post(
        f"{live_server.url}/notify/wechat/pay/", content=kept.body[:-40], headers=kept.headers, trust_env=False
    )
    assert answer.status_code == 401
    assert untouched(held)


def test_t32_a_huge_body_is_refused_unread(simulator, held):
    assert simulator.resend(held, "huge_body") == [413]
    assert untouched(held)
    assert outcomes() == []


@pytest.mark.parametrize(
    "body", [b"\x00\xff", b"[" * 60_000, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>']
)
def test_t32_garbage_is_refused(simulator, live_server, body):
    answer = httpx.post(f"{live_server.url}/notify/wechat/pay/", content=body, trust_env=False)
    assert answer.status_code == 401
    assert outcomes() == ["rejected"]


def test_t29_no_header_opens_the_door(simulator, held, live_server):
    tricks = {"Host": "localhost", "X-Forwarded-Host": "localhost", "X-Forwarded-For": "127.0.0.1"}
    simulator.resend(held, "forged")
    kept = ProviderNotice.objects.get()
    answer = httpx.post(
        f"{live_server.url}/notify/wechat/pay/", content=kept.body, headers={**kept.headers, **tricks}, trust_env=False
    )
    assert answer.status_code == 401
    assert untouched(held)


@pytest.mark.parametrize("kind", ["wrong_amount", "wrong_mch", "wrong_appid"])
def test_t30_a_true_signature_over_other_content_never_settles(simulator, held, kind):
    assert simulator.resend(held, kind) == [200]
    assert untouched(held)
    assert outcomes() == ["mismatch"]
    assert UnmatchedPayment.objects.get().out_no == held
    assert Notice.objects.filter(member_id=None, kind="payment_unmatched").count() == 1


def test_t30_a_notice_that_does_not_say_paid_only_makes_us_ask(simulator, held):
    assert simulator.resend(held, "unpaid") == [200]
    assert untouched(held)
    assert outcomes() == ["mismatch"]
    collect.query_unsettled(at=clock.now())
    assert Payment.objects.get(no=held).evidence["source"] == "query"


def test_t31_money_for_an_unknown_order_waits_for_a_person(simulator, held):
    assert simulator.resend(held, "unknown_order") == [200]
    kept = UnmatchedPayment.objects.get()
    assert kept.out_no.startswith("NOSUCH")
    assert kept.amount_fen == 1_000
    assert outcomes() == ["unmatched"]
    assert Notice.objects.filter(member_id=None, kind="payment_unmatched").exists()
    assert untouched(held)


def test_a_notice_at_the_door_of_another_kind_is_refused(simulator, held, settings, live_server):
    simulator.resend(held)
    kept = ProviderNotice.objects.get(outcome="applied")
    answer = httpx.post(
        f"{live_server.url}/notify/wechat/refund/", content=kept.body, headers=kept.headers, trust_env=False
    )
    assert answer.status_code == 401


def refunded(simulator, no):
    """The payment, found by query and then refunded in full at the provider and here."""
    collect.refresh(payment_no=no, at=clock.now())
    with transaction.atomic():
        refunds.request(payment_no=no, ref="R1", amount_fen=1_000, reason="不想要了", at=clock.now())
    refunds.send_requested(at=clock.now())
    wait_for(lambda: ProviderRefund.objects.get().state == "succeeded")


def test_t34_t35_a_pay_notice_after_the_refund_changes_nothing(simulator, held):
    refunded(simulator, held)
    before = queries.payment(no=held)
    assert simulator.resend(held, times=3) == [200] * 3
    assert queries.payment(no=held) == before
    assert (before.state, before.refunded_fen, before.refunding_fen) == ("succeeded", 1_000, 0)
    assert len(events("PaymentSucceeded")) == len(events("RefundSucceeded")) == 1


def test_refund_notice_repeated_or_altered_books_once(simulator, held):
    refunded(simulator, held)
    number = ProviderRefund.objects.get().no
    assert simulator.resend(number, times=5) == [200] * 5
    assert simulator.resend(number, "wrong_amount") == [200]
    assert simulator.resend(number, "forged") == [401]
    assert queries.payment(no=held).refunded_fen == 1_000
    assert len(events("RefundSucceeded")) == 1
