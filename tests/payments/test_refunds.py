"""Refunds over WeChat Pay: one number for ever, whatever happens between us and the provider."""

import datetime as dt

import pytest
from django.db import transaction

from mall.kernel import clock
from mall.kernel.errors import StateConflict
from mall.kernel.models import Notice
from payments import queries, tasks
from payments.models import ProviderRefund
from payments.services import collect, refunds
from tests.factories import payments as make
from tests.payments.conftest import events, wait_for

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

REFUNDS = "/v3/refund/domestic/refunds"


@pytest.fixture
def paid(simulator):
    """A WeChat payment of 10 yuan that has settled."""
    payment = make.collect_from(make.member(), amount_fen=1_000, method="wechat_jsapi", openid="sim_openid_0001")
    simulator.control("pay", out_trade_no=payment.no, result="lost")
    collect.refresh(payment_no=payment.no, at=clock.now())
    return payment.no


def ask(no, amount_fen=600, ref="R1"):
    with transaction.atomic():
        return refunds.request(payment_no=no, ref=ref, amount_fen=amount_fen, reason="不想要了", at=clock.now())


def send(seconds=0):
    return refunds.send_requested(at=clock.now() + dt.timedelta(seconds=seconds))


def row():
    return ProviderRefund.objects.get()


def wait_succeeded():
    wait_for(lambda: row().state == "succeeded")


def test_sent_and_told_by_notice(simulator, paid):
    ask(paid)
    assert queries.payment(no=paid).refunding_fen == 600
    send()
    wait_succeeded()
    view = queries.payment(no=paid)
    assert (view.refunding_fen, view.refunded_fen) == (0, 600)
    assert [(e["ref"], e["amount_fen"]) for e in events("RefundSucceeded")] == [("R1", 600)]


@pytest.mark.parametrize("fault", ["cut_after", "unsigned", "badly_signed", "error500"])
def test_t38_lost_answer_is_asked_for_and_never_refunded_twice(simulator, paid, fault):
    simulator.control("config", auto_refund=False)
    number = ask(paid)
    simulator.control("faults", endpoint=REFUNDS, kind=fault)
    send()
    assert row().state == "sent"
    send(60)
    send(600)
    assert [r["out_refund_no"] for r in simulator.rows("refunds")] == [number]
    simulator.control("refund", out_refund_no=number)
    wait_succeeded()


def test_a_dropped_refund_notice_is_found_by_query(simulator, paid, settings):
    settings.SITE_URL = "http://127.0.0.1:9"
    ask(paid)
    send()
    wait_for(lambda: simulator.rows("refunds")[0]["status"] == "SUCCESS")
    send(60)
    assert row().state == "succeeded"


def test_t39_a_refused_refund_is_retried_with_the_same_number(simulator, paid):
    number = ask(paid)
    simulator.control(
        "faults", endpoint=REFUNDS, kind="error", status=403, body={"code": "RULE_LIMIT", "message": "频率"}
    )
    send()
    assert (row().state, row().error) == ("abnormal", "RULE_LIMIT 频率")
    assert Notice.objects.filter(kind="refund_abnormal", ref=number, member_id=None).exists()
    refunds.retry(refund_no=number, actor="staff:finance", at=clock.now())
    send()
    wait_succeeded()
    assert [r["out_refund_no"] for r in simulator.rows("refunds")] == [number]
    with pytest.raises(StateConflict):
        refunds.retry(refund_no=number, actor="staff:finance", at=clock.now())


def test_not_enough_funds_waits_and_goes_through_later(simulator, paid):
    number = ask(paid)
    simulator.control(
        "faults", endpoint=REFUNDS, kind="error", status=403, body={"code": "NOT_ENOUGH", "message": "余额不足"}
    )
    send()
    assert row().state == "requested"
    assert Notice.objects.filter(kind="refund_abnormal", ref=number).exists()
    assert send() == 0
    send(60)
    wait_succeeded()


def test_abnormal_at_the_provider_ends_well_after_all(simulator, paid):
    simulator.control("config", auto_refund=False)
    number = ask(paid)
    send()
    simulator.control("refund", out_refund_no=number, status="ABNORMAL")
    wait_for(lambda: row().state == "abnormal")
    assert queries.payment(no=paid).refunding_fen == 600
    simulator.control("refund", out_refund_no=number, status="SUCCESS")
    wait_succeeded()
    assert len(events("RefundSucceeded")) == 1


def test_t25_already_refunded_is_the_success_path(simulator, paid):
    number = ask(paid)
    send()
    wait_succeeded()
    assert simulator.resend(number, "unpaid") == [200]
    assert row().state == "succeeded"
    assert queries.payment(no=paid).refunded_fen == 600


def test_unpaid_payments_are_not_refundable(simulator):
    payment = make.collect_from(make.member(), amount_fen=1_000, method="wechat_jsapi", openid="sim_openid_0001")
    with pytest.raises(refunds.NotRefundable):
        ask(payment.no)


def test_a_provider_without_credentials_holds_up_nobody_else(simulator, paid, settings):
    ask(paid)
    settings.WXPAY_PRIVATE_KEY = ""
    assert tasks.send_requested() == 1
    assert row().state == "sent"
