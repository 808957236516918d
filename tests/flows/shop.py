"""What a test may do to a running shop: call its API, its commands, and the simulator's controls."""

import datetime as dt
import json
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from ops.paths import PYTHON, ROOT

T = TypeVar("T")
PASSWORD = "demo-2026"
SMS_CODE = "246810"


@dataclass
class Shop:
    """A running shop: `url` of the web server, `simulator` of the outside world."""

    settings: dict[str, str]
    env: dict[str, str]
    logs: Path
    _merchant_key: str = field(default="", init=False)
    _settled: int = field(default=0, init=False)

    @property
    def url(self) -> str:
        return self.settings["SITE_URL"]

    def anonymous(self) -> "Caller":
        return Caller(httpx.Client(base_url=self.url, timeout=20))

    def member(self, phone: str, *, referral_code: str = "") -> "Caller":
        """A caller logged in by SMS code; a new phone becomes a new member."""
        caller = self.anonymous()
        caller.post("auth/sms-codes/", {"phone": phone, "purpose": "login"}, expect=202)
        body = {"phone": phone, "code": SMS_CODE} | ({"referral_code": referral_code} if referral_code else {})
        return caller.bear(caller.post("auth/login/sms/", body)["access"])

    def known(self, phone: str) -> "Caller":
        """A caller logged in by the demo password."""
        caller = self.anonymous()
        return caller.bear(caller.post("auth/login/password/", {"phone": phone, "password": PASSWORD})["access"])

    def merchant(self) -> "Caller":
        """A caller with a key for everything."""
        if not self._merchant_key:
            self._merchant_key = self.manage("create_api_key", "flows", "--scope", "all").strip()
        return Caller(
            httpx.Client(base_url=self.url, timeout=20, headers={"Authorization": f"Api-Key {self._merchant_key}"}),
            prefix="/api/v1/merchant/",
        )

    def manage(self, *words: str, expect: int = 0) -> str:
        """Run a management command; its standard output."""
        done = subprocess.run(
            [str(PYTHON), "manage.py", *words], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == expect, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def later(self) -> str:
        """An instant by which everything earned so far has cooled: 70 days on, and 70 more after each settlement."""
        return (dt.datetime.now(dt.UTC) + dt.timedelta(days=70 * (self._settled + 1))).isoformat()

    def settle(self) -> None:
        """Play the clock forward: cooling ends, commissions are settled, and the statements are paid out."""
        self.manage("settle_commissions", "--as-of", self.later())
        self._settled += 1

    def outside(self, control: str, body: dict[str, Any]) -> Any:
        """Tell the simulator to do something."""
        answer = httpx.post(f"{self.settings['SIMULATOR_URL']}/__ctl__/{control}", json=body, timeout=20)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def listed(self, table: str, **equal: str) -> list[dict[str, Any]]:
        """What the simulator holds: its orders, refunds, transfers, notifications …"""
        answer = httpx.get(f"{self.settings['SIMULATOR_URL']}/__ctl__/{table}", params=equal, timeout=20)
        assert answer.status_code == 200, answer.text
        return list(answer.json())


@dataclass
class Caller:
    """One client of the API. Answers are parsed JSON; an unexpected status fails with the body."""

    http: httpx.Client
    prefix: str = "/api/v1/"

    def bear(self, token: str) -> "Caller":
        self.http.headers["Authorization"] = f"Bearer {token}"
        return self

    def get(self, path: str, *, expect: int = 200, **params: Any) -> Any:
        return self._read(self.http.get(self.prefix + path, params=params), expect)

    def post(self, path: str, body: Any = None, *, expect: int | None = None, key: str = "") -> Any:
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        answer = self.http.post(self.prefix + path, json=body if body is not None else {}, headers=headers)
        return self._read(answer, expect)

    def put(self, path: str, body: Any, *, expect: int = 200) -> Any:
        return self._read(self.http.put(self.prefix + path, json=body), expect)

    @staticmethod
    def _read(answer: httpx.Response, expect: int | None) -> Any:
        good = answer.status_code == expect if expect else answer.status_code in (200, 201, 202)
        assert good, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None


def eventually(probe: Callable[[], T], *, seconds: float = 30.0) -> T:
    """Call `probe` until it returns something true; its last result, or a failure when time is up."""
    end = time.monotonic() + seconds
    while True:
        result = probe()
        if result:
            return result
        assert time.monotonic() < end, f"still {json.dumps(result, default=str)} after {seconds} s"
        time.sleep(0.2)
