"""Parcels: dispatch by any code, signed news only, and no way back from signed."""

import datetime as dt
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from django.db import transaction

from logistics import queries
from logistics.carriers import kuaidi100
from logistics.carriers.base import ForgedPush, MalformedPush
from logistics.models import Parcel
from logistics.services import shipments
from mall.kernel.models import OutboxEvent

AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)


def dispatch(carrier_code="SF", tracking_no="SF1234567890", order_no="D1"):
    with transaction.atomic():
        return shipments.dispatch(
            order_no=order_no,
            carrier_code=carrier_code,
            tracking_no=tracking_no,
            contents=[{"line": 1, "name": "茶", "quantity": 2}],
            phone_tail="0001",
            actor="staff:warehouse",
            at=AT,
        )


def push(parcel_no, state, *scans, salt=None, status="polling", at=AT + dt.timedelta(days=1), **extra):
    """A push as Kuaidi100 sends it; scans are (local time, text)."""
    parcel = Parcel.objects.get(no=parcel_no)
    data = [{"time": when, "ftime": when, "context": text} for when, text in reversed(scans)]
    param = json.dumps({"status": status, "lastResult": {"state": state, "data": data}, **extra}, ensure_ascii=False)
    sign = kuaidi100.push_sign(param=param, salt=parcel.push_salt if salt is None else salt)
    shipments.receive_push(parcel_no=parcel_no, form={"param": param, "sign": sign}, at=at)
    return Parcel.objects.get(no=parcel_no)


def test_the_signatures_match_the_service_s_vectors():
    assert (
        kuaidi100.query_sign(param='{"com":"shunfeng","num":"SF1"}', key="KEY", customer="CUST")
        == "F882B5D08DE1475D2899410DD746557F"
    )
    assert kuaidi100.push_sign(param='{"status":"polling"}', salt="SALT") == "9E1C45EE8E992780AB1C5976032B9F61"


@pytest.mark.parametrize(
    ("code", "state"),
    [("0", "transit"), ("1", "collected"), ("2", "problem"), ("3", "signed"), ("304", "signed"), ("4", "returned"),
     ("5", "delivering"), ("501", "at_station"), ("6", "returning"), ("14", "refused"), ("203", "refused"),
     ("999", ""), ("401", "")],
)  # fmt: skip
def test_states_map_to_ours(code, state):
    assert kuaidi100.state_of(code) == state
    assert state in {"", *Parcel.State.values}


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["SF", "sf", "shunfeng"])
def test_a_carrier_is_found_by_any_of_its_codes(code):
    dispatch(code)
    [parcel] = queries.parcels(order_no="D1")
    assert (parcel.carrier_name, parcel.tracking_no, parcel.state) == ("顺丰速运", "SF1234567890", "created")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "number", "error"),
    [
        ("nobody", "SF1234567890", shipments.UnknownCarrier),
        ("SF", "", shipments.InvalidTrackingNo),
        ("SF", "<script>", shipments.InvalidTrackingNo),
        ("SF", "１２３４５６７８", shipments.InvalidTrackingNo),
    ],
)
def test_a_wrong_parcel_is_refused(code, number, error):
    with pytest.raises(error):
        dispatch(code, number)
    assert not Parcel.objects.exists()


@pytest.mark.django_db
def test_a_number_serves_one_parcel():
    dispatch()
    with pytest.raises(shipments.TrackingNoUsed):
        dispatch(order_no="D2")


@pytest.mark.django_db
def test_news_moves_the_parcel_and_signing_tells_the_order_once():
    no = dispatch()
    assert push(no, "0", ("2026-11-22 12:00:00", "已到达杭州")).state == "transit"
    scans = [("2026-11-22 12:00:00", "已到达杭州"), ("2026-11-22 18:00:00", "已签收")]
    for _repeat in range(3):
        parcel = push(no, "3", *scans)

    assert parcel.state == "signed"
    assert parcel.signed_at == dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)
    assert parcel.traces.count() == 2
    [event] = OutboxEvent.objects.filter(name="logistics.ParcelSigned")
    assert event.aggregate == "order:D1"
    assert dt.datetime.fromisoformat(event.payload["signed_at"]) == parcel.signed_at


@pytest.mark.django_db
def test_a_signed_parcel_stays_signed_and_late_news_changes_no_state():
    no = dispatch()
    push(no, "5", ("2026-11-22 12:00:00", "派送中"))
    assert push(no, "1", ("2026-11-22 09:00:00", "已揽收")).state == "delivering"
    push(no, "3", ("2026-11-22 13:00:00", "已签收"))
    parcel = push(no, "6", ("2026-11-22 14:00:00", "退回"))

    assert parcel.state == "signed"
    assert parcel.traces.count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize("form", [{}, {"param": "{}"}, {"param": "{}", "sign": "签"}, {"param": "", "sign": ""}])
def test_t28_an_unsigned_push_changes_nothing(form):
    no = dispatch()
    with pytest.raises(ForgedPush):
        shipments.receive_push(parcel_no=no, form=form, at=AT)


@pytest.mark.django_db
def test_t28_the_salt_of_another_parcel_does_not_sign():
    no, other = dispatch(), dispatch(tracking_no="SF0000000002", order_no="D2")
    with pytest.raises(ForgedPush):
        push(no, "3", ("2026-11-22 12:00:00", "已签收"), salt=Parcel.objects.get(no=other).push_salt)
    assert Parcel.objects.get(no=no).state == "created"


@pytest.mark.django_db
def test_signed_nonsense_is_refused():
    parcel = Parcel.objects.get(no=dispatch())
    for param in ("not json", "[]", '{"lastResult": {"data": [{"time": "gestern"}]}}'):
        sign = kuaidi100.push_sign(param=param, salt=parcel.push_salt)
        with pytest.raises(MalformedPush):
            shipments.receive_push(parcel_no=parcel.no, form={"param": param, "sign": sign}, at=AT)


@pytest.mark.django_db
def test_an_abandoned_number_is_subscribed_again_after_half_an_hour():
    parcel = push(dispatch(), "", status="abort", comNew="zhongtong", at=AT)
    assert parcel.subscribe_at == AT + dt.timedelta(minutes=30)
    assert parcel.state == "created"


class TrackerServer(HTTPServer):
    """Remembers the subscriptions asked for and the codes to answer with."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Tracker)
        self.asked: list[dict] = []
        self.codes: list[str] = []


class Tracker(BaseHTTPRequestHandler):
    """Answers subscriptions with the server's next code and keeps what was asked."""

    server: TrackerServer

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(json.loads(form["param"][0]))
        body = json.dumps({"result": True, "returnCode": self.server.codes.pop(0)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def tracker(settings):
    server = TrackerServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.KD100_BASE = f"http://127.0.0.1:{server.server_port}"
    settings.KD100_KEY = "KEY"
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["200", "501"])
def test_a_parcel_is_subscribed_once(tracker, settings, code):
    tracker.codes = [code]
    no = dispatch()

    assert shipments.subscribe_requested(at=AT) == 1
    assert shipments.subscribe_requested(at=AT + dt.timedelta(days=1)) == 0
    [asked] = tracker.asked
    assert (asked["company"], asked["number"]) == ("shunfeng", "SF1234567890")
    assert asked["parameters"]["callbackurl"] == f"{settings.SITE_URL}/notify/kuaidi100/{no}/"
    assert asked["parameters"]["salt"] == Parcel.objects.get(no=no).push_salt


@pytest.mark.django_db
def test_a_refused_subscription_backs_off_and_is_tried_again(tracker):
    tracker.codes = ["500", "200"]
    dispatch()

    assert shipments.subscribe_requested(at=AT) == 0
    assert shipments.subscribe_requested(at=AT + dt.timedelta(seconds=1)) == 0
    assert shipments.subscribe_requested(at=AT + dt.timedelta(minutes=5)) == 1
    assert len(tracker.asked) == 2


@pytest.mark.django_db
def test_the_sandbox_can_sign_for_the_carrier():
    dispatch()
    shipments.mark_signed(tracking_no="SF1234567890", at=AT)
    assert queries.parcels(order_no="D1")[0].state == "signed"
