"""Translations and static files, rebuilt only when their sources changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ops.paths import LOCK_FILE, ROOT, VAR, tool
from ops.processes import run_logged

STAMP = VAR / "static.stamp"
SOURCES = ("static", "*/static", "mall/*/static", "mall/settings")


def compile_catalogues(*, env: dict[str, str], log: Path) -> None:
    """Compile every catalogue whose `.mo` is missing or older than its `.po`.

    Babel does it, because Django's compilemessages needs GNU gettext's msgfmt.
    """
    for catalogue in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        compiled = catalogue.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= catalogue.stat().st_mtime:
            continue
        command = [tool("pybabel"), "compile", f"--input-file={catalogue}", f"--output-file={compiled}"]
        run_logged(command, env=env, cwd=ROOT, log=log)


def collected() -> bool:
    """Whether the static files collected last are still those of the sources and the installed packages."""
    return STAMP.exists() and STAMP.read_text() == _fingerprint()


def remember_collected() -> None:
    STAMP.write_text(_fingerprint())


def _fingerprint() -> str:
    digest = hashlib.sha256(LOCK_FILE.read_bytes())
    for path in _source_files():
        status = path.stat()
        digest.update(f"{path.relative_to(ROOT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _source_files() -> Iterator[Path]:
    for pattern in SOURCES:
        for folder in sorted(ROOT.glob(pattern)):
            yield from sorted(path for path in folder.rglob("*") if path.suffix != ".pyc" and path.is_file())
