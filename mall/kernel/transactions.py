"""Three marks say who owns the transaction of a writing function; misuse fails at once.

`@use_case` opens the one durable transaction (faces, admin, tasks and commands call these).
`@step` refuses to run outside a transaction (use cases and outbox handlers call these).
`@remote` refuses to run inside one: only these may touch the network.
"""

import functools
import logging
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

RETRIES = 3
# serialization_failure, deadlock_detected, lock_not_available
_RETRYABLE = {"40001", "40P01", "55P03"}


class TransactionRequired(RuntimeError):
    """A step was called outside a transaction."""


class TransactionForbidden(RuntimeError):
    """A remote call was attempted while a transaction holds locks."""


def in_transaction() -> bool:
    """True inside a transaction of ours; the wrapper of a Django TestCase does not count."""
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _sqlstate(error: OperationalError) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""


def use_case(function: Callable[P, R]) -> Callable[P, R]:
    """Run in one durable transaction; on a deadlock or lock time-out start over, at most three times."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, RETRIES + 1):
            try:
                with transaction.atomic(durable=True):
                    return function(*args, **kwargs)
            except OperationalError as error:
                if _sqlstate(error) not in _RETRYABLE or attempt == RETRIES:
                    raise
                logger.warning("%s retried after %s", function.__qualname__, _sqlstate(error))
                time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 (jitter, not a secret)
        raise AssertionError("unreachable")

    return run


def step(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse to run outside a transaction."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not in_transaction():
            raise TransactionRequired(f"{function.__qualname__} must run inside a transaction")
        return function(*args, **kwargs)

    return run


def remote(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse to run inside a transaction."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if in_transaction():
            raise TransactionForbidden(f"{function.__qualname__} must not hold a transaction open")
        return function(*args, **kwargs)

    return run
