"""A whole shop on its own database: gunicorn, Celery worker and beat, the simulator. Tests talk to it over HTTP only."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from ops import assets, environment, services
from ops.console import Steps
from ops.manage import Manage
from ops.paths import LOGS, PYTHON, ROOT
from ops.processes import free_port, run_logged
from ops.supervise import Supervisor
from tests.flows.shop import Shop

FLOW_REDIS_DATABASE = 9


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The running shop with small demo data; everything is gone afterwards."""
    home = tmp_path_factory.mktemp("shop")
    with _database() as database_url, Supervisor() as supervisor:
        settings = _settings(home, database_url)
        env = environment.process(settings)
        keys = [str(PYTHON), "-m", "simulator", "--keys-only", "--state", str(home / "simulator")]
        run_logged(keys, env=env, cwd=ROOT, log=home / "prepare.log")
        with Manage(env=env, log=home / "prepare.log") as manage:
            for words in _preparations():
                with Steps(1).step(words[0]) as step:
                    manage.run(*words, step=step)
            assets.remember_collected()
        for service in services.demo(settings, logs=home):
            supervisor.start(service)
        yield Shop(settings=settings, env=env, logs=home)


def _preparations() -> list[tuple[str, ...]]:
    LOGS.mkdir(parents=True, exist_ok=True)
    steps: list[tuple[str, ...]] = [("migrate", "--no-input"), ("seed_demo", "--scale", "small", "--if-empty")]
    if not assets.collected():
        steps.append(("collectstatic", "--no-input"))
    return steps


def _settings(home: Path, database_url: str) -> dict[str, str]:
    port, simulator_port = free_port(), free_port()
    redis = urlsplit(os.environ["REDIS_URL"])
    return {
        "DJANGO_SETTINGS_MODULE": "mall.settings.demo",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": database_url,
        "REDIS_URL": urlunsplit(redis._replace(path=f"/{FLOW_REDIS_DATABASE}")),
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SIMULATOR_URL": f"http://127.0.0.1:{simulator_port}",
        "SIMULATOR_KEYS": str(home / "simulator" / "keys.json"),
        "MALL_SANDBOX": "1",
        "MEDIA_ROOT": str(home / "media"),
        "EMAIL_FILE_PATH": str(home / "mail"),
    }


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """A database of this session's own on the server of the tests."""
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"flows_{secrets.token_hex(4)}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(server._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
