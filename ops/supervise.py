"""Keeps a set of child processes alive, and ends all of them in order.

Applications end first, together; then the engines they need. A child that dies is started again with growing
pauses. Should we be killed ourselves, the kernel passes the ending on (see processes.tie_to_parent).
"""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from types import TracebackType

from ops import processes
from ops.console import STOP_SIGNALS, Fatal, say
from ops.processes import Account

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY_SECONDS = 20.0
TICK = 0.2


@dataclass(frozen=True)
class Service:
    """A program to keep running. `ready` tells when it serves; `before` runs ahead of each start."""

    name: str
    command: Sequence[str]
    env: dict[str, str]
    cwd: Path
    log: Path
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    patience: float = 10.0
    engine: bool = False
    before: Callable[[], None] | None = None
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 60.0


@dataclass
class _Child:
    service: Service
    process: Popen[str]
    started: float
    pause: float = FIRST_PAUSE
    restart_at: float | None = None


class Supervisor:
    """Owns the children. Use as a context manager: leaving it ends them all, whatever happened."""

    def __init__(self) -> None:
        self._children: list[_Child] = []

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, service: Service) -> None:
        """Start a service and wait until it is ready; raises Fatal with the log's last line if it is not."""
        service.log.parent.mkdir(parents=True, exist_ok=True)
        child = _Child(service, _spawn(service), time.monotonic())
        self._children.append(child)
        deadline = time.monotonic() + service.ready_seconds
        while service.ready and not service.ready():
            if child.process.poll() is not None:
                raise Fatal(f"{service.name} 启动失败：{_last_line(service.log)}  日志 {service.log}")
            if time.monotonic() > deadline:
                raise Fatal(f"{service.name} {service.ready_seconds:.0f} 秒内没有就绪，见 {service.log}")
            time.sleep(0.05)

    def watch(self) -> None:
        """Restart what dies, until a signal interrupts us."""
        while True:
            for child in self._children:
                self._tend(child, time.monotonic())
            time.sleep(TICK)

    def pids(self) -> dict[str, int]:
        """Process numbers by service name."""
        return {child.service.name: child.process.pid for child in self._children}

    def _tend(self, child: _Child, now: float) -> None:
        if child.restart_at is not None:
            if now >= child.restart_at:
                child.process, child.started, child.restart_at = _spawn(child.service), now, None
            return
        code = child.process.poll()
        if code is None:
            return
        processes.sweep(child.process.pid)
        child.pause = FIRST_PAUSE if now - child.started > HEALTHY_SECONDS else child.pause
        child.restart_at = now + child.pause
        say(f"! {child.service.name} 退出（{_reason(code)}），{child.pause:g}s 后重启，见 {child.service.log}")
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        """End the applications together, then the engines, last started first. Safe to call twice."""
        held = {number: signal.signal(number, signal.SIG_IGN) for number in STOP_SIGNALS}
        applications = [child for child in self._children if not child.service.engine]
        engines = [child for child in reversed(self._children) if child.service.engine]
        for child in applications:
            _ask(child)
        for child in applications:
            processes.wait_or_kill(child.process, patience=child.service.patience)
        for child in engines:
            _ask(child)
            processes.wait_or_kill(child.process, patience=child.service.patience)
        self._children.clear()
        for number, handler in held.items():
            signal.signal(number, handler)


def _ask(child: _Child) -> None:
    if child.process.poll() is None:
        child.process.send_signal(child.service.stop_signal)


def _spawn(service: Service) -> "Popen[str]":
    if service.before:
        service.before()
    return processes.spawn(
        service.command,
        env=service.env,
        cwd=service.cwd,
        log=service.log,
        account=service.account,
        death_signal=service.stop_signal,
    )


def _reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"退出码 {code}"


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "没有输出"
