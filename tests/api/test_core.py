"""The form of every answer: errors, strict input, idempotency, keys and pages."""

import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import include, path
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mall.api import auth, fields, idempotency, pagination
from mall.api.models import ApiKey
from mall.kernel import clients, clock
from mall.kernel.errors import RateLimited, StateConflict
from mall.kernel.models import IdempotencyKey
from members.models import Member

CALLS: list[Any] = []
GATE = threading.Event()


class Caller(BaseAuthentication):
    """The member whose id is in X-Member."""

    def authenticate(self, request: Request) -> tuple[Member, None]:
        return Member(pk=int(request.headers.get("X-Member", "1"))), None


class Orders(APIView):
    """Counts how often it ran."""

    authentication_classes = [Caller]

    @idempotency.idempotent
    def post(self, request: Request) -> Response:
        CALLS.append(request.data)
        match dict(request.data).get("do"):
            case "conflict":
                raise StateConflict
            case "limited":
                raise RateLimited(data={"retry_after": 7})
            case "crash":
                raise ZeroDivisionError
            case "wait":
                GATE.wait(5)
        return Response({"no": len(CALLS), "ref": idempotency.reference(request)}, status=201)


class Form(serializers.Serializer):
    amount = fields.YuanField(required=False)
    quantity = fields.QuantityField(required=False)
    count = fields.StrictIntegerField(required=False)
    phone = fields.PhoneField(required=False)
    name = fields.TextField(required=False, max_length=20)
    flag = fields.StrictBooleanField(required=False)


class Echo(APIView):
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        form = Form(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(form.validated_data)

    def get(self, request: Request) -> Response:
        pages = pagination.Pages()
        return Response({"size": pages.get_page_size(request)})


class Merchant(APIView):
    authentication_classes = [auth.ApiKeyAuthentication]
    permission_classes: Any = [auth.HasScope("orders:write")]

    def get(self, request: Request) -> Response:
        assert isinstance(request.auth, ApiKey)
        return Response({"key": request.auth.name})


@pytest.fixture
def api(settings: Any) -> Client:
    module = ModuleType("tests.api.core_urls")
    routes = [
        path("api/v1/orders/", Orders.as_view()),
        path("api/v1/echo/", Echo.as_view()),
        path("api/v1/merchant/", Merchant.as_view()),
        path("api/", include("mall.api.urls")),
    ]
    module.urlpatterns = routes  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = module
    CALLS.clear()
    GATE.clear()
    return Client(raise_request_exception=False)


def post(api: Client, body: Any, key: str | None = "k-1", member: int = 1, url: str = "/api/v1/orders/") -> Any:
    headers = {"X-Member": str(member)} | ({"Idempotency-Key": key} if key is not None else {})
    text = body if isinstance(body, bytes) else json.dumps(body)
    return api.post(url, text, content_type="application/json", headers=headers)


def code_of(response: Any) -> str:
    body = response.json()
    assert set(body) == {"type", "errors"}
    assert set(body["errors"][0]) == {"code", "detail", "attr"}
    return str(body["errors"][0]["code"])


@pytest.mark.django_db
def test_unknown_address_wrong_method_and_broken_json_have_the_same_form(api: Client) -> None:
    missing = api.get("/api/v1/nothing/")
    assert (missing.status_code, code_of(missing)) == (404, "not_found")
    wrong = api.delete("/api/v1/echo/")
    assert (wrong.status_code, code_of(wrong)) == (405, "method_not_allowed")
    broken = post(api, b"{", url="/api/v1/echo/")
    assert (broken.status_code, code_of(broken)) == (400, "parse_error")
    other = api.post("/api/v1/echo/", "a=1", content_type="text/plain")
    assert (other.status_code, code_of(other)) == (415, "unsupported_media_type")


T12 = [-1, 0, 1000, 2**31, 2**63, True, False, None, "1", "１", "٣", "0x10", "1_000", 1.0, 1.5, 1e300, [], {}, "一"]


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", T12, ids=repr)
def test_t12_a_quantity_is_a_json_integer_of_1_to_999(api: Client, quantity: Any) -> None:
    response = post(api, {"quantity": quantity}, url="/api/v1/echo/")
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "quantity"


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e309"])
def test_t12_no_number_beyond_json(api: Client, text: str) -> None:
    assert post(api, f'{{"quantity": {text}}}'.encode(), url="/api/v1/echo/").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "amount", [12.3, 12, True, "-1.00", "1.234", "１.00", "1e3", "1,000.00", "", " 1.00", "٣"], ids=repr
)
def test_t12_an_amount_is_a_string_in_yuan(api: Client, amount: Any) -> None:
    assert post(api, {"amount": amount}, url="/api/v1/echo/").status_code == 400


@pytest.mark.django_db
def test_well_formed_values_pass_unchanged(api: Client) -> None:
    given = {"amount": "12.30", "quantity": 999, "count": 0, "phone": "13800000001", "name": "张三", "flag": False}
    response = post(api, given, url="/api/v1/echo/")
    assert response.json() == given | {"amount": 1230}
    assert fields.YuanField().to_representation(1230) == "12.30"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        {"phone": "１３８００００００01"},
        {"phone": "1380000000"},
        {"phone": "12800000001"},
        {"phone": 13800000001},
        {"phone": "13800000001\n" + "1"},
        {"name": 12},
        {"flag": "true"},
        {"flag": 1},
        {"name": "字" * 21},
        {"name": "a\x00b"},
        {"name": "\ud800"},
        {"\x00": "a"},
        [],
        "text",
        None,
    ],
    ids=repr,
)
def test_t12_text_and_phones_are_what_they_claim(api: Client, body: Any) -> None:
    assert post(api, body, url="/api/v1/echo/").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"[" * 1000 + b"]" * 1000, b'{"name": "' + b"x" * 10_000_000 + b'"}', b'{"a":1,"a":2}', b"\xff\xfe{}"]
)
def test_t86_huge_deep_or_ambiguous_json_is_refused(api: Client, body: bytes) -> None:
    assert post(api, body, url="/api/v1/echo/").status_code == 400


@pytest.mark.django_db
def test_t86_page_size_has_a_limit(api: Client) -> None:
    assert api.get("/api/v1/echo/?page_size=100").json() == {"size": 100}
    for wrong in ("1000000", "0", "-1", "１０", "abc", ""):
        assert api.get(f"/api/v1/echo/?page_size={wrong}").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?q=%00", "?q=%ED%A0%80"])
def test_text_no_database_can_hold_is_refused_at_the_door(api: Client, query: str) -> None:
    assert code_of(api.get(f"/api/v1/echo/{query}")) == "invalid_text"


@pytest.mark.django_db
@pytest.mark.parametrize("key", [None, "", "中文", "a b", "x" * 129])
def test_a_write_needs_a_usable_key(api: Client, key: str | None) -> None:
    response = post(api, {}, key=key)
    assert (response.status_code, code_of(response)) == (400, "idempotency_key_required")
    assert CALLS == []


@pytest.mark.django_db
def test_t19_the_same_key_replays_and_another_body_conflicts(api: Client) -> None:
    first = post(api, {"a": 1, "b": 2})
    again = post(api, b'{"b":2,  "a":1}')
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = post(api, {"a": 2})
    assert (other.status_code, code_of(other)) == (422, "idempotency_conflict")
    assert len(CALLS) == 1


@pytest.mark.django_db
def test_t19_another_member_with_the_same_key_is_independent(api: Client) -> None:
    assert post(api, {"a": 1}).json()["no"] == 1
    theirs = post(api, {"a": 2}, member=2)
    assert (theirs.status_code, theirs.json()["no"]) == (201, 2)


@pytest.mark.django_db
def test_refusals_are_replayed_but_failures_and_limits_may_be_retried(api: Client) -> None:
    assert code_of(post(api, {"do": "conflict"}, key="c")) == "state_conflict"
    assert post(api, {"do": "conflict"}, key="c").status_code == 409
    assert len(CALLS) == 1
    limited = post(api, {"do": "limited"}, key="l")
    assert (limited.status_code, limited["Retry-After"]) == (429, "7")
    assert post(api, {"do": "crash"}, key="x").status_code == 500
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["c"]


@pytest.mark.django_db
def test_a_claim_of_a_dead_process_is_free_after_a_minute(api: Client) -> None:
    post(api, {"a": 1})
    row = IdempotencyKey.objects.get()
    row.state, row.claimed_at = IdempotencyKey.State.RUNNING, clock.now() - dt.timedelta(seconds=55)
    row.save()
    busy = post(api, {"a": 1})
    assert (busy.status_code, code_of(busy), busy["Retry-After"]) == (409, "idempotency_in_progress", "1")
    IdempotencyKey.objects.update(claimed_at=clock.now() - dt.timedelta(seconds=61))
    assert post(api, {"a": 1}).json()["no"] == 2


@pytest.mark.django_db(transaction=True)
def test_t19_twenty_parallel_posts_run_once(api: Client) -> None:
    def one(_: int) -> Any:
        try:
            return post(Client(), {"do": "wait"})
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = pool.map(one, range(20))
        threading.Timer(1, GATE.set).start()
        statuses = sorted(answer.status_code for answer in answers)
    assert len(CALLS) == 1
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert post(api, {"do": "wait"}).json()["no"] == 1


@pytest.mark.django_db
def test_api_keys_carry_scopes(api: Client) -> None:
    out = StringIO()
    call_command("create_api_key", "ERP", "--scope", "orders:write", stdout=out)
    key = out.getvalue()
    assert len(key.splitlines()) == 1
    assert len(key.strip().split(".")) == 2

    def get(value: str) -> Any:
        return api.get("/api/v1/merchant/", headers={"Authorization": value})

    assert get(f"Api-Key {key.strip()}").json() == {"key": "ERP"}
    for wrong in ("Api-Key a.b", "Api-Key", "Bearer x", "test1", f"Api-Key {key.strip()}x"):
        assert get(wrong).status_code == 401
    ApiKey.objects.update(scopes=["orders:read"])
    assert get(f"Api-Key {key.strip()}").status_code == 403
    ApiKey.objects.update(scopes=[])
    assert get(f"Api-Key {key.strip()}").status_code == 403
    ApiKey.objects.update(scopes=["all"])
    assert get(f"Api-Key {key.strip()}").status_code == 200
    ApiKey.objects.update(revoked=True)
    assert get(f"Api-Key {key.strip()}").status_code == 401


@pytest.mark.django_db
def test_an_unknown_scope_is_refused() -> None:
    with pytest.raises(CommandError):
        call_command("create_api_key", "ERP", "--scope", "everything")


def test_a_forwarded_address_is_believed_only_from_our_proxies(settings: Any) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 1.2.3.4")
    assert clients.address(request) == "10.0.0.1"
    settings.TRUSTED_PROXIES = 1
    assert clients.address(request) == "1.2.3.4"
