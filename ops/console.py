"""What the operator sees: numbered steps with seconds, and failures in one line with their fix."""

import io
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Fatal(Exception):
    """A failure the operator can mend; its text is one line: what is wrong and what to do."""


class Step:
    """One line of progress: `detail` ends up behind the tick, `note` tells terminals what is going on."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""

    def note(self, text: str) -> None:
        if sys.stdout.isatty():
            sys.stdout.write(f"\r\x1b[K{self.title} … {text[:70]}")
            sys.stdout.flush()


class Steps:
    """Numbers the steps of a run: `[3/8] 迁移 ✓ 4.1s`."""

    def __init__(self, total: int, *, done: int = 0) -> None:
        self.total = total
        self.done = done

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        self.done += 1
        step = Step(f"[{self.done}/{self.total}] {title}")
        start = time.monotonic()
        say(step.title, end=" ")
        if sys.stdout.isatty():
            say("…", end="")
        try:
            yield step
        except BaseException:
            say(f"{_rewind(step.title)}✗")
            raise
        seconds = time.monotonic() - start
        say(f"{_rewind(step.title)}✓ {seconds:.1f}s  {step.detail}".rstrip())


def _rewind(title: str) -> str:
    return f"\r\x1b[K{title} " if sys.stdout.isatty() else ""


def say(text: str = "", *, end: str = "\n") -> None:
    """Print at once, also into a pipe or a file."""
    print(text, end=end, flush=True)


def run(main: Callable[[], int]) -> None:
    """Run a command line: signals end it like Ctrl-C, a `Fatal` is told in one line, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Chinese shows question marks
    for number in STOP_SIGNALS:
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, _interrupt)
    try:
        code = main()
    except Fatal as error:
        sys.stderr.write(f"✗ {error}\n")
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)
