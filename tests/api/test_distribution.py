"""`/api/v1/distribution/…` and its merchant side, from joining to money asked for."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
import zxingcpp
from django.db import transaction
from PIL import Image

from distribution import ledger
from distribution.ledger import EXPENSE, AccountKey, transfer
from distribution.models import Application, Commission, Distributor, Programme, SettlementRun, Withdrawal
from distribution.services import commission
from mall.kernel import clock
from members.models import Member
from orders.models import Order
from tests.api.client import SQL, T12, Api, code_of
from tests.factories import catalog, members
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db

FORM = {"kind": "person", "name": "李明", "phone": "13800000009", "channel": "朋友圈", "agreement": True}


def as_member(member_id: int) -> Api:
    return Api(member=Member.objects.get(pk=member_id))


@pytest.fixture
def person() -> Distributor:
    return make.distributor()


@pytest.fixture
def api(person: Distributor) -> Api:
    return as_member(person.member_id)


@pytest.fixture
def merchant() -> Api:
    return Api(scopes=["all"])


def sold(person: Distributor, *nets: int, at: dt.datetime | None = None) -> Order:
    """An order of somebody `person` brought, paid for."""
    at = at or clock.now()
    buyer = make.member()
    make.bind(buyer, person)
    order = make.order(buyer, *(nets or (10_000,)), at=at, freight_fen=800)
    make.pay(order, at=at)
    return order


def rich(person: Distributor, amount_fen: int = 10_000) -> None:
    with transaction.atomic():
        moves = transfer(EXPENSE, AccountKey(person.pk, "available"), amount_fen)
        ledger.post(key=f"test:{person.pk}", kind="test", ref="R", moves=moves, at=clock.now())


def test_an_application_is_approved_and_earns_a_code(merchant: Api) -> None:
    api = Api(member=members.member())
    assert api.get("distribution/me/").status_code == 404
    assert api.get("distribution/applications/current/").status_code == 404
    made = api.post("distribution/applications/", FORM)
    assert made.status_code == 201, made.content
    assert (made.json()["state"], made.json()["reason"]) == ("submitted", "")
    assert code_of(api.post("distribution/applications/", FORM)) == "application_pending"
    (row,) = merchant.get("distribution/applications/?state=submitted").json()["results"]
    assert row["id"] == made.json()["id"]
    approved = merchant.post(f"distribution/applications/{row['id']}/approve/")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert merchant.post(f"distribution/applications/{row['id']}/approve/").status_code == 409
    assert api.get("distribution/applications/current/").json()["state"] == "approved"
    me = api.get("distribution/me/").json()
    assert {"code", "link", "level", "state", "balances"} <= set(me)
    assert {"estimated", "frozen", "withdrawable", "withdrawing", "paid", "debt"} <= set(me["balances"])
    assert set(me["balances"].values()) == {"0.00"}
    assert me["link"].endswith(f"/r/{me['code']}/")


def test_an_application_is_rejected_with_a_reason(merchant: Api) -> None:
    api = Api(member=members.member())
    no = api.post("distribution/applications/", FORM).json()["id"]
    assert merchant.post(f"distribution/applications/{no}/reject/").status_code == 400
    assert (
        merchant.post(f"distribution/applications/{no}/reject/", {"reason": "资料不全"}).json()["state"] == "rejected"
    )
    assert api.get("distribution/applications/current/").json()["reason"] == "资料不全"


@pytest.mark.parametrize(
    "change",
    [
        {"agreement": False},
        {"agreement": "true"},
        {"kind": "robot"},
        {"name": ""},
        {"name": 1},
        {"phone": "123"},
        {"channel": ""},
        {"referral_code": "NOBODY99"},
    ],
    ids=repr,
)
def test_t12_an_application_is_complete(change: dict[str, Any]) -> None:
    assert Api(member=members.member()).post("distribution/applications/", FORM | change).status_code == 400
    assert not Application.objects.exists()


def test_t15_nobody_approves_themselves() -> None:
    api = Api(member=members.member())
    wishes = {"state": "approved", "reviewed_by": "staff:owner", "member": 1, "id": 7, "level": "gold"}
    assert api.post("distribution/applications/", FORM | wishes).json()["state"] == "submitted"
    assert not Distributor.objects.exists()


def test_commissions_explain_themselves(api: Api, person: Distributor) -> None:
    order = sold(person, 10_000)
    (row,) = api.get("distribution/commissions/").json()["results"]
    assert {"id", "order_no_masked", "tier", "base", "rate", "amount", "state"} <= set(row)
    assert (row["tier"], row["base"], row["rate"], row["amount"]) == (1, "100.00", "20", "20.00")
    assert (row["state"], order.no in str(row)) == ("estimated", False)
    told = api.get(f"distribution/commissions/{row['id']}/explanation/").json()
    shape = {
        "attribution",
        "rule",
        "base",
        "rate",
        "rounding",
        "cap",
        "cooling_ends_at",
        "settlement",
        "reversals",
        "ledger",
    }
    assert set(told) == shape
    assert {"version", "source"} <= set(told["rule"])
    base = sum(Decimal(line["base"]) for line in told["base"]["lines"])
    assert base * Decimal(told["rate"]) / 100 == Decimal(row["amount"])
    assert api.get("distribution/me/").json()["balances"]["estimated"] == "20.00"


def test_lists_are_filtered_and_paged(api: Api, person: Distributor) -> None:
    for _ in range(3):
        sold(person)
    assert api.get("distribution/commissions/?state=estimated&tier=1&page_size=2").json()["count"] == 3
    assert api.get("distribution/commissions/?tier=2").json()["count"] == 0
    orders = api.get("distribution/orders/?page_size=2").json()
    assert (orders["count"], len(orders["results"])) == (3, 2)
    assert orders["results"][0]["buyer_masked"].endswith("**")
    for query in ("state=lost", "tier=4", "tier=x", "page_size=101", "page=0"):
        assert api.get(f"distribution/commissions/?{query}").status_code == 400
    for path in ("orders", "team", "statements", "withdrawals"):
        assert api.get(f"distribution/{path}/?page_size=1000").status_code == 400
        assert set(api.get(f"distribution/{path}/").json()) == {"count", "next", "previous", "results"}


@pytest.mark.parametrize("text", SQL)
def test_t68_sql_in_filters_is_refused(api: Api, text: str) -> None:
    for name in ("state", "tier"):
        assert api.client.get("/api/v1/distribution/commissions/", {name: text}).status_code == 400
    assert api.client.get("/api/v1/distribution/poster/", {"product": text}).status_code in (400, 404)


def test_t78_another_distributors_objects_do_not_exist(api: Api, person: Distributor) -> None:
    sold(person)
    rich(person)
    asked = api.post("distribution/withdrawals/", {"amount": "20.00", "channel": "balance"}).json()
    other = as_member(make.distributor().member_id)
    commission_id = Commission.objects.get().pk
    for path in (f"commissions/{commission_id}/explanation", f"withdrawals/{asked['no']}"):
        assert api.get(f"distribution/{path}/").status_code == 200
        assert other.get(f"distribution/{path}/").status_code == 404
    assert other.post(f"distribution/withdrawals/{asked['no']}/cancel/").status_code == 404
    for path in ("commissions", "orders", "statements", "withdrawals"):
        assert other.get(f"distribution/{path}/").json()["count"] == 0
    shopper = Api(member=members.member())
    assert shopper.get("distribution/commissions/").status_code == 404
    assert Withdrawal.objects.get().state == "requested"


def test_money_is_asked_for_once_and_held(api: Api, person: Distributor) -> None:
    rich(person, 10_000)
    body = {"amount": "60.00", "channel": "balance"}
    first, again = (
        api.post("distribution/withdrawals/", body, "w-1"),
        api.post("distribution/withdrawals/", body, "w-1"),
    )
    assert first.status_code == 201, first.content
    assert first.json() == again.json()
    assert {"no", "state", "amount", "fee", "tax", "net"} <= set(first.json())
    assert (first.json()["state"], first.json()["net"]) == ("requested", "60.00")
    assert api.post("distribution/withdrawals/", {**body, "amount": "61.00"}, "w-1").status_code == 422
    second = api.post("distribution/withdrawals/", body)
    assert (second.status_code, code_of(second)) == (409, "withdrawal_pending")
    balances = api.get("distribution/me/").json()["balances"]
    assert (balances["withdrawable"], balances["withdrawing"]) == ("40.00", "60.00")
    missing = api.client.post("/api/v1/distribution/withdrawals/", body, format="json")
    assert code_of(missing) == "idempotency_key_required"


def test_more_than_there_is_is_refused(api: Api, person: Distributor) -> None:
    rich(person, 5_000)
    response = api.post("distribution/withdrawals/", {"amount": "60.00", "channel": "balance"})
    assert (response.status_code, code_of(response)) == (409, "insufficient_balance")
    assert api.post("distribution/withdrawals/", {"amount": "1.00", "channel": "balance"}).status_code == 400
    assert api.post("distribution/withdrawals/", {"amount": "20.00", "channel": "alipay"}).status_code == 400
    assert api.post("distribution/withdrawals/", {"amount": "20.00", "channel": "bank"}).status_code == 400
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize("amount", [*T12, "-20.00", "0.00", "20.001", "１0.00", "1e3", 20, 20.0], ids=repr)
def test_t12_an_amount_is_a_string_in_yuan(api: Api, person: Distributor, amount: Any) -> None:
    rich(person)
    assert api.post("distribution/withdrawals/", {"amount": amount, "channel": "balance"}).status_code == 400
    assert not Withdrawal.objects.exists()


def test_a_withdrawal_is_approved_or_refused_by_the_merchant(api: Api, person: Distributor, merchant: Api) -> None:
    rich(person)
    ask = {"amount": "20.00", "channel": "balance"}
    no = api.post("distribution/withdrawals/", ask).json()["no"]
    assert merchant.post(f"distribution/withdrawals/{no}/refuse/").status_code == 400
    assert merchant.post(f"distribution/withdrawals/{no}/refuse/", {"reason": "资料不符"}).json()["state"] == "refused"
    assert api.get("distribution/me/").json()["balances"]["withdrawable"] == "100.00"
    no = api.post("distribution/withdrawals/", ask).json()["no"]
    assert merchant.post(f"distribution/withdrawals/{no}/approve/").json()["state"] in ("sending", "paid")
    assert merchant.post(f"distribution/withdrawals/{no}/approve/").status_code == 409
    assert merchant.post("distribution/withdrawals/W0/approve/").status_code == 404


def test_the_programme_goes_round_and_refuses_the_impossible(merchant: Api) -> None:
    shown = merchant.get("distribution/programme/").json()
    put = merchant.call("PUT", "distribution/programme/", shown)
    assert put.status_code == 200, put.content
    assert {**put.json(), "version": 0} == {**shown, "version": 0}
    assert put.json()["version"] == shown["version"] + 1
    changed = {**shown, "rates": ["12.3456", "1"], "cycle": "daily", "cooling_days": 0}
    assert merchant.call("PUT", "distribution/programme/", changed).json()["rates"] == ["12.3456", "1"]
    version = merchant.get("distribution/programme/").json()["version"]
    for wrong in (
        {"tiers": 4},
        {"tiers": 0},
        {"tiers": True},
        {"tiers": "2"},
        {"rates": ["20"]},
        {"rates": ["101", "1"]},
        {"rates": ["-1", "1"]},
        {"rates": [20, 10]},
        {"rates": ["1.23456", "1"]},
        {"basis": "hope"},
        {"cycle": "yearly"},
        {"cooling_days": -1},
        {"cooling_days": 1.5},
        {"pay_day": 29},
        {"withdrawal": None},
        {"withdrawal": {**shown["withdrawal"], "minimum": "-1.00"}},
        {"withdrawal": {**shown["withdrawal"], "fee_percent": "100"}},
        {"nonsense": 1},
    ):
        assert merchant.call("PUT", "distribution/programme/", shown | wrong).status_code == 400, wrong
    for body in ([], None, "x", {}):
        assert merchant.call("PUT", "distribution/programme/", body).status_code == 400
    assert Programme.objects.order_by("-version")[0].version == version


@pytest.fixture
def _daily() -> None:
    make.publish(at=clock.now(), cycle="daily", cooling_days=7)


@pytest.mark.usefixtures("_daily")
def test_a_sandbox_settlement_plays_the_clock(api: Api, person: Distributor, merchant: Api) -> None:
    order = sold(person, 10_000)
    make.sign(order, at=clock.now())
    end = (clock.day_start(clock.local_date(clock.now())) + dt.timedelta(days=9)).isoformat()
    dry = merchant.post("distribution/settlements/", {"period_end": end, "dry_run": True})
    assert dry.status_code == 200, dry.content
    assert [row["commission"] for row in dry.json()["statements"]] == ["20.00"]
    assert not SettlementRun.objects.exists()
    run = merchant.post("distribution/settlements/", {"period_end": end, "dry_run": False})
    assert run.status_code == 201, run.content
    assert [row["closing"] for row in run.json()["statements"]] == ["20.00"]
    assert run.json()["digest"] == dry.json()["digest"]
    again = merchant.post("distribution/settlements/", {"period_end": end, "dry_run": False})
    assert again.json() == run.json()
    assert api.get("distribution/me/").json()["balances"]["withdrawable"] == "20.00"
    assert api.get("distribution/statements/").json()["results"][0]["closing"] == "20.00"
    assert api.get("distribution/commissions/").json()["results"][0]["state"] == "settled"


def test_a_period_must_have_ended_in_production(merchant: Api, settings: Any) -> None:
    settings.SANDBOX = False
    end = (clock.now() + dt.timedelta(days=1)).isoformat()
    assert merchant.post("distribution/settlements/", {"period_end": end}).status_code == 400
    for wrong in ({"period_end": "soon"}, {"period_end": "1999-01-01T00:00:00Z"}, {"dry_run": "yes"}, {"dry_run": 1}):
        assert merchant.post("distribution/settlements/", wrong).status_code == 400
    assert not SettlementRun.objects.exists()


def test_clearing_skips_what_has_an_open_claim(api: Api, person: Distributor) -> None:
    order = sold(person)
    make.sign(order, at=clock.now() - dt.timedelta(days=30))
    make.open_refund(order)
    assert commission.clear_cooled(at=clock.now()) == 0
    assert api.get("distribution/commissions/").json()["results"][0]["state"] == "frozen"


def test_the_team_is_masked(api: Api, person: Distributor) -> None:
    below = make.distributor(inviter=person)
    Distributor.objects.filter(pk=below.pk).update(name="王小明")
    body = api.get("distribution/team/").json()
    assert "王小明" not in str(body)


@pytest.mark.parametrize("with_product", [False, True])
def test_a_poster_opens_the_referral_link(api: Api, person: Distributor, with_product: bool) -> None:
    sku = catalog.sku()
    response = api.get(f"distribution/poster/{f'?product={sku.product_id}' if with_product else ''}")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(response.content)))
    assert person.code in code.text
    assert (f"/p/{sku.product.slug}/" in code.text) == with_product


def test_a_poster_of_nothing(api: Api) -> None:
    assert api.get("distribution/poster/?product=999999").status_code == 404
    assert api.get("distribution/poster/?product=99999999999999999999").status_code == 404
    assert Api(member=members.member()).get("distribution/poster/").status_code == 404
