"""Who may see and change what in the back office."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from mall.api.models import ApiKey
from mall.management.roles import GRANTS
from members.models import Member, Staff
from members.services import roles
from tests.factories import members as factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Any:
    """A signed-in browser for an employee of the given role."""
    call_command("load_roles", verbosity=0)

    def open_for(role: str) -> Client:
        staff = factory.member(is_staff=True, phone=None, username=f"staff-{factory.phone()}")
        staff.groups.add(Group.objects.get(name=role))
        browser = Client()
        browser.force_login(staff, backend="members.backends.PhoneOrUsernameBackend")
        return browser

    return open_for


def test_loading_roles_twice_resets_them_to_the_presets() -> None:
    first = roles.load(grants=GRANTS)
    Group.objects.get(name="客服").permissions.clear()
    assert roles.load(grants=GRANTS) == first
    assert Group.objects.get(name="客服").permissions.count() == first["客服"]
    assert set(first) == {"店主", "运营", "财务", "仓库", "客服"}


@pytest.mark.parametrize("target", [{"nothing": "view"}, {"orders.nothing": "view"}, {"orders.order": "fly"}])
def test_a_preset_with_a_wrong_name_fails(target: dict[str, str]) -> None:
    with pytest.raises(LookupError):
        roles.load(grants={"owner": target})


@pytest.mark.parametrize("role", ["运营", "财务", "仓库", "客服"])
def test_t77_only_the_owner_appoints_staff_and_grants_roles(desk: Any, role: str) -> None:
    browser = desk(role)
    for url in ("/admin/members/staff/", "/admin/members/staff/add/", "/admin/auth/group/", "/admin/api/apikey/"):
        assert browser.get(url).status_code == 403


def test_phones_are_masked_unless_the_role_may_see_them(desk: Any) -> None:
    member = factory.member()
    phone = str(member.phone)
    service = desk("客服")
    for url in ("/admin/members/member/", f"/admin/members/member/{member.pk}/change/"):
        page = service.get(url).content.decode()
        assert phone not in page
        assert member.phone_masked in page
    assert member.phone_masked in service.get(f"/admin/members/member/?q={phone}").content.decode()
    assert phone in desk("店主").get(f"/admin/members/member/{member.pk}/change/").content.decode()


def test_the_owner_creates_an_employee_with_a_role(desk: Any) -> None:
    owner = desk("店主")
    role = Group.objects.get(name="财务")
    form = {"username": "wang", "nickname": "小王", "groups": [role.pk], "is_superuser": "on"}
    secret = {"password1": factory.PASSWORD, "password2": factory.PASSWORD, "usable_password": "true"}
    response = owner.post("/admin/members/staff/add/", {**form, **secret})
    assert response.status_code == 302, response.content.decode()[:2000]
    staff = Staff.objects.get(username="wang")
    assert (staff.is_staff, staff.is_superuser, staff.check_password(factory.PASSWORD)) == (True, False, True)
    assert [group.name for group in staff.groups.all()] == ["财务"]
    assert "小王" in owner.get("/admin/members/staff/").content.decode()
    assert owner.get(f"/admin/members/staff/{staff.pk}/change/").status_code == 200


def test_a_shopper_is_not_shown_among_staff_nor_the_other_way_round(desk: Any) -> None:
    shopper = factory.member(nickname="买家甲")
    owner = desk("店主")
    assert owner.get(f"/admin/members/staff/{shopper.pk}/change/").status_code == 302
    assert "买家甲" in owner.get("/admin/members/member/").content.decode()
    assert Member.objects.filter(is_staff=True).count() == Staff.objects.count()


def test_keys_are_listed_and_revoked_for_good(desk: Any) -> None:
    key, secret = ApiKey.objects.create_key(name="ERP", scopes=["all"])
    owner = desk("店主")
    assert secret not in owner.get(f"/admin/api/apikey/{key.pk}/change/").content.decode()
    owner.post(f"/admin/api/apikey/{key.pk}/change/", {"name": "ERP", "revoked": "on"})
    assert not ApiKey.objects.is_valid(secret)


def test_guessing_a_staff_password_is_stopped_at_the_guessers_address() -> None:
    staff = factory.member(password=factory.PASSWORD, is_staff=True)
    stranger, home = Client(REMOTE_ADDR=factory.ip()), Client(REMOTE_ADDR=factory.ip())
    form = {"username": staff.username, "next": "/admin/"}
    for _ in range(10):
        assert stranger.post("/admin/login/", {**form, "password": "guess"}).status_code == 200
    assert stranger.post("/admin/login/", {**form, "password": factory.PASSWORD}).status_code == 200
    assert home.post("/admin/login/", {**form, "password": factory.PASSWORD}).status_code == 302
