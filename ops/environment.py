"""The settings every process of the demo gets, kept in `var/demo.env` for the next start.

A shell can source the file: `set -a; . var/demo.env; .venv/bin/python manage.py doctor`.
"""

import os
import secrets
import shlex
from urllib.parse import urlsplit

from ops.paths import VAR, VENV

FILE = VAR / "demo.env"
STATE = VAR / "simulator"


def remembered() -> dict[str, str]:
    """What the last start wrote; empty before the first."""
    if not FILE.exists():
        return {}
    return dict(word.split("=", 1) for word in shlex.split(FILE.read_text(encoding="utf-8")))


def remembered_port(name: str) -> int | None:
    """The port in a remembered URL."""
    return urlsplit(remembered().get(name, "")).port


def demo(*, port: int, simulator_port: int, database_url: str, redis_url: str) -> dict[str, str]:
    """Settings of this start. The secret key is generated once per checkout."""
    return {
        "DJANGO_SETTINGS_MODULE": "mall.settings.demo",
        "SECRET_KEY": remembered().get("SECRET_KEY") or secrets.token_urlsafe(48),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SIMULATOR_URL": f"http://127.0.0.1:{simulator_port}",
        "SIMULATOR_KEYS": str(STATE / "keys.json"),
        "MALL_SANDBOX": "1",
    }


def save(settings: dict[str, str]) -> None:
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.touch(mode=0o600)
    lines = (f"{key}={shlex.quote(value)}\n" for key, value in settings.items())
    FILE.write_text("".join(lines), encoding="utf-8")


def process(settings: dict[str, str]) -> dict[str, str]:
    """Environment of a child: ours plus the settings, with the virtual environment first on PATH."""
    path = os.pathsep.join((str(VENV / "bin"), os.environ.get("PATH", os.defpath)))
    return {**os.environ, "PYTHONUNBUFFERED": "1", **settings, "PATH": path}
