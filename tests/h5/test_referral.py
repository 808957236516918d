"""The referral link: kept, cleaned from the address, bound once the visitor is known."""

import datetime as dt

import pytest
from django.test import Client

from distribution.models import Binding, Distributor
from mall.kernel import clock
from members.models import Member

pytestmark = pytest.mark.django_db


def member(name):
    return Member.objects.create_user(name, "secret-pass-1")


@pytest.fixture
def inviter():
    return Distributor.objects.create(
        member=member("inviter"), code="K7Q2XY", name="李", joined_at=clock.now() - dt.timedelta(days=1)
    )


def test_the_code_is_kept_and_leaves_no_trace_in_the_address(client):
    response = client.get("/healthz?r=k7q2xy&sort=price")
    assert response.status_code == 302
    assert response["Location"] == "/healthz?sort=price"
    assert "K7Q2XY" in client.cookies["ref"].value or client.cookies["ref"].value
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("code", ["ab", "x" * 17, "a b", "<script>", "中文中文", "K7Q2%00"])
def test_a_malformed_code_is_ignored(client, code):
    assert client.get("/healthz", {"r": code}).status_code == 200
    assert "ref" not in client.cookies


def test_the_clean_address_never_leaves_this_site(client):
    for path in ("//evil.example/x?r=K7Q2XY", "/\\evil.example/?r=K7Q2XY"):
        location = client.get(path).headers.get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


def test_a_forged_cookie_binds_nobody(client, inviter):
    client.cookies["ref"] = '"K7Q2XY"'
    client.force_login(member("buyer"))
    client.get("/healthz")
    assert not Binding.objects.exists()


def test_logging_in_binds_to_the_link_once(client, inviter):
    buyer = member("buyer")
    client.get("/healthz?r=K7Q2XY")
    client.force_login(buyer)
    client.get("/healthz")
    client.get("/healthz")
    binding = Binding.objects.get()
    assert (binding.member, binding.inviter, binding.source) == (buyer, inviter, "link")


def test_one_cannot_invite_oneself(client, inviter):
    client.force_login(inviter.member)
    client.get("/healthz?r=K7Q2XY")
    assert client.get("/healthz").status_code == 200
    assert not Binding.objects.exists()


def test_the_short_link_lands_on_the_shop():
    client = Client()
    assert client.get("/r/K7Q2XY/")["Location"] == "/"
    assert client.get("/r/K7Q2XY/?to=/p/longjing/")["Location"] == "/p/longjing/"
    assert client.get("/r/K7Q2XY/?to=https://evil.example/")["Location"] == "/"
    assert client.cookies["ref"]["httponly"]
