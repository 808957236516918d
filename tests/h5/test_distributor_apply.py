"""申请分销商: free, reviewed, and a rejected form comes back as it was."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from distribution.models import Application
from distribution.services import applications
from mall.kernel import clock
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db
GIVEN = {
    "kind": "company",
    "name": "西湖茶社",
    "phone": "13800000009",
    "channel": "茶友群三个，共五百人",
    "agreement": "1",
}


@pytest.fixture
def member(client: Client) -> int:
    member_id = make.member()
    client.force_login(get_user_model().objects.get(pk=member_id))
    return member_id


def test_a_member_who_is_no_distributor_is_led_to_the_application(client: Client, member: int) -> None:
    assert client.get("/d/earnings/").headers["Location"] == "/d/apply/"
    client.post("/d/apply/", GIVEN)
    assert client.get("/d/").headers["Location"] == "/d/apply/status/"


def test_the_example_is_the_rule_in_force_and_the_agreement_is_not_ticked(client: Client, member: int) -> None:
    page = client.get("/d/apply/").content.decode()
    assert "20% × ¥100.00 = ¥20.00" in page
    assert "免费" in page
    assert 'name="agreement" value="1" id="id_agreement">' in page
    assert "/legal/distribution/" in page


def test_without_the_agreement_nothing_is_sent(client: Client, member: int) -> None:
    answer = client.post("/d/apply/", GIVEN | {"agreement": ""})
    assert answer.status_code == 422
    assert "请阅读并同意分销协议" in answer.content.decode()
    assert "西湖茶社" in answer.content.decode()
    assert not Application.objects.exists()


def test_the_inviter_is_shown_masked_and_sent_along(client: Client, member: int) -> None:
    inviter = make.distributor()
    make.bind(member, inviter)
    assert f"分**（{inviter.code}）" in client.get("/d/apply/").content.decode()
    client.post("/d/apply/", GIVEN)
    assert Application.objects.get().referral_code == inviter.code


def test_a_rejection_says_why_and_keeps_the_input(client: Client, member: int) -> None:
    client.post("/d/apply/", GIVEN)
    application = Application.objects.get()
    applications.reject(application_id=application.pk, reason="渠道说明太简单", by="staff:owner", at=clock.now())
    status = client.get("/d/apply/status/").content.decode()
    assert "渠道说明太简单" in status
    assert "修改重交" in status
    form = client.get("/d/apply/").content.decode()
    for kept in ("西湖茶社", "13800000009", "茶友群三个，共五百人", "渠道说明太简单"):
        assert kept in form
    client.post("/d/apply/", GIVEN | {"channel": "茶友群三个，共五百人，每周三次分享"})
    assert Application.objects.filter(state="submitted").count() == 1


def test_sending_twice_makes_one_application(client: Client, member: int) -> None:
    for _n in range(2):
        assert client.post("/d/apply/", GIVEN).headers["Location"] == "/d/apply/status/"
    assert Application.objects.count() == 1


@pytest.mark.parametrize(("field", "value"), [("phone", "12"), ("name", ""), ("channel", ""), ("kind", "robot")])
def test_a_wrong_field_is_named(client: Client, member: int, field: str, value: str) -> None:
    answer = client.post("/d/apply/", GIVEN | {field: value})
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert not Application.objects.exists()
