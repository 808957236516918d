"""Paying out over WeChat and the bank: at most one payment, and its end told exactly once."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from mall.kernel import clock
from mall.kernel.errors import DomainError
from mall.kernel.models import Notice
from payments.models import ProviderNotice, Transfer
from payments.providers import bank, wechat
from payments.services import transfers
from tests.factories import payments as make
from tests.payments.conftest import events, wait_for

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

BILLS = "/v3/fund-app/mch-transfer/transfer-bills"
BANK = "/bank/v1/transfers"
WECHAT = {"openid": "sim_openid_0001"}
ACCOUNT = {"account_name": "张三", "account_no": "6222020200112233", "bank_name": "中国工商银行"}


def ask(channel="wechat", account=None, amount_fen=1_000, ref="W1"):
    account = account or (WECHAT if channel == "wechat" else ACCOUNT)
    with transaction.atomic():
        return transfers.request(
            purpose="withdrawal",
            ref=ref,
            member_id=make.member().pk,
            channel=channel,
            account=account,
            amount_fen=amount_fen,
            remark="佣金提现",
            at=clock.now(),
        )


def send():
    return transfers.send_requested(at=clock.now())


def query(seconds=60):
    return transfers.query_sent(at=clock.now() + dt.timedelta(seconds=seconds))


def row():
    return Transfer.objects.get()


def wait_state(state):
    wait_for(lambda: row().state == state)


def test_the_receiver_confirms_and_is_paid_once(simulator):
    number = ask()
    send()
    assert row().state == "awaiting_user"
    assert "package=" in row().package_info
    assert len(events("TransferAwaitsUser")) == 1
    simulator.control("transfer", out_bill_no=number, action="confirm")
    wait_state("succeeded")
    assert simulator.resend(number, times=10) == [200] * 10
    query()
    assert [(e["ref"], e["amount_fen"]) for e in events("TransferSucceeded")] == [("W1", 1_000)]


@pytest.mark.parametrize(("action", "reason"), [("expire", "OVERDUE_CLOSE"), ("fail", "MERCHANT_REJECT")])
def test_never_confirmed_or_rejected_fails_exactly_once(simulator, action, reason):
    number = ask()
    send()
    simulator.control("transfer", out_bill_no=number, action=action)
    wait_state("failed")
    assert simulator.resend(number, times=5) == [200] * 5
    query()
    assert [e["reason"] for e in events("TransferFailed")] == [reason]


def test_a_wrong_name_fails(simulator):
    simulator.control("users", openid="sim_openid_0001", real_name="李四")
    ask(account={**WECHAT, "name": "张三"}, amount_fen=200_000)
    send()
    wait_state("failed")
    assert row().fail_reason == "NAME_NOT_CORRECT"


def test_t57_a_lost_answer_keeps_the_number_and_regains_the_package(simulator):
    number = ask()
    simulator.control("faults", endpoint=BILLS, kind="cut_after")
    send()
    assert (row().state, row().package_info) == ("sent", "")
    query()
    assert row().state == "awaiting_user"
    assert "package=" in row().package_info
    assert [t["out_bill_no"] for t in simulator.rows("transfers")] == [number]
    assert not events("TransferFailed")


@pytest.mark.parametrize("fault", ["error500", "unsigned", "badly_signed"])
def test_t57_unknown_is_queried_never_replaced(simulator, fault):
    number = ask()
    simulator.control("faults", endpoint=BILLS, kind=fault)
    send()
    assert row().state == "sent"
    query()
    transfers.send_requested(at=clock.now() + dt.timedelta(minutes=5))
    wait_state("awaiting_user")
    assert [t["out_bill_no"] for t in simulator.rows("transfers")] == [number]


def test_a_refusal_fails_only_when_the_provider_knows_nothing(simulator):
    ask(account={"openid": "nobody-we-know"})
    send()
    assert row().state == "failed"
    assert row().fail_reason.startswith("PARAM_ERROR")
    assert simulator.called(BILLS + "/out-bill-no/", "GET") == 1
    assert len(events("TransferFailed")) == 1


def test_no_funds_waits_with_the_same_number(simulator):
    number = ask()
    simulator.control("config", opening_fen=0)
    send()
    assert row().state == "requested"
    assert Notice.objects.filter(kind="transfer_no_funds", ref=number).exists()
    simulator.control("config", opening_fen=10_000_000)
    transfers.send_requested(at=clock.now() + dt.timedelta(minutes=1))
    wait_state("awaiting_user")


def test_limits_are_named_before_anything_is_stored(simulator):
    refused: list[tuple[type[DomainError], dict[str, Any]]] = [
        (wechat.TransferTooSmall, {"amount_fen": 9}),
        (wechat.NameRequired, {"amount_fen": 200_000}),
        (wechat.OpenidRequired, {"account": {"name": "张三"}}),
        (bank.BankAccountInvalid, {"channel": "bank", "account": {**ACCOUNT, "account_no": "12"}}),
    ]
    for error, fields in refused:
        with pytest.raises(error):
            ask(**fields)
    assert not Transfer.objects.exists()


def test_the_bank_pays(simulator):
    number = ask("bank")
    send()
    wait_state("succeeded")
    assert simulator.resend(number, times=3) == [200] * 3
    assert len(events("TransferSucceeded")) == 1


def test_the_bank_refuses_an_account(simulator):
    ask("bank", {**ACCOUNT, "account_no": "6222020200110000"})
    send()
    wait_state("failed")
    assert row().fail_reason == "ACCOUNT_NOT_FOUND"
    assert len(events("TransferFailed")) == 1


@pytest.mark.parametrize("fault", ["cut_after", "unsigned"])
def test_the_bank_is_asked_when_its_answer_is_lost(simulator, fault):
    number = ask("bank", {**ACCOUNT, "account_no": "6222020200119999"})
    simulator.control("faults", endpoint=BANK, kind=fault)
    send()
    assert row().state == "sent"
    simulator.control("bank", out_no=number)
    wait_state("succeeded")
    assert len(simulator.rows("bank")) == 1


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        ("forged", 401, "rejected"),
        ("old_timestamp", 401, "rejected"),
        ("missing_headers", 401, "rejected"),
        ("wrong_amount", 200, "mismatch"),
        ("unknown_order", 200, "unmatched"),
    ],
)
def test_bank_notices_prove_themselves(simulator, kind, status, outcome):
    number = ask("bank")
    send()
    wait_state("succeeded")
    assert simulator.resend(number, kind) == [status]
    assert ProviderNotice.objects.latest("pk").outcome == outcome
    assert len(events("TransferSucceeded")) == 1
