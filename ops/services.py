"""The processes of the demo: the simulated outside world, the web server, Celery's worker and clock."""

import http.client
import os
from pathlib import Path

from ops import environment
from ops.paths import PYTHON, ROOT, tool
from ops.supervise import Service


def demo(settings: dict[str, str], *, logs: Path) -> tuple[Service, ...]:
    """Services in the order they start. Web and simulator count as ready when they answer a request."""
    env = environment.process(settings)
    state = Path(settings["SIMULATOR_KEYS"]).parent
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
            ready=(lambda: _answers(int(port))) if port else None,
        )

    bind = f"{os.environ.get('HOST', '127.0.0.1')}:{port}"
    return (
        service(
            "simulator", PYTHON, "-m", "simulator", "--port", simulator_port,
            "--state", state, "--mall-url", settings["SITE_URL"], port=simulator_port,
        ),
        # Preloading imports the product once instead of once for each worker.
        service(
            "web", tool("gunicorn"), "mall.wsgi:application", "--bind", bind, "--preload",
            "--workers", "2", "--threads", "4", "--access-logfile", "-", port=port,
        ),
        service("worker", *celery, "worker", "--concurrency", "2", "--loglevel", "info", "--without-mingle"),
        service(
            "beat", *celery, "beat", "--loglevel", "info",
            "--schedule", logs / "beat-schedule", "--pidfile", "",
        ),
    )  # fmt: skip


def _answers(port: int) -> bool:
    """Whether a request gets an answer that is not a server error; gunicorn listens before the app is loaded."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
