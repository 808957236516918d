"""Makes `.venv` and installs the hashed lock into it, on the system's Python with nothing but the stdlib.

uv installs in seconds but keeps its own certificates and ignores pip's configuration, so both are handed
to it; where it fails, pip installs the same lock.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from ops import console, system
from ops.console import Fatal, Step
from ops.paths import LOCK_FILE, PYTHON, ROOT, VENV, inside_venv, tool

STAMP = VENV / ".lock-stamp"
UV = "uv==0.13.*"


def ensure(step: Step | None = None) -> None:
    """Bring `.venv` up to the lock; does nothing when it is. Raises Fatal with the fix."""
    wanted = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted and _works():
        return
    if not _works():
        _note(step, "python -m venv")
        _create_venv()
    _note(step, "pip install uv")
    if _pip("install", "--quiet", UV) is None:
        _note(step, "uv pip sync")
        if _uv_sync() is None:
            STAMP.write_text(wanted)
            return
    _note(step, "pip install -r requirements.lock")
    if failure := _pip("install", "--quiet", "--require-hashes", "-r", str(LOCK_FILE)):
        raise Fatal(f"依赖安装失败：{failure}  检查网络，或用 pip config set global.index-url 指定镜像后重试")
    STAMP.write_text(wanted)


def reenter(module: str, *arguments: str) -> None:
    """Go on as `python -m module` of the virtual environment; returns only when we are there already."""
    if not inside_venv():
        os.chdir(ROOT)
        os.execv(PYTHON, [str(PYTHON), "-m", module, *arguments])  # noqa: S606  our own interpreter


def _works() -> bool:
    """Whether `.venv` has a Python that runs (an upgrade of the system's Python leaves a dead link)."""
    try:
        return subprocess.run([PYTHON, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _create_venv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not system.apt_install(package, "python3-venv"):
            raise Fatal(f"这个 Python 没有 venv/ensurepip 模块：apt-get install {package}")
    if VENV.exists() and not VENV.is_symlink():
        shutil.rmtree(VENV)
    if failure := _failure([sys.executable, "-m", "venv", str(VENV)]):
        raise Fatal(f"创建 .venv 失败：{failure}  检查磁盘空间和目录权限后重试")


def _pip(*arguments: str) -> str | None:
    return _failure([str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments])


def _uv_sync() -> str | None:
    command = [tool("uv"), "pip", "sync", "--quiet", "--system-certs", "--python", str(PYTHON)]
    ask = [str(PYTHON), "-m", "pip", "config", "get", "global.index-url"]
    if index := subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip():
        command += ["--default-index", index]
    return _failure([*command, "--require-hashes", str(LOCK_FILE)])


def _failure(command: Sequence[str]) -> str | None:
    """None when the command succeeds, else the line that says why it did not."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = (done.stderr.strip() or done.stdout.strip() or f"退出码 {done.returncode}").splitlines()
    return next((line for line in reversed(lines) if "error" in line.lower()), lines[-1]).strip()


def _note(step: Step | None, text: str) -> None:
    if step:
        step.note(text)


def main() -> int:
    with console.Steps(1).step("依赖") as step:
        ensure(step)
    return 0


if __name__ == "__main__":
    console.run(main)
