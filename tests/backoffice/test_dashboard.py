"""The overview: its numbers are those of the lists it links to."""

import html
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mall.kernel import clock, outbox
from mall.kernel.models import Delivery, OutboxEvent

pytestmark = pytest.mark.django_db


def test_the_overview_costs_at_most_twenty_queries(desk: Callable[[str], Client], trade: None):
    finance = desk("财务")
    with CaptureQueriesContext(connection) as queries:
        assert finance.get("/admin/?range=month").status_code == 200
    assert len(queries) <= 20, [query["sql"][:160] for query in queries]


def test_a_card_leads_to_exactly_the_rows_it_counts(desk: Callable[[str], Client], trade: None):
    owner = desk("老板")
    page = owner.get("/admin/?range=today")
    card = next(card for card in page.context["cards"] if card.label == "支付订单")
    assert (card.value, card.change) == ("3", "")
    assert owner.get(card.link).context["cl"].result_count == 3
    refunds = next(card for card in page.context["cards"] if card.label == "退款金额")
    assert owner.get(refunds.link).context["cl"].result_count == 0


def test_what_waits_is_counted_and_linked(desk: Callable[[str], Client], trade: None):
    owner = desk("老板")
    waiting = {task["title"]: task for task in owner.get("/admin/").context["todos"]}
    assert (waiting["待发货"]["count"], waiting["待审售后"]["count"], waiting["库存预警"]["count"]) == (1, 1, 1)
    for title in ("待发货", "待审售后", "库存预警"):
        assert owner.get(waiting[title]["link"]).context["cl"].result_count == 1


def test_a_shop_without_orders_shows_its_first_steps_instead_of_zeros(desk: Callable[[str], Client]):
    page = html.unescape(desk("老板").get("/admin/").content.decode())
    assert "开店清单" in page
    assert not re.search(r"支付金额|成交趋势", page)


def test_a_dead_delivery_is_retried_by_hand_and_only_then(desk: Callable[[str], Client]):
    event = OutboxEvent.objects.create(name="X", aggregate="order:1", payload={})
    dead = Delivery.objects.create(
        event=event, subscriber="s", aggregate="order:1", state="dead", attempts=12, due_at=clock.now(), error="boom"
    )
    owner = desk("老板")
    url = f"/admin/kernel/delivery/{dead.pk}/"
    assert "重试" in owner.get(f"{url}change/").content.decode()
    owner.post(f"{url}retry/", {"_form_submitted": "true"})
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("pending", 0)
    with pytest.raises(outbox.NotDead):
        outbox.revive(delivery_id=dead.pk, at=clock.now())
