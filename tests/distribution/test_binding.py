"""Binding a member to an inviter: who wins, who is refused, and no loop under any race."""

import datetime as dt
import functools
import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from distribution.models import Binding, Distributor
from distribution.services import binding
from mall.kernel.errors import DomainError
from tests.factories import distribution as make

NOW = make.NOW
DAY = dt.timedelta(days=1)


def in_parallel(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run all calls at once, each on its own connection; their results or exceptions, in order."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[object] = [None] * len(calls)

    def run(index: int) -> None:
        try:
            barrier.wait(timeout=20)
            outcomes[index] = calls[index]()
        except Exception as error:  # noqa: BLE001 (the outcome is the point)
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def in_a_loop() -> list[int]:
    """Members who are their own ancestors by bindings in force."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE up (start, member_id) AS (
                   SELECT b.member_id, d.member_id FROM distribution_binding b
                   JOIN distribution_distributor d ON d.id = b.inviter_id WHERE b.active_to IS NULL
                 UNION
                   SELECT up.start, d.member_id FROM up
                   JOIN distribution_binding b ON b.member_id = up.member_id AND b.active_to IS NULL
                   JOIN distribution_distributor d ON d.id = b.inviter_id)
               SELECT DISTINCT start FROM up WHERE start = member_id"""
        )
        return [row[0] for row in cursor.fetchall()]


def why(call: Callable[[], object]) -> str:
    with pytest.raises(binding.BindingRefused) as refused:
        call()
    return str(refused.value.data["why"])


@pytest.mark.django_db
def test_joining_takes_a_constant_number_of_statements():
    top = make.chain(30)[0]
    newcomer = make.member()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        make.bind(newcomer, top, at=NOW)
    statements = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    assert len(statements) <= 6, statements
    assert not any("RECURSIVE" in sql for sql in statements)


@pytest.mark.django_db
def test_the_first_binding_wins_and_repeating_it_changes_nothing():
    first, second, buyer = make.distributor(), make.distributor(), make.member()
    held = make.bind(buyer, first, at=NOW)
    assert make.bind(buyer, first, at=NOW + DAY) == held
    assert why(lambda: make.bind(buyer, second, at=NOW + DAY)) == "bound"
    assert Binding.objects.filter(member_id=buyer).count() == 1


@pytest.mark.django_db
def test_who_cannot_be_an_inviter():
    person, buyer = make.distributor(), make.member()
    assert why(lambda: make.bind(person.member_id, person, at=NOW)) == "self"
    assert why(lambda: binding.bind(member_id=buyer, code="NOBODY", source="link", actor="x", at=NOW)) == "unknown_code"
    Distributor.objects.filter(pk=person.pk).update(state="suspended")
    assert why(lambda: make.bind(buyer, person, at=NOW)) == "inactive"


@pytest.mark.django_db
def test_codes_are_read_as_people_type_them():
    person, buyer = make.distributor(), make.member()
    held = binding.bind(member_id=buyer, code=f" {person.code.lower()} ", source="link", actor="x", at=NOW)
    assert held.inviter == person


@pytest.mark.django_db
def test_days_mode_protects_until_the_period_ends():
    make.publish(binding_mode="days", binding_days=30)
    first, second, buyer = make.distributor(), make.distributor(), make.member()
    held = make.bind(buyer, first, at=NOW)
    assert held.active_to == NOW + 30 * DAY
    assert why(lambda: make.bind(buyer, second, at=NOW + 29 * DAY)) == "bound"
    assert make.bind(buyer, second, at=NOW + 30 * DAY).inviter == second


@pytest.mark.django_db
def test_overwrite_mode_ends_the_old_period_and_honours_protection():
    make.publish(binding_mode="overwrite", binding_days=7)
    first, second, buyer = make.distributor(), make.distributor(), make.member()
    make.bind(buyer, first, at=NOW)
    assert why(lambda: make.bind(buyer, second, at=NOW + 6 * DAY)) == "bound"
    make.bind(buyer, second, at=NOW + 7 * DAY)
    periods = list(Binding.objects.filter(member_id=buyer).order_by("active_from").values_list("inviter", "active_to"))
    assert periods == [(first.pk, NOW + 7 * DAY), (second.pk, None)]


@pytest.mark.django_db
def test_a_late_request_never_changes_the_past():
    make.publish(binding_mode="overwrite", binding_days=0)
    first, second, buyer = make.distributor(), make.distributor(), make.member()
    held = make.bind(buyer, first, at=NOW)
    late = binding.move(member_id=buyer, code=second.code, reason="客服更正", actor="staff:x", at=NOW - DAY)
    assert late is not None
    assert late.active_from > held.active_from


@pytest.mark.django_db
def test_staff_move_with_a_reason_and_can_release():
    first, second, buyer = make.distributor(), make.distributor(), make.member()
    make.bind(buyer, first, at=NOW)
    assert why(lambda: binding.move(member_id=buyer, code=second.code, reason=" ", actor="s", at=NOW)) == "reason"
    moved = binding.move(member_id=buyer, code=second.code, reason="归属更正", actor="staff:x", at=NOW + DAY)
    assert moved is not None
    assert (moved.source, moved.reason) == ("staff", "归属更正")
    assert binding.move(member_id=buyer, code="", reason="解绑", actor="staff:x", at=NOW + 2 * DAY) is None
    assert not Binding.objects.filter(member_id=buyer, active_to=None).exists()


@pytest.mark.django_db
def test_example_h_binding_an_ancestor_below_its_descendant_is_refused():
    c, b, a = make.chain(3)
    assert why(lambda: make.bind(a.member_id, c, at=NOW)) == "loop"
    assert why(
        lambda: binding.move(member_id=a.member_id, code=b.code, reason="换绑", actor="staff:x", at=NOW)
    ) == "loop"  # fmt: skip


@pytest.fixture(params=[2, 3, 4], ids=["A→B ∥ B→A", "3-cycle", "4-cycle"])
def ring(request: pytest.FixtureRequest, transactional_db: None) -> list[Callable[[], object]]:
    people = [make.distributor() for _ in range(request.param)]
    pairs = zip(people, people[1:] + people[:1], strict=True)
    return [functools.partial(make.bind, a.member_id, b, at=NOW) for a, b in pairs]


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t59_a_ring_of_simultaneous_bindings_never_closes(ring: list[Callable[[], object]]):
    outcomes = in_parallel(ring)
    assert in_a_loop() == []
    assert sum(isinstance(outcome, Binding) for outcome in outcomes) == len(ring) - 1
    assert [o.data["why"] for o in outcomes if isinstance(o, DomainError)] == ["loop"]


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t59_without_the_exclusive_lock_the_ring_closes(
    ring: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
):
    everyone_has_looked = threading.Barrier(len(ring))
    look = binding._closes_loop

    def look_then_wait(*args: object) -> bool:
        found = look(*args)
        everyone_has_looked.wait(timeout=20)
        return found

    monkeypatch.setattr(binding, "_lock_tree", lambda member_id: True)
    monkeypatch.setattr(binding, "_closes_loop", look_then_wait)
    in_parallel(ring)
    assert len(in_a_loop()) == len(ring)


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t59_twenty_parallel_rebinds_leave_one_inviter():
    make.publish(binding_mode="overwrite", binding_days=0)
    inviters = [make.distributor() for _ in range(20)]
    buyer = make.member()
    outcomes = in_parallel([functools.partial(make.bind, buyer, person, at=NOW) for person in inviters])
    assert all(isinstance(outcome, Binding) for outcome in outcomes), outcomes
    assert Binding.objects.filter(member_id=buyer, active_to=None).count() == 1
    assert Binding.objects.filter(member_id=buyer).count() == 20


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t59_twenty_newcomers_join_one_inviter_at_once():
    top = make.distributor()
    newcomers = [make.member() for _ in range(20)]
    outcomes = in_parallel([functools.partial(make.bind, m, top, at=NOW) for m in newcomers])
    assert all(isinstance(outcome, Binding) for outcome in outcomes), outcomes
