"""How a long command tells where it is: a bar on a terminal, lines everywhere else."""

import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

T = TypeVar("T")
LINES = 5


class Writer(Protocol):
    """What a command prints to."""

    def write(self, msg: str) -> object: ...
    def flush(self) -> object: ...


class Progress:
    """Follows the stages of a run. On a terminal each stage is a bar; otherwise a few lines per stage."""

    def __init__(self, out: Writer, *, bar: Bar | None = None) -> None:
        self._out = out
        self._bar = bar

    def say(self, text: str) -> None:
        """One line, at once."""
        if self._bar:
            self._bar.console.print(text)
            return
        self._out.write(text + "\n" if self._out is sys.stdout else text)
        self._out.flush()

    def each(self, title: str, things: Iterable[T], *, total: int | None = None) -> Iterator[T]:
        """The things themselves, with progress under `title`."""
        if total is None:
            total = len(things) if isinstance(things, Sized) else 0
        task = self._bar.add_task(title, total=total or None) if self._bar else None
        every = max(1, total // LINES)
        number = 0
        for number, thing in enumerate(things, start=1):
            yield thing
            if self._bar and task is not None:
                self._bar.update(task, completed=number)
            elif number % every == 0 or number == total:
                self.say(f"{title} {number:,}/{total:,}")


@contextmanager
def follow(out: Writer) -> Iterator[Progress]:
    """A Progress that draws bars if standard output is a terminal."""
    if not sys.stdout.isatty():
        yield Progress(out)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, transient=True) as bar:
        yield Progress(out, bar=bar)
