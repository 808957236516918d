"""`make test`, `make test-fast`, `make check`: stages against throw-away engines, then a table of times."""

import argparse
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops import accounts, assets, bootstrap, console, environment, postgres, system, valkey
from ops.console import say
from ops.paths import LOGS, PYTHON, ROOT, VAR, tool
from ops.processes import free_port, tie_to_parent, wait_or_kill
from ops.supervise import Supervisor


@dataclass(frozen=True)
class Stage:
    """One command of the gate."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    name: str
    code: int
    seconds: float


def _manage(*arguments: str) -> tuple[str, ...]:
    return (str(PYTHON), "manage.py", *arguments)


def _pytest(*arguments: str) -> tuple[str, ...]:
    return (str(PYTHON), "-m", "pytest", "-q", *arguments)


CHECKS = (
    Stage("ruff check", (tool("ruff"), "check", ".")),
    Stage("ruff format", (tool("ruff"), "format", "--check", ".")),
    Stage("import layers", (tool("lint-imports"),)),
    Stage("templates", (tool("djhtml"), "--check", "--tabwidth", "2", "templates")),
    Stage("django check", _manage("check", "--database", "default")),
    Stage("migrations", _manage("makemigrations", "--check", "--dry-run")),
    Stage("mypy", (tool("mypy"), ".")),
)
TESTS = (
    Stage("pytest, parallel", _pytest("-n", "2", "-m", "not serial")),
    Stage("pytest, serial", _pytest("-m", "serial")),
)
FAST_TESTS = (Stage("pytest, fast", _pytest("-n", "2", "-m", "not serial", "--reuse-db")),)
PLANS = {"check": CHECKS, "fast": FAST_TESTS, "all": CHECKS + TESTS}


def run_plan(plan: str) -> int:
    """Run the stages of a plan, all of them even when one fails; returns the exit code."""
    clock = time.monotonic()
    bootstrap.ensure()
    bootstrap.reenter("ops.test", plan)
    browser = prepare_browser() if plan == "all" else system.find_browser()
    results = [Result("dependencies", 0, time.monotonic() - clock)]
    with _engine_home(keep=plan == "fast") as home, Supervisor() as supervisor:
        clock = time.monotonic()
        env = _start_engines(supervisor, home)
        if browser:
            env["CHROMIUM"] = browser
        assets.compile_catalogues(env=env, log=LOGS / "test.log")
        results.append(Result("engines", 0, time.monotonic() - clock))
        results += [_run(stage, env) for stage in PLANS[plan]]
    _print_table(results)
    return 1 if any(result.code for result in results) else 0


def prepare_browser() -> str | None:
    """Find Chromium and a Chinese font for the browser tests; as root on Debian install what is missing."""
    if system.find_browser() is None and not system.apt_install("chromium"):
        say("! No Chromium, browser tests will fail: apt-get install chromium, or CHROMIUM=/path/to/it")
    if not system.has_cjk_font() and not system.apt_install("fonts-noto-cjk"):
        say(f"! No Chinese font, tests that look at pictures will fail: {system.FONT_FIX}")
    return system.find_browser()


@contextmanager
def _engine_home(*, keep: bool) -> Iterator[Path]:
    """A folder for the engines' data: thrown away, or kept for `--reuse-db`."""
    if keep:
        yield VAR / "test"
        return
    as_root = accounts.unprivileged() is not None
    folder = Path(tempfile.mkdtemp(prefix="mall-test-", dir="/tmp" if as_root else None))  # noqa: S108
    folder.chmod(0o711)  # as root PostgreSQL runs as nobody and has to pass through
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start_engines(supervisor: Supervisor, home: Path) -> dict[str, str]:
    """Start both engines on free ports and return the environment of the stages."""
    cluster = postgres.prepare(home / "test-cluster", port=free_port(), throw_away=True)
    supervisor.start(cluster.service(log=home / "postgres.log"))
    cluster.create_database()
    server = valkey.prepare(home / "valkey", port=free_port(), durable=False)
    supervisor.start(server.service(log=home / "valkey.log"))
    say(f"{cluster.engine} · {server}")
    settings = {
        "DJANGO_SETTINGS_MODULE": "mall.settings.test",
        "DATABASE_URL": cluster.url,
        "REDIS_URL": server.url,
    }
    return environment.process(settings)


def _run(stage: Stage, env: dict[str, str]) -> Result:
    say(f"\n── {stage.name}: {' '.join(_short(stage.command))}")
    start = time.monotonic()
    process = subprocess.Popen(
        stage.command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        text=True,
        preexec_fn=tie_to_parent(signal.SIGTERM),
    )
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        wait_or_kill(process, patience=20)
        raise
    return Result(stage.name, code, time.monotonic() - start)


def _short(command: Sequence[str]) -> list[str]:
    return [Path(command[0]).name, *command[1:]]


def _print_table(results: Sequence[Result]) -> None:
    say("\n stage               seconds  result")
    for result in results:
        verdict = f"FAILED (exit {result.code})" if result.code else "ok"
        say(f" {result.name:<18} {result.seconds:8.1f}  {verdict}")
    say(f" {'total':<18} {sum(result.seconds for result in results):8.1f}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="ops.test", description=__doc__)
    parser.add_argument("plan", choices=PLANS, nargs="?", default="all")
    return run_plan(parser.parse_args().plan)


if __name__ == "__main__":
    console.run(main)
