"""`/sandbox/…`: payments, transfers and parcels moved by POST, with the simulator's signed notices arriving over HTTP."""

from typing import Any

import pytest
from django.db import transaction

from distribution import ledger
from distribution.ledger import EXPENSE, AccountKey, transfer
from logistics.services import shipments
from mall.kernel import clock
from members.models import Member, WechatIdentity
from payments.models import Payment
from payments.services import transfers
from tests.api.client import Api, code_of
from tests.factories import catalog, members
from tests.factories import distribution as make
from tests.factories import orders as factory
from tests.payments.conftest import Simulator, simulator, simulator_process, wait_for  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(simulator: Simulator, settings: Any) -> Simulator:  # noqa: F811 (a fixture of the payments' tests)
    """The simulator, known to the sandbox and to the tracking service's client."""
    settings.SIMULATOR_URL = settings.KD100_BASE = simulator.base
    return simulator


def state_of(api: Api, no: str) -> str:
    return str(api.get(f"payments/{no}/").json()["state"])


def opened(api: Api, member: Member) -> tuple[str, str]:
    """An order with an open WeChat payment: their numbers."""
    order = factory.placed((catalog.sku(), 1), member=member)
    payment = api.post("payments/", {"order": order.no, "method": "wechat_native"})
    assert payment.status_code == 201, payment.content
    assert payment.json()["action"]["kind"] == "qr"
    return order.no, payment.json()["no"]


@pytest.mark.parametrize("result", ["success", "duplicate"])
def test_a_payment_succeeds_by_its_own_number(world: Simulator, result: str) -> None:
    member = members.member()
    api = Api(member=member)
    _order, no = opened(api, member)
    answer = api.post(f"/sandbox/payments/{no}/", {"result": result})
    assert (answer.status_code, answer.json()) == (200, {"no": no, "done": result})
    wait_for(lambda: state_of(api, no) == "succeeded")
    assert Payment.objects.filter(state="succeeded").count() == 1


def test_a_payment_succeeds_by_the_orders_number(world: Simulator) -> None:
    member = members.member()
    api = Api(member=member)
    order, no = opened(api, member)
    # No signature, no cookie, no token: the sandbox is driven by scripts.
    assert Api().post(f"/sandbox/payments/{order}/", {"result": "success"}).json()["no"] == no
    wait_for(lambda: state_of(api, no) == "succeeded")
    assert Api().post(f"/sandbox/payments/{order}/", {"result": "success"}).status_code == 404


def test_a_payment_that_comes_after_the_cancellation(world: Simulator) -> None:
    member = members.member()
    api = Api(member=member)
    order, no = opened(api, member)
    assert api.post(f"orders/{order}/cancel/").json()["state"] == "cancelled"
    world.control("config", late_seconds=0)
    assert api.post(f"/sandbox/payments/{order}/", {"result": "late"}).json()["no"] == no
    wait_for(lambda: state_of(api, no) == "succeeded")
    assert api.get(f"orders/{order}/").json()["state"] == "cancelled"


def test_a_failed_payment_is_not_paid(world: Simulator) -> None:
    member = members.member()
    api = Api(member=member)
    _order, no = opened(api, member)
    assert api.post(f"/sandbox/payments/{no}/", {"result": "failure"}).status_code == 200
    assert state_of(api, no) == "pending"


def test_a_transfer_is_confirmed_by_the_withdrawals_number(world: Simulator) -> None:
    person = make.distributor()
    openid = world.rows("users")[0]["openid"]
    appid = world.keys["wechat_appid"]
    WechatIdentity.objects.create(member_id=person.member_id, appid=appid, openid=openid)
    with transaction.atomic():
        moves = transfer(EXPENSE, AccountKey(person.pk, "available"), 10_000)
        ledger.post(key="test", kind="test", ref="R", moves=moves, at=clock.now())
    api, merchant = Api(member=Member.objects.get(pk=person.member_id)), Api(scopes=["all"])
    asked = api.post("distribution/withdrawals/", {"amount": "20.00", "channel": "wechat"})
    assert asked.status_code == 201, asked.content
    no = asked.json()["no"]
    assert merchant.post(f"distribution/withdrawals/{no}/approve/").json()["state"] == "sending"
    transfers.send_requested(at=clock.now())
    answer = api.post(f"/sandbox/transfers/{no}/", {"action": "confirm"})
    assert answer.status_code == 200, answer.content
    sent = answer.json()["no"]
    wait_for(lambda: world.rows("transfers", out_bill_no=sent)[0]["state"] == "SUCCESS")
    assert code_of(api.post(f"/sandbox/transfers/{sent}/", {"action": "fail"})) == "state_conflict"


def test_a_parcel_moves_and_the_carrier_tells(world: Simulator) -> None:
    member = factory.shopper()
    order = factory.shipped((catalog.sku(), 1), member=member)
    api = Api(member=member)
    tracking_no = api.get(f"orders/{order.no}/tracking/").json()["parcels"][0]["tracking_no"]
    assert shipments.subscribe_requested(at=clock.now()) == 1
    assert api.post(f"/sandbox/parcels/{tracking_no}/").status_code == 200
    assert api.post(f"/sandbox/parcels/{tracking_no}/", {"state": "signed"}).json()["done"] == "signed"

    def state() -> Any:
        return api.get(f"orders/{order.no}/tracking/").json()["parcels"][0]["state"]

    wait_for(lambda: state() == "signed")
    assert api.post("/sandbox/parcels/SF0000000000/").status_code == 404


def test_the_sandbox_does_not_exist_in_production(world: Simulator, settings: Any) -> None:
    member = members.member()
    api = Api(member=member)
    _order, no = opened(api, member)
    settings.SANDBOX = False
    for path, body in (
        (f"payments/{no}", {"result": "success"}),
        (f"transfers/{no}", {"action": "confirm"}),
        ("parcels/SF1", {}),
    ):
        assert api.post(f"/sandbox/{path}/", body).status_code == 404
    assert state_of(api, no) == "pending"


def test_only_json_of_the_known_kind_is_taken(world: Simulator) -> None:
    member = members.member()
    api = Api(member=member)
    _order, no = opened(api, member)
    for body in ({}, {"result": "lost"}, {"result": None}, [], b"{", {"result": ["success"]}):
        assert api.post(f"/sandbox/payments/{no}/", body).status_code == 400
    assert api.client.post(f"/sandbox/payments/{no}/", "result=success", content_type="text/plain").status_code == 415
    form = "application/x-www-form-urlencoded"
    assert api.client.post(f"/sandbox/payments/{no}/", "result=success", content_type=form).status_code == 415
    assert api.get(f"/sandbox/payments/{no}/").status_code == 405
    for unknown in ("P0", "D261122AAAAAAAAAAAA", "0"):
        assert api.post(f"/sandbox/payments/{unknown}/", {"result": "success"}).status_code == 404
        assert api.post(f"/sandbox/transfers/{unknown}/", {"action": "confirm"}).status_code == 404
