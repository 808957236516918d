"""The one object every handler gets: keys, clocks, memory, faults, notifier."""

import itertools
import secrets
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator import keys as keyring
from simulator import users
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.http import LOOPBACK, host_of
from simulator.keys import Keys
from simulator.notifier import Notifier
from simulator.state import State

NONCES_KEPT = 100_000

DEFAULTS: dict[str, Any] = {
    "opening_fen": 100_000_000,
    "auto_refund": True,
    "auto_bank": True,
    "instant_bills": False,
    "late_seconds": 3.0,
}


class Nonces:
    """Remembers recent nonces so that a repeated request is noticed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_new(self, nonce: str) -> bool:
        """False when `nonce` was used before."""
        with self._lock:
            if nonce in self._seen:
                return False
            self._seen[nonce] = None
            if len(self._seen) > NONCES_KEPT:
                self._seen.popitem(last=False)
            return True


@dataclass
class Simulator:
    """All services behind one port."""

    keys: Keys
    clock: Clock
    state: State
    notifier: Notifier
    mall_url: str
    base_url: str = ""
    faults: Faults = field(default_factory=Faults)
    nonces: Nonces = field(default_factory=Nonces)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1000))
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(secrets.randbelow(10**6)))

    def config(self, name: str) -> Any:
        """One switch of `DEFAULTS`, as the control API last set it."""
        record = self.state.get("config", name)
        return DEFAULTS[name] if record is None else record["value"]

    def number(self, prefix: str) -> str:
        """A provider's number, 28 digits like WeChat Pay's."""
        return f"{prefix}{self.clock.now():%Y%m%d%H%M%S}{next(self._numbers) % 10**10:010d}"

    def is_mall_url(self, url: str) -> bool:
        """Whether a page may send the browser to `url`: only to the shop or this machine."""
        host = host_of(url)
        return url.startswith(("http://", "https://")) and (host in LOOPBACK or host == host_of(self.mall_url))


def build(*, directory: Path, mall_url: str, speed: float = 0.001) -> Simulator:
    """Load keys and memory from `directory` and seed the test users."""
    keys, clock, state = keyring.load_or_create(directory=directory), Clock(), State(directory=directory)
    users.seed(state=state)
    notifier = Notifier(keys=keys, clock=clock, state=state, mall_url=mall_url, speed=speed)
    return Simulator(keys=keys, clock=clock, state=state, notifier=notifier, mall_url=mall_url)
