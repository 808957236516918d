"""Faults on request: what the next calls of an endpoint shall suffer."""

import threading
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = {
    "timeout": "nothing is processed and the connection is cut after `seconds` (30)",
    "error500": "nothing is processed, HTTP 500 SYSTEM_ERROR",
    "error": "nothing is processed, `status` and `body` as given",
    "delay": "processed after `seconds` (2)",
    "cut_after": "processed, but the connection is cut before the answer",
    "unsigned": "processed, the answer carries no signature",
    "badly_signed": "processed, the answer's signature is wrong",
}


@dataclass
class Fault:
    """`endpoint` is a path prefix; `times` how many calls are still to suffer."""

    endpoint: str
    kind: str
    times: int = 1
    seconds: float | None = None
    status: int = 500
    body: dict[str, Any] = field(default_factory=dict)


class Faults:
    """The armed faults, in the order they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Arm one more fault."""
        with self._lock:
            self._armed.append(fault)

    def take(self, path: str) -> Fault | None:
        """The fault this call shall suffer, counted down."""
        with self._lock:
            for fault in self._armed:
                if path.startswith(fault.endpoint):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._armed.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._armed.clear()

    def describe(self) -> list[dict[str, Any]]:
        """The armed faults."""
        with self._lock:
            return [asdict(fault) for fault in self._armed]
