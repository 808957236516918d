"""`/api/v1/auth/…` and `/api/v1/me/…`."""

import json
from typing import Any

import pytest
from django.test import Client

from members.models import Address, Member
from tests.factories import members as factory

CODE = "246810"
BASE = "/api/v1/"

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.urls")]


class Api:
    """A JSON client of one address, optionally signed in."""

    def __init__(self) -> None:
        self.client = Client(REMOTE_ADDR=factory.ip(), enforce_csrf_checks=True)
        self.token = ""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        text = "" if body is None else json.dumps(body)
        return self.client.generic(method, BASE + path, text, content_type="application/json", headers=headers)

    def sign_in(self, member: Member) -> Any:
        response = self.call("POST", "auth/login/password/", {"phone": member.phone, "password": factory.PASSWORD})
        self.token = response.json()["access"]
        return response.json()


@pytest.fixture
def api() -> Api:
    return Api()


def code_of(response: Any) -> str:
    return str(response.json()["errors"][0]["code"])


def test_the_first_sms_login_creates_an_account(api: Api) -> None:
    phone = factory.phone()
    sent = api.call("POST", "auth/sms-codes/", {"phone": phone, "purpose": "login"})
    assert (sent.status_code, sent.json()) == (202, {"expires_in": 300})
    assert CODE not in sent.content.decode()
    again = api.call("POST", "auth/sms-codes/", {"phone": phone, "purpose": "login"})
    assert (again.status_code, code_of(again)) == (429, "rate_limited")
    assert 0 < int(again["Retry-After"]) <= 61
    body = api.call("POST", "auth/login/sms/", {"phone": phone, "code": CODE}).json()
    assert body["created"] is True
    assert body["member"]["phone_masked"] == f"{phone[:3]}****{phone[-4:]}"
    assert set(body) == {"access", "refresh", "member", "created"}
    api.token = body["access"]
    assert api.call("GET", "me/").json()["level"] == "regular"


def test_a_wrong_code_is_a_400_with_its_own_code(api: Api) -> None:
    phone = factory.phone()
    api.call("POST", "auth/sms-codes/", {"phone": phone, "purpose": "login"})
    wrong = api.call("POST", "auth/login/sms/", {"phone": phone, "code": "000000"})
    assert (wrong.status_code, code_of(wrong), wrong.json()["errors"][0]["attr"]) == (400, "sms_code_wrong", "code")
    assert not Member.objects.filter(phone=phone).exists()


def test_t83_unknown_phone_and_wrong_password_look_the_same(api: Api) -> None:
    member = factory.member(password=factory.PASSWORD)
    answers = [
        api.call("POST", "auth/login/password/", {"phone": phone, "password": "nope"})
        for phone in (member.phone, factory.phone())
    ]
    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_refresh_rotates_and_logout_ends_it(api: Api) -> None:
    first = api.sign_in(factory.member(password=factory.PASSWORD))
    second = api.call("POST", "auth/refresh/", {"refresh": first["refresh"]}).json()
    assert set(second) == {"access", "refresh"}
    assert api.call("POST", "auth/refresh/", {"refresh": first["refresh"]}).status_code == 401
    assert api.call("POST", "auth/logout/", {"refresh": second["refresh"]}).status_code == 204
    assert api.call("POST", "auth/refresh/", {"refresh": second["refresh"]}).status_code == 401
    assert api.call("POST", "auth/refresh/", {"refresh": "test1"}).status_code == 401


def test_a_new_password_ends_older_tokens(api: Api) -> None:
    member = factory.member(password=factory.PASSWORD)
    session = api.sign_in(member)
    member.set_password("another-pass-1")
    member.save()
    assert api.call("GET", "me/").status_code == 401
    assert api.call("POST", "auth/refresh/", {"refresh": session["refresh"]}).status_code == 401


@pytest.mark.parametrize("token", ["test1", "a.b.c", "null"])
def test_t81_made_up_tokens_open_nothing(api: Api, token: str) -> None:
    api.token = token
    assert api.call("GET", "me/").status_code == 401


def test_t82_a_browser_session_needs_the_csrf_token(api: Api) -> None:
    api.client.force_login(factory.member())
    assert api.call("GET", "me/").status_code == 200
    assert api.call("PATCH", "me/", {"nickname": "小红"}).status_code == 403


def test_t15_only_the_nickname_can_be_patched(api: Api) -> None:
    member = factory.member(password=factory.PASSWORD)
    api.sign_in(member)
    extra = {"level": "diamond", "is_staff": True, "phone": "13900000000", "id": 1}
    assert api.call("PATCH", "me/", {"nickname": "小红", **extra}).json()["nickname"] == "小红"
    member.refresh_from_db()
    assert (member.level, member.is_staff, member.nickname) == ("regular", False, "小红")
    assert api.call("PATCH", "me/", {"nickname": "\u200b"}).status_code == 400


def address(**given: Any) -> dict[str, Any]:
    region = {"province": "上海市", "city": "上海市", "district": "浦东新区"}
    return region | {"name": "张三", "phone": "13800000001", "street": "世纪大道 1 号", "is_default": False} | given


def test_addresses_are_created_changed_and_removed(api: Api) -> None:
    factory.regions()
    api.sign_in(factory.member(password=factory.PASSWORD))
    made = api.call("POST", "me/addresses/", address())
    assert made.status_code == 201
    row = made.json()
    assert row == address(is_default=True) | {"id": row["id"], "tag": ""}
    assert api.call("GET", "me/addresses/").json()["results"] == [row]
    url = f"me/addresses/{row['id']}/"
    assert api.call("PUT", url, address(street="新街")).json()["street"] == "新街"
    wrong = api.call("PUT", url, address(city="火星"))
    assert (wrong.status_code, code_of(wrong), wrong.json()["errors"][0]["attr"]) == (400, "unknown_region", "city")
    assert api.call("DELETE", url).status_code == 204
    assert api.call("GET", url).status_code == 404


def test_t78_another_members_address_is_404_for_every_method(api: Api) -> None:
    factory.regions()
    row = factory.address(factory.member())
    api.sign_in(factory.member(password=factory.PASSWORD))
    for method, body in (("GET", None), ("PUT", address()), ("PUT", {}), ("DELETE", None)):
        assert api.call(method, f"me/addresses/{row.pk}/", body).status_code == 404
    assert api.call("GET", f"me/addresses/{2**70}/").status_code == 404
    assert Address.objects.get().street == row.street


def test_balance_and_export(api: Api) -> None:
    member = factory.member(password=factory.PASSWORD)
    factory.address(member)
    api.sign_in(member)
    assert api.call("GET", "me/balance/").json() == {
        "balance": "0.00",
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }
    export = api.call("GET", "me/export/").json()
    assert export["profile"]["phone"] == member.phone
    assert len(export["addresses"]) == 1


def test_the_schema_describes_all_of_it(api: Api) -> None:
    response = api.client.get("/api/v1/schema/?format=json")
    paths = response.json()["paths"]
    assert {"/api/v1/auth/login/sms/", "/api/v1/me/addresses/{address_id}/"} <= set(paths)
