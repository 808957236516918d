"""A `manage.py` that stays: commands go in one by one, Django is started once."""

import contextlib
import shlex
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from ops import processes
from ops.console import Fatal, Step
from ops.paths import PYTHON, ROOT

ANSWER = "\x1e"  # see mall/management/commands/batch.py


class Manage:
    """Runs management commands one after the other; all output goes to `log`."""

    def __init__(self, *, env: dict[str, str], log: Path) -> None:
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        command = (str(PYTHON), "manage.py", "batch")
        self._process = processes.spawn(command, env=env, cwd=ROOT, stdin=subprocess.PIPE)
        self._stdin = cast(IO[str], self._process.stdin)
        self._stdout = cast(IO[str], self._process.stdout)

    def __enter__(self) -> "Manage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error:
            self._process.terminate()
        else:
            self._stdin.close()
        processes.wait_or_kill(self._process, patience=10)

    def run(self, *words: str, step: Step) -> str:
        """Run one command to its end and return the last line it printed.

        Raises Fatal with that line and the log's path when the command fails or Django does not start.
        """
        last, code = "", "Django 没有启动"
        with contextlib.suppress(BrokenPipeError):  # it died while starting; what it said is still to be read
            self._stdin.write(shlex.join(words) + "\n")
            self._stdin.flush()
        with self._log.open("a", encoding="utf-8") as file:
            for line in self._stdout:
                if line.startswith(ANSWER):
                    code = line[1:].strip()
                    break
                file.write(line)
                file.flush()
                last = line.strip() or last
                step.note(last)
        if code != "0":
            raise Fatal(f"manage.py {words[0]} 失败（{code}）：{last}  日志 {self._log}")
        return last
