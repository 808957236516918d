"""Sends notices to the shop, repeats them on the real tables, and runs delayed work."""

import heapq
import http.client
import itertools
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from simulator import envelopes
from simulator.clock import Clock
from simulator.envelopes import Outgoing
from simulator.http import LOOPBACK, host_of
from simulator.keys import Keys
from simulator.state import Record, State

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 5  # WeChat Pay waits this long for the shop's answer
KEPT_ANSWER = 500


class Notifier:
    """One timer thread and a few senders, so that duplicates really arrive at once."""

    def __init__(self, *, keys: Keys, clock: Clock, state: State, mall_url: str, speed: float) -> None:
        """`speed` scales the retry tables: 0.001 sends the 15 s retry after 15 ms."""
        self._keys = keys
        self._clock = clock
        self._state = state
        self._mall_url = mall_url
        self._speed = speed
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._stopped = False
        self._pool = ThreadPoolExecutor(max_workers=12, thread_name_prefix="notify")
        self._thread = threading.Thread(target=self._run, name="timer", daemon=True)

    def start(self) -> None:
        """Start the timer and take up notices a former process left unsent."""
        self._thread.start()
        for notice in self._state.find("notices", state="pending"):
            self.after(0, partial(self._attempt, notice["id"]))

    def stop(self) -> None:
        """Stop; unsent notices stay pending in the journal."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def forget(self) -> None:
        """Drop all delayed work."""
        with self._wake:
            self._due.clear()

    def after(self, seconds: float, work: Callable[[], object]) -> None:
        """Run `work` on a sender thread in `seconds` real seconds."""
        with self._wake:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), work))
            self._wake.notify()

    def post(self, notice: Record, *, delay: float = 0.05, copies: int = 1) -> str:
        """Keep `notice` and send it in `delay` seconds, `copies` times at once; returns its id."""
        self._state.put("notices", notice["id"], notice)
        for _ in range(copies):
            self.after(delay, partial(self._attempt, notice["id"]))
        return str(notice["id"])

    def send_once(self, notice: Record, outgoing: Outgoing, *, note: str) -> Record:
        """Send now, log the attempt as `note`, plan no retry; returns the attempt."""
        attempt = {**self._send(notice["url"], outgoing), "note": note}
        self._log(notice["id"], attempt, None)
        return attempt

    def target(self, url: str) -> str:
        """Where a notice for `url` really goes: plain HTTP on loopback, never anywhere else."""
        parts = urlsplit(url)
        if host_of(url) in LOOPBACK:
            return parts._replace(scheme="http").geturl()
        home = urlsplit(self._mall_url)
        return parts._replace(scheme="http", netloc=home.netloc).geturl()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._stopped and (not self._due or self._due[0][0] > time.monotonic()):
                    wait = self._due[0][0] - time.monotonic() if self._due else None
                    self._wake.wait(wait)
                if self._stopped:
                    return
                work = heapq.heappop(self._due)[2]
                self._pool.submit(self._guard, work)

    def _guard(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            logger.exception("delayed work failed")

    def _attempt(self, key: str) -> None:
        notice = self._state.get("notices", key)
        if notice is None:
            return
        outgoing = envelopes.seal(keys=self._keys, clock=self._clock, notice=notice)
        attempt = self._send(notice["url"], outgoing)
        if accepted(channel=notice["channel"], attempt=attempt):
            self._log(key, attempt, "delivered")
            return
        table = envelopes.RETRY_SECONDS[notice["channel"]]
        done = len(notice["attempts"])
        if done >= len(table):
            self._log(key, attempt, "given_up")
            return
        self._log(key, attempt, "pending")
        self.after(table[done] * self._speed, partial(self._attempt, key))

    def _log(self, key: str, attempt: Record, outcome: str | None) -> None:
        with self._state.transaction():
            notice = self._state.get("notices", key)
            if notice is None:
                return
            state = notice["state"] if outcome is None or notice["state"] == "delivered" else outcome
            self._state.update("notices", key, attempts=[*notice["attempts"], attempt], state=state)

    def _send(self, url: str, outgoing: Outgoing) -> Record:
        parts = urlsplit(self.target(url))
        started = time.monotonic()
        attempt: dict[str, Any] = {"at": self._clock.now().isoformat(timespec="milliseconds")}
        try:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS)
            try:
                path = parts.path + (f"?{parts.query}" if parts.query else "")
                connection.request("POST", path or "/", outgoing.body, outgoing.headers)
                answer = connection.getresponse()
                text = answer.read(65536).decode("utf-8", "replace")
                attempt.update(status=answer.status, answer=text[:KEPT_ANSWER])
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as problem:
            attempt.update(status=0, error=f"{type(problem).__name__}: {problem}")
        attempt["ms"] = round((time.monotonic() - started) * 1000)
        return attempt


def accepted(*, channel: str, attempt: Record) -> bool:
    """Whether the shop took the notice, by the rule of its channel."""
    if channel == "wxpay":
        return bool(attempt["status"] in {200, 204})
    if channel == "bank":
        return bool(200 <= attempt["status"] < 300)
    try:
        answer = json.loads(attempt.get("answer", ""))
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("result") is True and answer.get("returnCode") == "200"
