"""A JSON client of the API as a member, a merchant system or nobody in particular."""

import itertools
import json
from typing import Any

from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import RefreshToken

from mall.api.models import ApiKey
from members.models import Member

ADDRESS = {
    "name": "王小明",
    "phone": "13800000001",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 1 号",
}
# What no quantity, amount or id may be.
T12 = [-5, 0, 1.5, "1e3", "１", "٣", 2**31, 2**63, None, [], True]
# Against SQL built from text.
SQL = ["' OR 1=1--", "1;DROP TABLE orders_order", "id,(SELECT pg_sleep(5))", "-price'", "price)--", "%27", "\\", "*"]
_keys = itertools.count(1)


class Api:
    """`api.post("orders/", body)` under /api/v1/; a fresh Idempotency-Key each time unless one is given."""

    def __init__(self, *, member: Member | None = None, scopes: list[str] | None = None) -> None:
        self.client = APIClient(raise_request_exception=False)
        self.base = "/api/v1/"
        if member is not None:
            self.sign(f"Bearer {RefreshToken.for_user(member).access_token}")
        if scopes is not None:
            self.base += "merchant/"
            _row, key = ApiKey.objects.create_key(name="ERP", scopes=scopes)
            self.sign(f"Api-Key {key}")

    def sign(self, authorization: str) -> None:
        self.client.credentials(HTTP_AUTHORIZATION=authorization)

    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method,
            path if path.startswith("/") else self.base + path,
            text,
            content_type="application/json",
            headers={"Idempotency-Key": key or f"test-{next(_keys)}"},
        )

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        return self.call("POST", path, {} if body is None else body, key)


def code_of(response: Any) -> str:
    """The code of the first error, with the form of errors checked."""
    body = response.json()
    assert set(body) == {"type", "errors"}
    assert set(body["errors"][0]) == {"code", "detail", "attr"}
    return str(body["errors"][0]["code"])
