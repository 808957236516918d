"""Child processes and ports: children that cannot outlive us, output kept in log files."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.console import Fatal, Step

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Account:
    """The system user a child runs as; PostgreSQL refuses to run as root."""

    uid: int
    gid: int


def tie_to_parent(number: int) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `number` to the child when we die, even by kill -9 (Linux only)."""
    parent = os.getpid()

    def tie() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:  # we died between fork and prctl
                os._exit(1)

    return tie


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path | None = None,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[str]:
    """Start a child in its own session, so that Ctrl-C reaches us alone and we end the children in order.

    Output is appended to `log`, or readable from `.stdout` when there is none.
    """
    sink = log.open("a", encoding="utf-8") if log else None
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            env=dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=sink or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=tie_to_parent(death_signal),
        )
    finally:
        if sink:
            sink.close()


def wait_or_kill(process: subprocess.Popen[str], *, patience: float) -> None:
    """Wait `patience` seconds for a child to end, then kill it and whatever is left of its session."""
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    sweep(process.pid)


def sweep(session: int) -> None:
    """Kill what a dead child left behind in its session (worker processes holding a port, say)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)


def run_logged(
    command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, log: Path, step: Step | None = None
) -> str:
    """Run a command to its end and return the last line it printed; all output goes to `log`.

    Raises Fatal with the last line and the log's path when it fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    process = spawn(command, env=env, cwd=cwd)
    last = ""
    try:
        with log.open("a", encoding="utf-8") as file:
            for line in process.stdout or ():
                file.write(line)
                file.flush()
                last = line.strip() or last
                if step:
                    step.note(last)
        code = process.wait()
    except BaseException:
        process.terminate()
        wait_or_kill(process, patience=10)
        raise
    if code:
        raise Fatal(f"{' '.join(map(str, command[1:]))} 失败（退出码 {code}）：{last}  日志 {log}")
    return last


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """`preferred` when nobody listens there, else any free port of the loopback interface."""
    if preferred and port_is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def next_free_port(start: int) -> int:
    """The first free port at or above `start`."""
    for port in range(start, min(start + 200, 65536)):
        if port_is_free(port):
            return port
    raise Fatal(f"{start} 起的 200 个端口都被占用：关掉一些程序后重试")


def lan_address() -> str:
    """This machine's address in its local network; choosing the route sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
    return address
