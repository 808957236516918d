"""Staff pages of applications, settlement and withdrawals: they open, decide once, and show refusals on the form."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from distribution.models import Application, Distributor, SettlementRun, Statement, TeamNode, Withdrawal
from distribution.services import applications, team
from mall.kernel import clock
from tests.distribution.test_settlement import cleared, local, settle
from tests.distribution.test_withdrawal import ask, rich
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("owner", "pw"))
    return client


def test_lists_and_rows_open(owner: Client):
    cleared(make.distributor(), at=local("2026-03-10T00:00:00"))
    settle("2026-04-01T00:00:00")
    ask(rich())
    team.catch_up(at=clock.now())
    for model in (SettlementRun, Statement, Withdrawal, TeamNode):
        name = f"admin:distribution_{model._meta.model_name}"
        assert owner.get(reverse(f"{name}_changelist")).status_code == 200
        row = model.objects.first()
        assert row is not None
        assert owner.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
    assert owner.get(reverse("admin:distribution_application_changelist")).status_code == 200


def test_an_application_is_reviewed_once(owner: Client):
    row = applications.submit(
        member_id=make.member(), kind="person", name="李明", phone="13800000009", channel="朋友圈", agreement=True,
        at=clock.now(),
    )  # fmt: skip
    url = reverse("admin:distribution_application_review", args=[row.pk])
    assert "请填写原因" in owner.post(url, {"decision": "refuse", "reason": ""}).content.decode()
    assert owner.post(url, {"decision": "approve"}).status_code == 302
    assert Distributor.objects.filter(member_id=row.member_id).exists()
    assert owner.post(url, {"decision": "refuse", "reason": "x"}).status_code == 200
    assert Application.objects.get().state == "approved"


def test_a_withdrawal_is_reviewed_and_never_by_its_applicant(owner: Client):
    person = rich()
    url = reverse("admin:distribution_withdrawal_review", args=[Withdrawal.objects.get(no=ask(person)).pk])
    applicant = Client()
    member = get_user_model().objects.get(pk=person.member_id)
    member.is_staff = member.is_superuser = True
    member.save()
    applicant.force_login(member)
    assert "不能审核自己的提现" in applicant.post(url, {"decision": "approve"}).content.decode()
    assert owner.post(url, {"decision": "approve"}).status_code == 302
    assert Withdrawal.objects.get().state == "sending"


def test_a_run_is_started_from_its_list(owner: Client):
    cleared(make.distributor(), at=local("2026-03-10T00:00:00"))
    assert owner.post(reverse("admin:distribution_settlementrun_add"), {"cycle": "monthly"}).status_code == 302
    assert SettlementRun.objects.get().commission_count == 1
