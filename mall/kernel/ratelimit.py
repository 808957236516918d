"""Rate limits in Redis. When Redis is away the limit is not enforced: a slow day must not close the shop."""

import functools
import logging
import time

from django.conf import settings
from limits import parse
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from mall.kernel.errors import RateLimited

logger = logging.getLogger(__name__)


@functools.cache
def _limiter() -> MovingWindowRateLimiter:
    storage = storage_from_string(settings.REDIS_URL, wrap_exceptions=True, socket_timeout=1, socket_connect_timeout=1)
    assert isinstance(storage, Storage)  # noqa: S101 (narrows the type; the URL names a synchronous store)
    return MovingWindowRateLimiter(storage)


def hit(rule: str, *keys: str) -> None:
    """Count one attempt against `rule` ("5/minute") for `keys`. Raises RateLimited with `retry_after` seconds."""
    limit = parse(rule)
    try:
        if _limiter().hit(limit, *keys):
            return
        reset = _limiter().get_window_stats(limit, *keys).reset_time
    except StorageError:
        logger.warning("rate limit store unreachable; %s not enforced", rule)
        return
    raise RateLimited(data={"retry_after": max(1, int(reset - time.time()) + 1)})


def clear(rule: str, *keys: str) -> None:
    """Forget the attempts, after a success."""
    try:
        _limiter().clear(parse(rule), *keys)
    except StorageError:
        logger.warning("rate limit store unreachable; %s not cleared", rule)
