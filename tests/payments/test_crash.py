"""A worker killed with -9 while the provider works on its request: the next one finishes by the same number."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys

import pytest
from django.db import connection, transaction

from mall.kernel import clock
from payments.models import ProviderRefund, Transfer
from payments.services import collect, refunds, transfers
from tests.factories import payments as make
from tests.payments.conftest import ROOT, events, wait_for

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

WORKER = """
import django; django.setup()
from payments import tasks
tasks.send_requested()
"""


@pytest.fixture
def killed_worker(simulator, settings, tmp_path):
    """Run the sending task in another process and kill it while the provider works on its request to `endpoint`."""

    def run(endpoint):
        simulator.control("faults", endpoint=endpoint, kind="delay", seconds=2)
        database = connection.settings_dict
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps(simulator.keys))
        address = f"{database['HOST']}:{database['PORT']}"
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mall.settings.test",
            "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{address}/{database['NAME']}",
            "SIMULATOR_KEYS": str(keys),
            "SIMULATOR_URL": simulator.base,
            "SITE_URL": settings.SITE_URL,
        }
        worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment)
        try:
            wait_for(lambda: not simulator.armed(), seconds=60)
        finally:
            worker.kill()
        assert worker.wait(timeout=10) == -signal.SIGKILL

    return run


def in_a_minute():
    return clock.now() + dt.timedelta(minutes=1)


def test_t38_killed_between_provider_and_commit_refunds_once(simulator, killed_worker):
    payment = make.collect_from(make.member(), amount_fen=1_000, method="wechat_jsapi", openid="sim_openid_0001")
    simulator.control("pay", out_trade_no=payment.no, result="lost")
    collect.refresh(payment_no=payment.no, at=clock.now())
    with transaction.atomic():
        number = refunds.request(payment_no=payment.no, ref="R1", amount_fen=400, reason="", at=clock.now())
    simulator.control("config", auto_refund=False)
    killed_worker("/v3/refund/domestic/refunds")
    wait_for(lambda: simulator.rows("refunds"))
    assert ProviderRefund.objects.get().state == "sent"
    refunds.send_requested(at=in_a_minute())
    simulator.control("refund", out_refund_no=number)
    wait_for(lambda: ProviderRefund.objects.get().state == "succeeded")
    assert [row["out_refund_no"] for row in simulator.rows("refunds")] == [number]
    assert len(events("RefundSucceeded")) == 1


def test_t61_killed_between_provider_and_commit_pays_out_once(simulator, killed_worker):
    with transaction.atomic():
        number = transfers.request(
            purpose="withdrawal",
            ref="W1",
            member_id=make.member().pk,
            channel="wechat",
            account={"openid": "sim_openid_0001"},
            amount_fen=1_000,
            remark="佣金提现",
            at=clock.now(),
        )
    killed_worker("/v3/fund-app/mch-transfer/transfer-bills")
    wait_for(lambda: simulator.rows("transfers"))
    assert Transfer.objects.get().state == "sent"
    transfers.query_sent(at=in_a_minute())
    assert Transfer.objects.get().state == "awaiting_user"
    simulator.control("transfer", out_bill_no=number, action="confirm")
    wait_for(lambda: Transfer.objects.get().state == "succeeded")
    assert [row["out_bill_no"] for row in simulator.rows("transfers")] == [number]
    assert len(events("TransferSucceeded")) == 1
