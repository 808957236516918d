"""Runs a Python command with the running demo's settings: `python -m ops.with_demo manage.py audit`."""

import os
import sys

from ops import console, environment
from ops.console import Fatal
from ops.paths import PYTHON, ROOT
from ops.processes import port_is_free


def main() -> int:
    settings = environment.remembered()
    port = environment.remembered_port("DATABASE_URL")
    if not settings or (port and port_is_free(port)):
        raise Fatal("演示没有在运行：先在另一个终端运行 make demo")
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        settings.pop("DJANGO_SETTINGS_MODULE", None)
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), *sys.argv[1:]], environment.process(settings))  # noqa: S606


if __name__ == "__main__":
    console.run(main)
