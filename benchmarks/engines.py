"""Where the benchmarks run: databases and a Redis of their own, thrown away afterwards.

Without DATABASE_URL a cluster is started for the run, with durable commits (fsync on). With DATABASE_URL databases
beside the given one are created and dropped again, so that nobody's data is touched. Nothing here imports Django.
"""

import contextlib
import dataclasses
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ops import accounts, postgres, valkey
from ops.paths import PYTHON, ROOT
from ops.processes import free_port
from ops.supervise import Supervisor


@dataclasses.dataclass(frozen=True)
class Server:
    """A running PostgreSQL with a migrated database to copy, and the environment of processes that use it."""

    url: str
    template: str
    env: dict[str, str]

    @contextlib.contextmanager
    def fresh_database(self) -> Iterator[dict[str, str]]:
        """The environment of a process with a copy of the migrated database."""
        with _database(self.url, template=self.template) as name:
            yield {**self.env, "DATABASE_URL": _renamed(self.url, name)}


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Start what is needed and migrate a template."""
    with _folder() as home, Supervisor() as supervisor:
        redis = valkey.prepare(home / "valkey", port=free_port(), durable=False)
        supervisor.start(redis.service(log=home / "valkey.log"))
        url = os.environ.get("DATABASE_URL")
        if not url:
            cluster = postgres.prepare(home / "cluster", port=free_port())
            supervisor.start(cluster.service(log=home / "postgres.log"))
            cluster.create_database()
            url = cluster.url
        env = {
            **os.environ,
            "REDIS_URL": redis.url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets.token_urlsafe(48),
            "MALL_SANDBOX": "1",
        }
        with _database(url, template="template0") as template:
            migrate = [str(PYTHON), "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, env={**env, "DATABASE_URL": _renamed(url, template)}, check=True)
            yield Server(url, template, env)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    as_root = accounts.unprivileged() is not None
    folder = Path(tempfile.mkdtemp(prefix="mall-bench-", dir="/tmp" if as_root else None))  # noqa: S108
    folder.chmod(0o711)  # as root PostgreSQL runs as nobody and has to pass through
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _database(url: str, *, template: str) -> Iterator[str]:
    """A database that is dropped again, on the server of `url`; its name."""
    name = f"mall_bench_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    try:
        yield name
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _renamed(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
