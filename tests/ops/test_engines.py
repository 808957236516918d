"""The starters against the real binaries: locale, passwords, crash recovery, and what they say."""

import os
import pwd
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from ops import accounts, postgres, valkey
from ops.console import Fatal
from ops.postgres import Cluster
from ops.processes import free_port
from ops.supervise import Supervisor

pytestmark = pytest.mark.serial


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that `nobody` may pass through, unlike pytest's own: as root PostgreSQL runs as nobody."""
    with tempfile.TemporaryDirectory(prefix="mall-engines-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with Supervisor() as supervisor:
        yield supervisor


def start(supervisor: Supervisor, home: Path, *, throw_away: bool = True) -> Cluster:
    cluster = postgres.prepare(home / "postgres", port=free_port(), throw_away=throw_away)
    supervisor.start(cluster.service(log=home / "postgres.log"))
    cluster.create_database()
    return cluster


def test_trigrams_see_chinese(supervisor: Supervisor, home: Path) -> None:
    cluster = start(supervisor, home)
    with psycopg.connect(cluster.url) as connection:
        connection.execute("create extension pg_trgm")
        row = connection.execute("select show_trgm('运动鞋')").fetchone()
    assert row is not None
    assert len(row[0]) == 4


def test_password_is_asked_for(supervisor: Supervisor, home: Path) -> None:
    cluster = start(supervisor, home)
    password = (cluster.home / "password").read_text()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.url.replace(password, "guess"))


def test_second_start_keeps_data_and_password(home: Path) -> None:
    with Supervisor() as first:
        cluster = start(first, home)
        with psycopg.connect(cluster.url) as connection:
            connection.execute("create table kept (n int)")
    with Supervisor() as second:
        again = start(second, home)
        with psycopg.connect(again.url) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_killed_server_comes_back_with_its_data(home: Path) -> None:
    killed = Supervisor()
    cluster = start(killed, home, throw_away=False)
    with psycopg.connect(cluster.url) as connection:
        connection.execute("create table kept as select 42 as n")
    os.kill(killed.pids()["postgres"], signal.SIGKILL)
    # Nobody waits for the dead child, so it stays a zombie and its lock file names a process that exists.
    time.sleep(0.3)
    lock = cluster.data / "postmaster.pid"
    assert lock.exists()
    cluster.clear_lock()
    assert not lock.exists()
    killed.stop()
    with Supervisor() as supervisor:
        again = start(supervisor, home, throw_away=False)
        with psycopg.connect(again.url) as connection:
            assert connection.execute("select n from kept").fetchone() == (42,)


def test_orphaned_server_is_ended_before_a_new_one_starts(supervisor: Supervisor, home: Path) -> None:
    orphan = Supervisor()
    cluster = start(orphan, home)
    start(supervisor, home)
    assert not cluster.answers()
    orphan.stop()


def test_folder_closed_to_nobody_moves_a_root_cluster_beside_the_copied_programs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine_home, checkout = home / "machine" / "pg-key", home / "checkout"
    monkeypatch.setattr(accounts, "MACHINE_HOME", machine_home)
    monkeypatch.setattr(accounts, "can_run", lambda program: False)
    checkout.mkdir(mode=0o700)
    for _ in range(2):  # the second start must find the first one's data
        with Supervisor() as supervisor:
            cluster = start(supervisor, checkout)
            with psycopg.connect(cluster.url) as connection:
                connection.execute("create table if not exists kept (n int)")
                connection.execute("insert into kept values (1)")
    if os.geteuid() == 0:
        assert cluster.data.is_relative_to(machine_home)
        assert cluster.engine.bin.is_relative_to(machine_home)
        assert cluster.data.stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert (machine_home / "engine").stat().st_uid == 0
    else:
        assert cluster.data.is_relative_to(checkout)
    with Supervisor() as supervisor:
        again = start(supervisor, checkout)
        with psycopg.connect(again.url) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (2,)


def test_data_of_another_major_version_is_refused(home: Path) -> None:
    cluster = postgres.prepare(home / "postgres", port=free_port(), throw_away=True)
    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Fatal, match="make demo-reset"):
        postgres.prepare(home / "postgres", port=free_port(), throw_away=True)


def test_missing_postgresql_is_one_line_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_candidates", lambda: iter([(Path("/nowhere"), "wheel", None)]))
    with pytest.raises(Fatal, match="DATABASE_URL") as failure:
        postgres.find_engine()
    assert "\n" not in str(failure.value)


def test_valkey_keeps_its_data_over_a_kill(home: Path) -> None:
    port = free_port()
    first = Supervisor()
    server = valkey.prepare(home / "valkey", port=port, durable=True)
    first.start(server.service(log=home / "valkey.log"))
    redis.Redis.from_url(server.url).set("kept", "42")
    time.sleep(1.5)  # the append-only file reaches the disk every second
    os.kill(first.pids()["valkey"], signal.SIGKILL)
    first.stop()
    with Supervisor() as second:
        again = valkey.prepare(home / "valkey", port=port, durable=True)
        second.start(again.service(log=home / "valkey.log"))
        assert redis.Redis.from_url(again.url).get("kept") == b"42"


def test_valkey_asks_for_its_password(supervisor: Supervisor, home: Path) -> None:
    server = valkey.prepare(home / "valkey", port=free_port(), durable=False)
    supervisor.start(server.service(log=home / "valkey.log"))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=server.port).ping()
