"""The main job, over HTTP against running servers: a referred purchase ends as money in three people's hands.

Follows the walk in ARCHITECTURE.md. Every figure is recomputed here from the order's own numbers.
"""

import json

import pytest

from tests.flows.shop import Shop, eventually
from tests.flows.trade import TEAM, buy, commission_of, deliver, fen, withdraw_through_wechat

pytestmark = pytest.mark.serial

RATES = (20, 10, 5)


def test_a_referred_purchase_ends_as_withdrawn_money(shop: Shop):
    team = [shop.known(phone) for phone in TEAM]
    before = [{row["id"] for row in d.get("distribution/commissions/")["results"]} for d in team]
    code = team[0].get("distribution/me/")["code"]
    buyer = shop.member("13911112222", referral_code=code)
    order = buy(buyer)
    base = fen(order["payable"]) - fen(order["freight"])

    rows = [eventually(lambda d=d, k=k: commission_of(d, k)) for d, k in zip(team, before, strict=True)]
    for tier, (row, rate) in enumerate(zip(rows, RATES, strict=True), start=1):
        assert (row["tier"], row["state"]) == (tier, "estimated")
        assert fen(row["amount"]) == base * rate // 100
        assert order["no"] not in json.dumps(row), "the order number is shown masked"

    deliver(shop, buyer, order["no"])
    parcels = buyer.get(f"orders/{order['no']}/tracking/")["parcels"]
    assert parcels[0]["state"] == "signed"
    assert parcels[0]["events"]

    eventually(lambda: commission_of(team[0], before[0])["state"] == "frozen")
    available = [fen(d.get("distribution/me/")["balances"]["withdrawable"]) for d in team]
    assert "0 写入" in shop.manage("settle_commissions", "--as-of", shop.later(), "--dry-run")
    assert [fen(d.get("distribution/me/")["balances"]["withdrawable"]) for d in team] == available
    shop.settle()
    for distributor, known, row, had in zip(team, before, rows, available, strict=True):
        assert commission_of(distributor, known)["state"] == "settled"
        gained = fen(distributor.get("distribution/me/")["balances"]["withdrawable"]) - had
        assert gained >= fen(row["amount"])

    explanation = team[0].get(f"distribution/commissions/{rows[0]['id']}/explanation/")
    assert explanation["rate"] in ("20", "20.0000", "20.00")
    assert sum(fen(line["base"]) for line in explanation["base"]["lines"]) == base
    explained = json.loads(shop.manage("explain_commission", order["no"], "--json"))
    assert str(base * 20 // 100) in json.dumps(explained) or rows[0]["amount"] in json.dumps(explained)

    withdraw_through_wechat(shop, team[0])
    shop.manage("audit")
