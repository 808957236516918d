"""Collecting over WeChat Pay, against the simulator over HTTP."""

import base64
import datetime as dt

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.db import transaction

from mall.kernel import clock
from payments import queries
from payments.models import Payment, UnmatchedPayment
from payments.providers import wechat
from payments.providers.base import OutcomeUnknown
from payments.services import collect, refunds
from tests.factories import payments as make
from tests.payments.conftest import events, wait_for

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

OPENID = "sim_openid_0001"
LATER = dt.timedelta(seconds=20)


def open_wechat(amount_fen=1_000, method="wechat_jsapi", openid=OPENID, payer=None, **fields):
    return make.collect_from(payer or make.member(), amount_fen=amount_fen, method=method, openid=openid, **fields)


def state_of(no):
    return queries.payment(no=no).state


def wait_paid(no):
    wait_for(lambda: state_of(no) == "succeeded")


def test_jsapi_parameters_are_signed_by_our_key(simulator):
    action = open_wechat().action
    names = ("kind", "appId", "timeStamp", "nonceStr", "package", "signType", "paySign")
    assert tuple(action) == names
    key = serialization.load_pem_private_key(simulator.keys["wxpay_private_key"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    message = "".join(f"{action[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
    key.public_key().verify(base64.b64decode(action["paySign"]), message.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_each_method_opens_its_own_cashier(simulator):
    h5 = open_wechat(method="wechat_h5", openid=None).action
    native = open_wechat(method="wechat_native", openid=None).action
    mini = open_wechat(method="wechat_mini", openid="sim_mini_openid_0001").action
    assert h5["kind"] == "redirect"
    assert "&redirect_url=http%3A%2F%2F" in h5["url"]
    assert (native["kind"], native["code_url"][:7]) == ("qr", "http://")
    assert mini["appId"] == simulator.keys["wechat_mini_appid"]


def test_jsapi_without_openid_is_refused_before_anything_is_stored(simulator):
    with pytest.raises(wechat.OpenidRequired):
        open_wechat(openid=None)
    assert not Payment.objects.exists()


def test_paid_by_notice_with_evidence(simulator):
    payment = open_wechat()
    simulator.control("pay", out_trade_no=payment.no)
    wait_paid(payment.no)
    row = Payment.objects.get(no=payment.no)
    assert row.evidence["source"] == "notice"
    assert (row.provider_txn or "").startswith("4200")
    assert [e["payment_no"] for e in events("PaymentSucceeded")] == [payment.no]


def test_a_second_cashier_uses_the_same_number(simulator):
    payer = make.member()
    first = open_wechat(payer=payer, ref="D1")
    second = open_wechat(payer=payer, ref="D1")
    assert first.no == second.no
    assert first.action["package"] != second.action["package"]


def test_t25_already_paid_at_the_provider_is_the_success_path(simulator):
    payer = make.member()
    payment = open_wechat(payer=payer, ref="D1")
    simulator.control("pay", out_trade_no=payment.no, result="lost")
    again = open_wechat(payer=payer, ref="D1")
    assert (again.no, again.state) == (payment.no, "succeeded")
    assert len(events("PaymentSucceeded")) == 1


def test_t26_both_channels_paid_settle_both_and_the_surplus_goes_back_once(simulator):
    payer = make.funded(balance_fen=5_000)
    wechat_payment = open_wechat(payer=payer, ref="D1")
    make.collect_from(payer, amount_fen=1_000, ref="D1")
    simulator.control("pay", out_trade_no=wechat_payment.no)
    wait_paid(wechat_payment.no)
    assert len(events("PaymentSucceeded")) == 2
    for _ in range(2):
        with transaction.atomic():
            refunds.return_surplus(payment_no=wechat_payment.no, at=clock.now())
    refunds.send_requested(at=clock.now())
    wait_for(lambda: queries.payment(no=wechat_payment.no).refunded_fen == 1_000)
    assert len(simulator.rows("refunds")) == 1


def test_a_rival_attempt_is_closed_once_something_is_paid(simulator):
    payer = make.funded(balance_fen=5_000)
    rival = open_wechat(payer=payer, ref="D1")
    make.collect_from(payer, amount_fen=1_000, ref="D1")
    collect.query_unsettled(at=clock.now())
    assert state_of(rival.no) == "closed"
    assert simulator.rows("orders")[0]["trade_state"] == "CLOSED"


@pytest.mark.parametrize("fault", ["cut_after", "unsigned", "badly_signed", "error500"])
def test_t27_no_trustworthy_answer_is_unknown_and_the_same_number_goes_on(simulator, fault):
    payer = make.member()
    simulator.control("faults", endpoint="/v3/pay/transactions/jsapi", kind=fault)
    with pytest.raises(OutcomeUnknown):
        open_wechat(payer=payer, ref="D1")
    assert Payment.objects.get().state == "unknown"
    again = open_wechat(payer=payer, ref="D1")
    assert again.state == "pending"
    assert [row["out_trade_no"] for row in simulator.rows("orders")] == [again.no]


def test_t33_a_dropped_notice_is_found_by_query_within_two_beats(simulator):
    payment = open_wechat()
    simulator.control("pay", out_trade_no=payment.no, result="lost")
    assert collect.query_unsettled(at=clock.now()) == 0
    collect.query_unsettled(at=clock.now() + LATER)
    assert state_of(payment.no) == "succeeded"
    assert Payment.objects.get(no=payment.no).evidence["source"] == "query"


def test_queries_grow_rare_and_end_by_closing_at_the_provider(simulator):
    payment = open_wechat()
    start = Payment.objects.get(no=payment.no).created_at
    gaps, at = [], start
    for _ in range(4):
        due = Payment.objects.get(no=payment.no).next_query_at
        assert due is not None
        gaps.append(round((due - at).total_seconds()))
        at = due
        collect.query_unsettled(at=at)
    assert gaps == [15, 30, 60, 120]
    collect.query_unsettled(at=start + dt.timedelta(hours=1))
    assert state_of(payment.no) == "closed"
    assert simulator.rows("orders")[0]["trade_state"] == "CLOSED"


def test_provider_away_keeps_the_payment_open(simulator):
    payment = open_wechat()
    simulator.control("faults", endpoint="/v3/pay/transactions/out-trade-no", kind="error500", times=5)
    collect.query_unsettled(at=clock.now() + dt.timedelta(hours=1))
    assert state_of(payment.no) == "pending"
    with pytest.raises(OutcomeUnknown):
        collect.close(purpose="order", ref=payment.ref, at=clock.now())


def test_t34_close_tells_paid_when_money_was_faster(simulator):
    unpaid, paid = open_wechat(), open_wechat()
    simulator.control("pay", out_trade_no=paid.no, result="lost")
    assert collect.close(purpose="order", ref=unpaid.ref, at=clock.now()) == "closed"
    assert collect.close(purpose="order", ref=paid.ref, at=clock.now()) == "paid"
    assert [e["payment_no"] for e in events("PaymentSucceeded")] == [paid.no]


def test_t34_late_money_after_close_still_settles(simulator):
    payment = open_wechat()
    simulator.control("config", late_seconds=0)
    collect.close(purpose="order", ref=payment.ref, at=clock.now())
    simulator.control("pay", out_trade_no=payment.no, result="late")
    wait_paid(payment.no)
    assert len(events("PaymentSucceeded")) == 1


def test_t30_another_amount_at_the_provider_never_settles(simulator):
    payment = open_wechat(amount_fen=1_000)
    simulator.control("pay", out_trade_no=payment.no, result="lost", amount=999)
    collect.query_unsettled(at=clock.now() + LATER)
    assert state_of(payment.no) == "unknown"
    assert UnmatchedPayment.objects.get().amount_fen == 999
    assert not events("PaymentSucceeded")


def test_a_failed_attempt_is_closed_and_another_may_follow(simulator):
    payer = make.member()
    payment = open_wechat(payer=payer, ref="D1")
    simulator.control("pay", out_trade_no=payment.no, result="failure")
    assert collect.refresh(payment_no=payment.no, at=clock.now()).state == "failed"
    assert open_wechat(payer=payer, ref="D1").no != payment.no
