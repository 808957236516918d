"""Results as rows of docs/performance.md, between the markers of each benchmark."""

import dataclasses
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


@dataclasses.dataclass(frozen=True)
class Row:
    """One line: what was measured, the figure, what it has to be, and whether it is (None: no target)."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None


def show(name: str, rows: Sequence[Row], *, options: str = "", write: bool = True) -> None:
    """Print the rows and, unless the run was a trial, put them into the page."""
    for row in rows:
        print(f"  {row.what:<62} {row.figure:>34}  {row.target} {_verdict(row)}".rstrip())
    if write:
        _replace(name, _table(name, rows, options))
        _replace("machine", f"Machine of the figures below: {machine()}.")


def machine() -> str:
    """The machine in one line."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} CPUs ({_cpu()}), {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}, "
        f"PostgreSQL {version} with fsync {fsync}; load, application and database share the machine"
    )


def _cpu() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.machine()


def _verdict(row: Row) -> str:
    return "" if row.met is None else ("✓" if row.met else "✗")


def _table(name: str, rows: Sequence[Row], options: str) -> str:
    command = f"python -m benchmarks {name} {options}".strip()
    lines = [f"`{command}`", "", "| what | figure | target | |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.figure} | {row.target} | {_verdict(row)} |" for row in rows]
    return "\n".join(lines)


def _replace(name: str, text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    start, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    if start not in page:
        raise LookupError(f"{PAGE} has no place for {name}")
    before, rest = page.split(start, 1)
    after = rest.split(end, 1)[1]
    PAGE.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")
