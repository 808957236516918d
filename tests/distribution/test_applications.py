"""Joining: free, reviewed, once; the inviter named in the application counts only where there is none."""

import re

import pytest

from distribution.models import Application, Binding, Distributor
from distribution.services import applications
from mall.kernel.errors import NotFound, StateConflict
from mall.kernel.models import Notice, OutboxEvent
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db
NOW = make.NOW
STAFF = "staff:operator"


def submit(member_id: int, **changes: object) -> Application:
    values = {
        "kind": "person",
        "name": "李明",
        "phone": "13800000009",
        "channel": "朋友圈",
        "agreement": True,
        **changes,
    }
    return applications.submit(member_id=member_id, at=NOW, **values)


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"kind": "robot"}, "kind"),
        ({"name": " "}, "name"),
        ({"name": "长" * 31}, "name"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "１３８００００００００"}, "phone"),
        ({"channel": ""}, "channel"),
        ({"agreement": False}, "agreement"),
        ({"agreement": "yes"}, "agreement"),
        ({"referral_code": "NOBODY"}, "referral_code"),
    ],
)
def test_an_incomplete_application_is_refused(changes: dict[str, object], attr: str):
    with pytest.raises(applications.ApplicationInvalid) as refused:
        submit(make.member(), **changes)
    assert refused.value.attr == attr
    assert not Application.objects.exists()


def test_approval_makes_a_distributor_with_an_unguessable_code_and_binds_the_inviter():
    inviter = make.distributor()
    member = make.member()
    application = submit(member, referral_code=f" {inviter.code.lower()} ")
    with pytest.raises(applications.ApplicationOpen):
        submit(member)
    person = applications.approve(application_id=application.pk, by=STAFF, at=NOW)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{8}", person.code)
    assert Binding.objects.get(member_id=member).inviter == inviter
    assert OutboxEvent.objects.filter(name="distribution.DistributorJoined").count() == 1
    assert person.code in Notice.objects.get(member_id=member).body
    with pytest.raises(StateConflict):
        applications.approve(application_id=application.pk, by=STAFF, at=NOW)
    with pytest.raises(applications.AlreadyDistributor):
        submit(member)


def test_an_existing_inviter_stays_and_a_suspended_one_does_not_stop_the_approval():
    first, second = make.distributor(), make.distributor()
    member = make.member()
    make.bind(member, first)
    applications.approve(application_id=submit(member, referral_code=second.code).pk, by=STAFF, at=NOW)
    assert Binding.objects.get(member_id=member).inviter == first
    other = submit(make.member(), referral_code=second.code)
    Distributor.objects.filter(pk=second.pk).update(state="suspended")
    applications.approve(application_id=other.pk, by=STAFF, at=NOW)
    assert not Binding.objects.filter(member_id=other.member_id).exists()


def test_a_rejected_applicant_reads_why_and_may_try_again():
    member = make.member()
    first = submit(member)
    with pytest.raises(applications.ApplicationInvalid):
        applications.reject(application_id=first.pk, reason=" ", by=STAFF, at=NOW)
    applications.reject(application_id=first.pk, reason="资料不全", by=STAFF, at=NOW)
    current = applications.current(member_id=member)
    assert current is not None
    assert (current.state, current.reason) == ("rejected", "资料不全")
    with pytest.raises(StateConflict):
        applications.approve(application_id=first.pk, by=STAFF, at=NOW)
    assert submit(member).pk != first.pk
    with pytest.raises(NotFound):
        applications.approve(application_id=0, by=STAFF, at=NOW)
