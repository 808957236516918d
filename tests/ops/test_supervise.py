"""The supervisor with real processes: order, restarts, and that nothing outlives it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.console import Fatal
from ops.paths import ROOT
from ops.supervise import Service, Supervisor

pytestmark = pytest.mark.serial

SLEEPER = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
FAMILY = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"


def service(folder: Path, name: str, code: str, **options: object) -> Service:
    command = [sys.executable, "-c", code]
    environment = {"PATH": os.environ["PATH"]}
    return Service(name, command, environment, folder, folder / f"{name}.log", **options)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def members(session: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-s", str(session)], capture_output=True, text=True, check=False).stdout
    return [pid for pid in map(int, listed.split()) if alive(pid)]


def test_applications_end_before_the_engines_they_need(tmp_path: Path) -> None:
    order = tmp_path / "order"
    farewell = textwrap.dedent(f"""
        import signal, sys, time
        def leave(*_):
            time.sleep(0.2)
            open({str(order)!r}, "a").write(sys.argv[1] + " ")
            sys.exit()
        signal.signal(signal.SIGTERM, leave)
        open(sys.argv[1], "w").close()
        time.sleep(600)
    """)
    with Supervisor() as supervisor:
        for name, engine in (("database", True), ("cache", True), ("web", False)):
            base = service(tmp_path, name, farewell, engine=engine, ready=(tmp_path / name).exists)
            supervisor.start(Service(**{**vars(base), "command": [*base.command, name]}))
    assert order.read_text().split() == ["web", "cache", "database"]


def test_stop_ends_stubborn_children_and_grandchildren(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        supervisor.start(service(tmp_path, "stubborn", STUBBORN, patience=0.5))
        supervisor.start(service(tmp_path, "family", FAMILY))
        sessions = supervisor.pids().values()
        assert eventually(lambda: sum(len(members(pid)) for pid in sessions) == 3)
    assert not any(members(pid) for pid in sessions)


def test_crashed_child_is_started_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    code = f"open({str(starts)!r}, 'a').write('x'); import time; time.sleep(600)"
    with Supervisor() as supervisor:
        supervisor.start(service(tmp_path, "web", code, ready=starts.exists))
        first = supervisor.pids()["web"]
        os.kill(first, signal.SIGKILL)
        signal.setitimer(signal.ITIMER_REAL, 2)
        previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
        with pytest.raises(KeyboardInterrupt):
            supervisor.watch()
        signal.signal(signal.SIGALRM, previous)
        assert supervisor.pids()["web"] != first
        assert starts.read_text() == "xx"


def test_a_service_that_cannot_start_says_why(tmp_path: Path) -> None:
    code = "raise SystemExit('address already in use')"
    with Supervisor() as supervisor, pytest.raises(Fatal, match=r"address already in use.*web\.log"):
        supervisor.start(service(tmp_path, "web", code, ready=lambda: False))


def test_no_orphans_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from ops.supervise import Service, Supervisor
        supervisor = Supervisor()
        folder = Path({str(tmp_path)!r})
        command = [sys.executable, "-c", {SLEEPER!r}]
        supervisor.start(Service("web", command, {{}}, folder, folder / "web.log"))
        print(supervisor.pids()["web"], flush=True)
        supervisor.watch()
    """)
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    assert eventually(lambda: not alive(child))
