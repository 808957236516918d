"""The worked examples A-J that define the programme, as tests. All amounts in fen."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from distribution.models import Commission
from distribution.queries import commissions, explanation, overview
from distribution.services import binding, commission, programme
from mall.kernel.errors import NotFound
from tests.factories import catalog
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db
NOW = make.NOW
DAY = dt.timedelta(days=1)
THREE = (200_000, 100_000, 50_000)


@pytest.fixture(autouse=True)
def three_tiers() -> None:
    make.publish(rates_ppm=THREE)


def buyer_under(length: int = 3) -> int:
    buyer = make.member()
    make.bind(buyer, make.chain(length)[0])
    return buyer


def amounts(rows: list[Commission]) -> list[int]:
    return [row.amount_fen for row in rows]


def test_example_a_freight_earns_nothing():
    order = make.order(buyer_under(), 10_000, freight_fen=800)
    assert amounts(make.pay(order)) == [2_000, 1_000, 500]
    assert all(tier.agrees for tier in explanation.explain_order(order_no=order.no))


def test_example_a_a_missing_third_tier_is_forfeited_and_the_explanation_says_so():
    order = make.order(buyer_under(2), 10_000)
    assert amounts(make.pay(order)) == [2_000, 1_000]
    third = explanation.explain_order(order_no=order.no)[2]
    assert (third.state, third.reason, third.amount_fen) == ("none", "missing", 0)
    assert "归平台" in third.sentences[-1]


def test_example_a_a_missing_third_tier_is_rolled_up_and_the_explanation_says_so():
    make.publish(at=NOW, missing_tier="roll_up")
    order = make.order(buyer_under(2), 10_000, at=NOW + DAY)
    rows = make.pay(order)
    assert amounts(rows) == [2_000, 1_000, 500]
    assert rows[2].distributor_id == rows[1].distributor_id
    assert "上级递补" in explanation.explain_order(order_no=order.no)[2].sentences[0]


def test_example_b_the_sum_is_rounded_once():
    order = make.order(buyer_under(), 666, 667, 667, list_fen=1_000)
    first = make.pay(order)[0]
    assert first.amount_fen == 400
    assert list(first.lines.values_list("amount_fen", flat=True)) == [133, 134, 133]


def test_example_c_refunds_of_a_line_add_up_exactly():
    order = make.order(buyer_under(), 666, 667, 667, list_fen=1_000)
    first = make.pay(order)[0]
    make.refund(order, {2: 300})
    first.refresh_from_db()
    assert first.reversed_fen == 60
    make.refund(order, {2: 367})
    first.refresh_from_db()
    assert first.reversed_fen == 134
    assert first.lines.get(position=2).reversed_fen == 134
    assert explanation.explain(commission_id=first.pk).agrees


def test_example_d_profit_is_what_is_left_after_the_cost():
    make.publish(at=NOW, basis="profit")
    order = make.order(buyer_under(), 9_000, list_fen=10_000, cost_fen=6_000, at=NOW + DAY)
    assert amounts(make.pay(order)) == [600, 300, 150]


def test_example_d_without_a_margin_nothing_is_earned_and_the_reason_is_kept():
    make.publish(at=NOW, basis="profit")
    order = make.order(buyer_under(), 5_500, list_fen=10_000, cost_fen=6_000, at=NOW + DAY)
    assert make.pay(order) == []
    tiers = explanation.explain_order(order_no=order.no)
    assert [(tier.state, tier.reason) for tier in tiers] == [("none", "no_margin")] * 3


def test_example_g_a_payment_notice_delivered_five_times_makes_one_set():
    order = make.order(buyer_under(), 10_000)
    for _ in range(5):
        make.pay(order)
    assert Commission.objects.filter(order_no=order.no).count() == 3


def test_example_h_the_orders_snapshot_is_paid():
    buyer = buyer_under()
    order = make.order(buyer, 10_000)
    other = make.distributor()
    binding.move(member_id=buyer, code=other.code, reason="换绑", actor="staff:x", at=NOW + DAY)
    assert other.pk not in {row.distributor_id for row in make.pay(order, at=NOW + 2 * DAY)}


def test_example_i_a_failed_group_gives_everything_back_with_the_refund():
    order = make.order(buyer_under(), 10_000)
    assert {row.state for row in make.pay(order)} == {"estimated"}
    with transaction.atomic():
        commission.void(order_no=order.no, at=NOW + DAY)
    make.refund(order, {1: 10_000}, at=NOW + DAY)
    assert {(row.state, row.net_fen) for row in make.commissions(order)} == {("reversed", 0)}


def test_example_j_new_rates_leave_old_orders_alone():
    order = make.order(buyer_under(), 10_000)
    rows = make.pay(order)
    make.publish(at=NOW + DAY, rates_ppm=(10_000,))
    assert amounts(make.commissions(order)) == [2_000, 1_000, 500]
    shown = explanation.explain(commission_id=rows[0].pk)
    assert (shown.rule["version"], shown.rate, shown.agrees) == (2, "20", True)


def test_an_explanation_has_exactly_the_public_shape_and_belongs_to_its_owner():
    order = make.order(buyer_under(), 666, 667, 667, list_fen=1_000)
    first, second, _ = make.pay(order)
    make.refund(order, {2: 300}, no="R1")
    make.sign(order, at=NOW + DAY)
    shown = explanation.explain(commission_id=first.pk, distributor_id=first.distributor_id)
    api = json.loads(json.dumps(shown.to_api()))
    assert list(api) == [
        "attribution", "rule", "base", "rate", "rounding", "cap", "cooling_ends_at", "settlement", "reversals", "ledger",
    ]  # fmt: skip
    assert [(line["base"], line["exact_fen"], line["amount"]) for line in api["base"]["lines"]] == [
        ("6.66", "133.2", "1.33"), ("6.67", "133.4", "1.34"), ("6.67", "133.4", "1.33"),
    ]  # fmt: skip
    assert (api["rounding"]["exact_fen"], api["rounding"]["amount"]) == ("400", "4.00")
    assert [(row["refund_no"], row["amount"]) for row in api["reversals"]] == [("R1", "0.60")]
    assert [journal["kind"] for journal in api["ledger"]] == ["earn", "reverse", "freeze"]
    assert shown.agrees
    assert len(shown.sentences) >= 6
    with pytest.raises(NotFound):
        explanation.explain(commission_id=first.pk, distributor_id=second.distributor_id)


def test_the_cap_and_a_products_own_rates_are_explained():
    buyer = buyer_under()
    sku = catalog.sku(price_fen=10_000)
    assert commissions.previews_fen(goods={sku.product_id: (10_000, 0, 0)}, at=NOW)[sku.product_id] == 2_000
    programme.publish_product_rate(
        product_id=sku.product_id, rates_ppm=[600_000, 200_000, 0], reason="清仓", by="staff:owner", at=make.JOINED
    )
    assert commissions.previews_fen(goods={sku.product_id: (10_000, 0, 0)}, at=NOW)[sku.product_id] == 3_750
    order = make.order(buyer, 10_000, sku=sku)
    assert amounts(make.pay(order)) == [3_750, 1_250]
    first, _, third = explanation.explain_order(order_no=order.no)
    assert (first.cap["limited_by"], first.cap["before"], first.cap["after"]) == ("cap", "60.00", "37.50")
    assert first.rule["source"].startswith("product:")
    assert third.reason == "no_rate"
    assert any("缩减" in sentence for sentence in first.sentences)


def test_the_explanation_notices_a_figure_that_does_not_follow_from_the_snapshot():
    order = make.order(buyer_under(), 10_000)
    first = make.pay(order)[0]
    first.lines.update(reversed_fen=1)
    assert not explanation.explain(commission_id=first.pk).agrees
    with pytest.raises(CommandError, match="不一致"):
        call_command("explain_commission", order.no, stdout=StringIO())


def test_the_command_prints_every_tier_and_its_json_agrees():
    order = make.order(buyer_under(2), 10_000)
    unpaid = explanation.explain_order(order_no=order.no)
    assert [(tier.state, tier.amount_fen) for tier in unpaid] == [("pending", 2_000), ("pending", 1_000), ("none", 0)]
    make.pay(order)
    table, data = StringIO(), StringIO()
    call_command("explain_commission", order.no, stdout=table)
    call_command("explain_commission", order.no, "--json", stdout=data)
    assert "第 3 级" in table.getvalue()
    assert "与账面一致" in table.getvalue()
    shown = json.loads(data.getvalue())
    assert [(tier["amount"], tier["reason"]) for tier in shown["tiers"]] == [
        ("20.00", ""),
        ("10.00", ""),
        ("0.00", "missing"),
    ]
    with pytest.raises(CommandError, match="D-nowhere"):
        call_command("explain_commission", "D-nowhere")


def test_a_distributors_lists_are_filtered_and_masked():
    people = make.chain(2)
    buyer = make.member()
    make.bind(buyer, people[0])
    paid = make.order(buyer, 10_000)
    make.pay(paid)
    signed = make.order(buyer, 5_000, at=NOW + DAY)
    make.pay(signed, at=NOW + DAY)
    make.sign(signed, at=NOW + DAY)
    make.refund(signed, {1: 1_000}, at=NOW + DAY)
    seen = overview.overview(member_id=people[0].member_id, at=NOW + DAY)
    assert (seen.balances.estimated, seen.balances.frozen, seen.balances.debt) == (2_000, 800, 0)
    assert (seen.earned_today_fen, seen.earned_total_fen) == (800, 2_800)
    page = commissions.commissions(distributor_id=people[0].pk, state="frozen")
    assert [(row.net_fen, row.rate, row.tier) for row in page.items] == [(800, "20", 1)]
    assert commissions.commissions(distributor_id=people[1].pk, tier=1).total == 0
    orders = commissions.promoted_orders(distributor_id=people[1].pk)
    assert [(row.commission_fen, row.states) for row in orders.items] == [(400, ["frozen"]), (1_000, ["estimated"])]
    assert orders.items[0].buyer_masked == "会**"
    assert signed.no not in orders.items[0].order_no_masked
    with pytest.raises(NotFound):
        overview.overview(member_id=buyer, at=NOW)
