"""The service simulator as its own process, and the mall behind a real HTTP server."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mall.kernel import ratelimit
from mall.kernel.models import OutboxEvent
from payments.services import notices

ROOT = Path(__file__).resolve().parents[2]


class Simulator:
    """Its control API, and its keys."""

    def __init__(self, base: str, keys: dict[str, str]) -> None:
        self.base = base
        self.keys = keys
        self.http = httpx.Client(base_url=base, timeout=20, trust_env=False)

    def control(self, path: str, **body: Any) -> Any:
        """POST to the control API; the answer."""
        answer = self.http.post(f"/__ctl__/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, table: str, **equal: str) -> list[dict[str, Any]]:
        """A listing of the control API, filtered."""
        listed: list[dict[str, Any]] = self.http.get(f"/__ctl__/{table}", params=equal).json()
        return listed

    def armed(self) -> int:
        """How many faults have not struck yet."""
        return len(self.http.get("/__ctl__/faults").json()["armed"])

    def resend(self, ref: str, kind: str = "duplicate", times: int = 1) -> list[int]:
        """Send the last notice about `ref` again, tampered with as `kind`, at once; the mall's answers."""
        sent = self.control("notifications/resend", ref=ref, kind=kind, times=times)
        return [attempt["status"] for attempt in sent["attempts"]]

    def called(self, path: str, method: str = "POST") -> int:
        """How many calls of the mall reached `path`."""
        return sum(row["method"] == method and row["target"].startswith(path) for row in self.rows("log"))


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One process for the session, on a free port."""
    directory = tmp_path_factory.mktemp("simulator")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--state", str(directory)]
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_for(lambda: process.poll() is not None or _healthy(base), seconds=60)
        yield Simulator(base, json.loads((directory / "keys.json").read_text()))
    finally:
        process.terminate()
        process.wait(timeout=20)


def _healthy(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def simulator(simulator_process: Simulator, live_server: Any, settings: Any) -> Simulator:
    """A fresh simulated world whose notices reach this test's mall."""
    settings.SITE_URL = live_server.url
    settings.WXPAY_BASE = settings.BANK_BASE = simulator_process.base
    for name, value in simulator_process.keys.items():
        setattr(settings, name.upper(), value)
    simulator_process.control("reset")
    for provider in ("wechat", "bank"):
        ratelimit.clear(notices.FORGERIES_KEPT, "notice-rejected", provider)
    return simulator_process


def wait_for(condition: Callable[[], object], *, seconds: float = 10) -> None:
    """Wait until `condition` holds, else fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def events(name: str) -> list[dict[str, Any]]:
    """Payloads of the published events of this name, in order."""
    return list(OutboxEvent.objects.filter(name=f"payments.{name}").order_by("pk").values_list("payload", flat=True))
