"""What `make demo` says when it cannot start, and what it remembers."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ops import environment
from ops.paths import ROOT


def demo(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.demo", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_busy_port_is_one_line_with_the_fix() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = demo(PORT=str(port))
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert f"端口 {port} 已被占用" in line
    assert "make demo PORT=" in line


@pytest.mark.parametrize("port", ["web", "0", "65536", "-1"])
def test_impossible_port_is_one_line_with_the_fix(port: str) -> None:
    done = demo(PORT=port)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "PORT" in line


def test_reset_never_touches_a_database_of_somebody_else() -> None:
    done = demo("--reset", DATABASE_URL="postgres://somebody@db.example/shop")
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr


def test_old_python_is_told_in_one_line() -> None:
    code = "import sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2'; import ops"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Python 3.11+ is needed, this is 3.9.2. Try: make demo PYTHON=python3.12\n"


def test_settings_survive_in_a_file_that_shells_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "FILE", tmp_path / "var" / "demo.env")
    first = environment.demo(
        port=8000,
        simulator_port=8100,
        database_url="postgres://m:p$ '\"@127.0.0.1:5/m",
        redis_url="redis://x:7/0",
    )
    environment.save(first)
    second = environment.demo(port=8001, simulator_port=8101, database_url="postgres://x", redis_url="redis://y")
    assert environment.remembered() == first
    assert environment.remembered_port("REDIS_URL") == 7
    assert second["SECRET_KEY"] == first["SECRET_KEY"]
    assert environment.FILE.stat().st_mode & 0o077 == 0
    script = f'set -a; . {environment.FILE}; printf %s "$DATABASE_URL"'
    assert subprocess.check_output(["sh", "-c", script], text=True) == first["DATABASE_URL"]
