"""A whole checkout over HTTP: two products into the cart, quote, place, pay; beside the bare-SQL floor of an order."""

import http.client
import itertools
import json
import os
import random
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.test import Client
from rest_framework_simplejwt.tokens import RefreshToken

from benchmarks import data, floor, measure, report
from benchmarks.options import Options
from catalog.models import SKU
from members.models import Member
from ops.paths import ROOT, tool
from ops.processes import free_port
from ops.supervise import Service, Supervisor

CLIENTS = 8
ADDRESS = {
    "name": "王小明", "phone": "13800000001", "province": "浙江省", "city": "杭州市", "district": "西湖区",
    "street": "文三路 1 号",
}  # fmt: skip
# (method, path, body) -> answer
Call = Callable[[str, str, dict[str, Any]], dict[str, Any]]


def run(options: Options) -> None:
    data.catalogue(options.size(2_000, least=20))
    buyers = data.members(CLIENTS, balance_fen=10**12)
    skus = list(SKU.objects.order_by("pk").values_list("pk", flat=True))
    tokens = [str(RefreshToken.for_user(Member.objects.get(pk=pk)).access_token) for pk in buyers]
    floor.create()
    counts = _statements(tokens[0], skus)
    with tempfile.TemporaryDirectory() as logs, Supervisor() as supervisor:
        port = free_port()
        supervisor.start(_web(port, Path(logs)))

        def client(number: int) -> measure.Work:
            call, chance = _over_http(port, tokens[number]), random.Random(number)
            return lambda: buy(call, chance.sample(skus, 2))

        figures = measure.alternate(
            options.rounds,
            {
                "floor": lambda: measure.rate(floor.client, clients=CLIENTS, seconds=options.seconds),
                "checkout": lambda: measure.rate(client, clients=CLIENTS, seconds=options.seconds * 2),
            },
        )
    rate = measure.median(figures["checkout"])
    share = measure.ratio(figures["checkout"], figures["floor"])
    placing = counts["POST orders/"]
    report.show(
        "checkout",
        [
            report.Row("bare-SQL order, 8 clients", f"{measure.median(figures['floor']):.0f}/s"),
            report.Row(f"checkout, {sum(1 for _ in counts) + 1} requests, 8 clients", f"{rate:.1f} orders/s"),
            report.Row("checkout / floor", f"{share:.4f}"),
            *(report.Row(f"SQL statements of {what}", f"{count}") for what, count in counts.items()),
            report.Row("SQL statements of placing", f"{placing}", "≤ 20", placing <= 20),
            report.Row("SQL statements of the whole checkout", f"{sum(counts.values()) + counts['POST cart/items/']}"),
        ],
        options=str(options),
        write=not options.trial,
    )


def buy(call: Call, sku_ids: list[int]) -> None:
    """One checkout; an order of exactly these two."""
    for sku in sku_ids:
        call("POST", "cart/items/", {"sku": sku, "quantity": 1})
    quote = call("POST", "orders/quote/", {"items": "cart", "address": ADDRESS})
    order = call("POST", "orders/", {"items": "cart", "address": ADDRESS, "fingerprint": quote["fingerprint"]})
    paid = call("POST", "payments/", {"order": order["no"], "method": "balance"})
    assert paid["state"] == "succeeded", paid


def _web(port: int, logs: Path) -> Service:
    command = [
        tool("gunicorn"), "mall.wsgi:application", "--bind", f"127.0.0.1:{port}", "--preload", "--workers", "2",
        "--threads", "4", "--log-level", "error",
    ]  # fmt: skip
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "mall.settings.demo"}
    log = logs / "web.log"
    return Service(name="web", command=command, env=env, cwd=ROOT, log=log, ready=lambda: _answers(port))


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _over_http(port: int, token: str) -> Call:
    """Calls over one kept-alive connection; the server may close it, then a new one is opened."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        sent, key = json.dumps(body), uuid.uuid4().hex
        for attempt in (1, 2):
            try:
                connection.request(method, f"/api/v1/{path}", sent, {**headers, "Idempotency-Key": key})
                answer = connection.getresponse()
                text = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                connection.close()
                if attempt == 2:
                    raise
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()[:300]}")
        found: dict[str, Any] = json.loads(text)
        return found

    return call


def _statements(token: str, skus: list[int]) -> dict[str, int]:
    """SQL statements by kind of request, in this process, after a first order has filled what is cached."""
    client, counts, serial = Client(), {}, itertools.count()

    def call(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with measure.statements() as seen:
            answer = client.generic(
                method,
                f"/api/v1/{path}",
                json.dumps(body),
                "application/json",
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"count-{next(serial)}"},
            )
        assert answer.status_code < 300, answer.content
        counts[f"{method} {path}"] = len(seen)
        found: dict[str, Any] = answer.json()
        return found

    for start in (0, 2):
        buy(call, skus[start : start + 2])
    return counts
