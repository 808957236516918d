"""The processes of the demo: the simulated outside world, the web server, Celery's worker and its clock."""

import os
import socket
from pathlib import Path

from ops import environment
from ops.paths import PYTHON, ROOT, VAR, tool
from ops.supervise import Service


def demo(settings: dict[str, str], *, logs: Path) -> tuple[Service, ...]:
    """Services in the order they start. Web and simulator count as ready when they accept connections."""
    env = environment.process(settings)
    port = settings["PORT"]
    simulator_port = settings["SIMULATOR_URL"].rsplit(":", 1)[1]
    celery = [tool("celery"), "--app", "mall", "--quiet"]

    def service(name: str, *command: str | Path, port: str | None = None) -> Service:
        return Service(
            name=name,
            command=[str(part) for part in command],
            env=env,
            cwd=ROOT,
            log=logs / f"{name}.log",
            ready=(lambda: _accepts(int(port))) if port else None,
        )

    return (
        service(
            "simulator", PYTHON, "-m", "simulator", "--port", simulator_port,
            "--state", environment.STATE, "--mall-url", settings["SITE_URL"], port=simulator_port,
        ),
        service("worker", *celery, "worker", "--concurrency", "2", "--loglevel", "info", "--without-mingle"),
        service(
            "beat", *celery, "beat", "--loglevel", "info",
            "--schedule", VAR / "beat-schedule", "--pidfile", "",
        ),
        service(
            "web", tool("gunicorn"), "mall.wsgi:application", "--bind",
            f"{os.environ.get('HOST', '127.0.0.1')}:{port}", "--workers", "2", "--threads", "4",
            "--access-logfile", "-", port=port,
        ),
    )  # fmt: skip


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
