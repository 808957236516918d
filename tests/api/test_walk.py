"""Every route of the API, met by nobody, by a member and by a merchant system with junk: refused, never broken."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver

from mall.api import sandbox, urls
from tests.api.client import Api
from tests.factories import catalog, members

JUNK_IDS = ["1", "9223372036854775808", "D261122AAAAAAAAAAAA", "_-"]
JUNK_BODIES: list[Any] = [
    {},
    [],
    None,
    "x",
    1,
    b"{",
    b"\xff\xfe",
    b'{"a":NaN}',
    {"items": {"sku": []}, "lines": [[]], "amount": {}, "quantity": "NaN", "order": [], "sku": {}, "account": 1},
    {
        "items": [[]],
        "address": [],
        "kind": {},
        "method": [],
        "period_end": {},
        "rates": {},
        "withdrawal": [],
        "reason": [],
    },
    {"name": "\ud800"},
    {"items": "cart", "address": 2**70, "coupon": -1, "points": 10**30, "period_end": "0001-01-01T00:00:00Z"},
    {"period_end": "9999-12-31T23:59:59-14:00", "dry_run": "yes", "tiers": 10**20, "product": "' OR 1=1"},
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
# Doors anybody may open.
OPEN = re.compile(r"^/api/(v1/(schema|categories|products|search|coupons|auth|wechat|content|pages)/|docs/)|^/sandbox/")


def routes(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern) and str(pattern.pattern):
            yield prefix + str(pattern.pattern)


ROUTES = sorted({*routes(urls.urlpatterns, "/api/"), *routes(sandbox.urlpatterns, "/sandbox/")})


def addresses(route: str) -> list[str]:
    """The route with junk for its parameters."""
    if "<" not in route:
        return [route, f"{route}?page=x&page_size=-1&state=%27&ordering=%27--&tier=9&product=%2F&updated_after=x"]
    return [re.sub(r"<[^>]+>", junk, route) for junk in JUNK_IDS]


def test_the_walk_sees_the_api() -> None:
    assert len(ROUTES) > 60
    assert "/api/v1/orders/<slug:no>/refunds/" in ROUTES
    assert "/api/v1/merchant/distribution/programme/" in ROUTES


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
def test_nobody_gets_in_and_nothing_breaks(route: str) -> None:
    api = Api()
    for address in addresses(route):
        for method in METHODS:
            response = api.call(method, address, {})
            assert response.status_code < 500, (method, address)
            if not OPEN.match(route) and method not in ("OPTIONS", "HEAD"):
                assert response.status_code in (401, 403, 404, 405), (method, address, response.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
def test_a_members_junk_is_refused(route: str) -> None:
    catalog.sku()
    _throw_junk(Api(member=members.member()), route)


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in ROUTES if "/merchant/" in route])
def test_a_merchant_systems_junk_is_refused(route: str) -> None:
    catalog.sku()
    _throw_junk(Api(scopes=["all"]), route)


@pytest.mark.django_db
def test_the_description_is_served_and_refuses_in_json() -> None:
    api = Api()
    assert b"swagger" in api.get("/api/docs/").content
    assert api.client.post("/api/docs/").json()["errors"][0]["code"] == "method_not_allowed"
    assert api.client.get("/api/docs/", HTTP_ACCEPT="application/pdf").status_code == 406
    assert api.get("/api/v1/schema/").status_code == 200


def test_the_description_is_valid_and_complete(tmp_path: Path) -> None:
    """The command fails on every end point it cannot describe."""
    target = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(target))
    described = target.read_text()
    assert "/api/v1/orders/{no}/refunds/:" in described
    assert "/sandbox/payments/{no}/:" in described
    assert "Idempotency-Key" in described


def _throw_junk(api: Api, route: str) -> None:
    for address in addresses(route):
        assert api.call("GET", address).status_code in (200, 400, 401, 404, 405, 503), address
        assert api.call("DELETE", address).status_code in (200, 204, 400, 401, 404, 405), address
    for address in addresses(route)[:2]:
        for method in ("POST", "PUT", "PATCH"):
            if api.call(method, address, {}).status_code == 405:
                continue
            for body in JUNK_BODIES:
                response = api.call(method, address, body)
                expected = (200, 201, 202, 204, 400, 401, 404, 405, 409, 422, 429, 503)
                assert response.status_code in expected, (method, address, body, response.status_code)
