"""Compiles the translations. Babel does it, because Django's compilemessages needs GNU gettext's msgfmt."""

from pathlib import Path

from ops.paths import ROOT, tool
from ops.processes import run_logged


def compile_all(*, env: dict[str, str], log: Path) -> None:
    """Compile every catalogue whose `.mo` is missing or older than its `.po`."""
    for catalogue in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        compiled = catalogue.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= catalogue.stat().st_mtime:
            continue
        command = [tool("pybabel"), "compile", f"--input-file={catalogue}", f"--output-file={compiled}"]
        run_logged(command, env=env, cwd=ROOT, log=log)
