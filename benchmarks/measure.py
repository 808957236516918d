"""Rates, times and statement counts, measured the same way everywhere."""

import contextlib
import multiprocessing
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connection, connections

Work = Callable[[], object]

_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def alternate(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure every side once per round, so that a slow moment of the machine hits all of them."""
    figures: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            figures[name].append(measure())
    return figures


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def ratio(upper: Sequence[float], lower: Sequence[float]) -> float:
    """The median of the rounds' ratios: both figures of a ratio come from the same round."""
    return statistics.median(a / b for a, b in zip(upper, lower, strict=True))


def rate(prepare: Callable[[int], Work], *, clients: int, seconds: float) -> float:
    """Operations per second of `clients` processes. `prepare(n)` runs in each of them and returns its operation."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    barrier, results = fork.Barrier(clients), fork.SimpleQueue()
    children = [
        fork.Process(target=_client, args=(prepare, number, barrier, results, seconds)) for number in range(clients)
    ]
    for child in children:
        child.start()
    answers = [results.get() for _ in children]
    for child in children:
        child.join()
    if failures := [answer for answer in answers if isinstance(answer, str)]:
        raise RuntimeError(failures[0])
    return sum(count / spent for count, spent in answers)


def _client(
    prepare: Callable[[int], Work], number: int, barrier: Barrier, results: Any, seconds: float
) -> None:  # runs in a process of its own
    try:
        work = prepare(number)
        work()
        barrier.wait(timeout=60)
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            work()
            count += 1
        results.put((count, time.perf_counter() - start))
    except Exception as error:  # noqa: BLE001  told to the parent, which raises
        barrier.abort()
        results.put(f"client {number}: {type(error).__name__}: {error}")


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def times_ms(work: Work, *, count: int) -> list[float]:
    return [seconds(work) * 1000 for _ in range(count)]


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL of this thread while the block runs, without BEGIN, COMMIT and savepoints."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(_CONTROL):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def sql_ms(work: Work) -> float:
    """The time of the statements of `work`: sending, running and fetching, without what Python makes of the rows."""
    spent = 0.0

    def clock(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal spent
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent += time.perf_counter() - start

    with connection.execute_wrapper(clock):
        work()
    return spent * 1000


def repeated(seen: Sequence[str]) -> list[tuple[str, int]]:
    """Statements that ran more than once: usually a loop that should be a join."""
    return [(sql, count) for sql, count in Counter(seen).most_common() if count > 1]


def peak_mib() -> float:
    """The most memory this process ever held, in MiB (Linux counts it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
