"""The guarded HTTP client for the services outside: always a time-out, never a redirect, never inside a transaction."""

from typing import Any

import httpx

from mall.kernel.errors import ServiceUnavailable
from mall.kernel.transactions import remote

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
MAX_BODY = 2 * 1024 * 1024


@remote
def request(method: str, url: str, **kwargs: Any) -> httpx.Response:
    """One call. Raises ServiceUnavailable when no answer arrived: the outcome is then unknown, not failed."""
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            response = client.request(method, url, **kwargs)
    except httpx.HTTPError as error:
        raise ServiceUnavailable(data={"reason": type(error).__name__}) from error
    if len(response.content) > MAX_BODY:
        raise ServiceUnavailable(data={"reason": "answer too large"})
    return response
