"""The team tree equals the bindings after every batch, whatever was moved (T60)."""

import datetime as dt
import random
import threading

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from distribution.audit import payout as audit
from distribution.models import TeamNode
from distribution.queries import team as teams
from distribution.services import binding, team
from mall.kernel import audit as kernel
from mall.kernel import clock
from mall.kernel.errors import NotFound
from tests.factories import distribution as make

TREE = [check for check in audit.CHECKS if check.id == "TRE2"]


def wrong() -> list[dict[str, object]]:
    return kernel.run(TREE)[0].rows


@pytest.mark.django_db
def test_t60_joining_and_moving_in_batches_keeps_the_tree_equal_to_the_bindings():
    dice = random.Random(60)
    people = [make.distributor() for _ in range(3)]
    for round_ in range(4):
        people += [make.distributor(inviter=dice.choice(people)) for _ in range(12)]
        for person in dice.sample(people, 6):
            target = dice.choice([None, *people])
            try:
                binding.move(
                    member_id=person.member_id,
                    code=target.code if target else "",
                    reason="测试",
                    actor="staff:x",
                    at=make.NOW + dt.timedelta(days=round_),
                )
            except binding.BindingRefused:
                continue
        while team.catch_up(at=clock.now(), limit=5):
            pass
        assert wrong() == []
    assert TeamNode.objects.count() == len(people)
    shape = list(TeamNode.objects.order_by("distributor").values_list("distributor", "level", "parent__distributor"))
    call_command("rebuild_team")
    assert wrong() == []
    assert (
        list(TeamNode.objects.order_by("distributor").values_list("distributor", "level", "parent__distributor"))
        == shape
    )
    root = TeamNode.objects.filter(parent=None).first()
    assert root is not None
    assert root.get_descendants().count() == (root.rght - root.lft - 1) // 2


@pytest.mark.django_db
def test_a_batch_is_a_fixed_number_of_statements_and_idle_ones_write_nothing():
    def count(people: int) -> int:
        top = make.distributor()
        for _ in range(people):
            make.distributor(inviter=top)
        with CaptureQueriesContext(connection) as queries:
            assert team.catch_up(at=clock.now()) == people + 1
        return len(queries)

    assert count(2) == count(20)
    assert team.catch_up(at=clock.now()) == 0


@pytest.mark.django_db
def test_an_expired_binding_makes_a_root():
    make.publish(binding_mode="days", binding_days=30)
    top = make.distributor()
    make.distributor(inviter=top)
    team.catch_up(at=make.JOINED + dt.timedelta(days=1))
    assert TeamNode.objects.filter(parent=None).count() == 1
    team.catch_up(at=make.JOINED + dt.timedelta(days=31))
    assert TeamNode.objects.filter(parent=None).count() == 2


@pytest.mark.django_db
def test_two_levels_are_shown_and_the_rest_is_counted():
    people = make.chain(4)[::-1]
    buyer = make.member()
    make.bind(buyer, people[1])
    make.pay(make.order(buyer, 5_000))
    team.catch_up(at=clock.now())
    summary = teams.summary(distributor_id=people[0].pk, at=clock.now())
    assert (summary.direct, summary.second, summary.deeper, summary.orders) == (1, 1, 1, 0)
    direct = teams.members_of(viewer_id=people[0].pk)
    assert [(m.name_masked, m.below, m.orders, m.sales_fen) for m in direct] == [("分**", 2, 1, 5_000)]
    assert len(teams.members_of(viewer_id=people[0].pk, distributor_id=people[1].pk)) == 1
    for hidden in (people[2].pk, 10**9):
        with pytest.raises(NotFound):
            teams.members_of(viewer_id=people[0].pk, distributor_id=hidden)
    with pytest.raises(NotFound):
        teams.members_of(viewer_id=people[1].pk, distributor_id=people[0].pk)
    assert teams.depth() == 4


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t60_twenty_parallel_catch_ups_have_one_writer():
    top = make.distributor()
    for _ in range(20):
        make.distributor(inviter=top)
    taken: list[int] = []

    def work() -> None:
        try:
            for _ in range(5):
                taken.append(team.catch_up(at=clock.now(), limit=3))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    while team.catch_up(at=clock.now()):
        pass
    assert wrong() == []
    assert TeamNode.objects.count() == 21
