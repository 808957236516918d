"""One client intention, one effect: `Idempotency-Key` on the writes that move goods or money.

The key is claimed in a short transaction of its own before the work and holds the answer afterwards, so that a
repeat gets the stored answer. A claim whose process died is free again after `STALE`; the domains' own unique keys
(see `reference`) keep even that second run from doubling anything.
"""

import dataclasses
import datetime as dt
import functools
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mall.api.errors import IdempotencyConflict, IdempotencyInProgress, IdempotencyKeyRequired
from mall.api.models import ApiKey
from mall.kernel import clock
from mall.kernel.models import IdempotencyKey

STALE = dt.timedelta(seconds=60)
SCOPE_LENGTH = 160
_KEY = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
# Answers about the moment rather than the request: the same key may be tried again.
_NOT_KEPT = {status.HTTP_401_UNAUTHORIZED, status.HTTP_403_FORBIDDEN, status.HTTP_429_TOO_MANY_REQUESTS}

# The ORM does not tell which row of an insert that ignores conflicts is new.
_INSERT = """
    INSERT INTO kernel_idempotencykey (scope, key, body_hash, state, claimed_at, created_at)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (scope, key) DO NOTHING RETURNING id
"""

Method = Callable[..., Response]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Claim:
    """Either the right to run (`answer` is None) or the stored answer."""

    row_id: int
    claimed_at: dt.datetime
    answer: Response | None = None


def idempotent(method: Method) -> Method:
    """For the `post` of an APIView: require the header, run once per caller, route and key, and replay the answer."""

    @functools.wraps(method)
    def run(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        claim = _claim(_scope(request), _key(request), _body_hash(request), clock.now())
        if claim.answer is not None:
            return claim.answer
        try:
            response = method(view, request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 (turned into the answer it would be anyway, or raised again)
            response = _answer_of(view, error, claim)
        _finish(claim, response)
        return response

    return run


def reference(request: Request) -> str:
    """A stable name of this intention (64 hex digits) for a unique column of the domain that carries it out."""
    return hashlib.sha256(f"{_scope(request)}\n{_key(request)}".encode()).hexdigest()


def _answer_of(view: APIView, error: Exception, claim: _Claim) -> Response:
    try:
        return view.handle_exception(error)
    except Exception:
        _forget(claim)
        raise


def _key(request: Request) -> str:
    key: str = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyRequired
    return key


def _scope(request: Request) -> str:
    caller = f"key:{request.auth.prefix}" if isinstance(request.auth, ApiKey) else f"member:{request.user.pk}"
    scope = f"{caller} {request.method} {request.path}"
    if len(scope) <= SCOPE_LENGTH:
        return scope
    return f"{caller} {hashlib.sha256(scope.encode()).hexdigest()}"


def _body_hash(request: Request) -> str:
    text = json.dumps(request.data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _claim(scope: str, key: str, body_hash: str, at: dt.datetime) -> _Claim:
    new = _insert(scope, key, body_hash, at)
    if new is not None:
        return _Claim(row_id=new, claimed_at=at)
    with transaction.atomic(durable=True):
        row = IdempotencyKey.objects.select_for_update().get(scope=scope, key=key)
        if row.body_hash != body_hash:
            raise IdempotencyConflict
        if row.state == IdempotencyKey.State.DONE:
            answer = Response(row.body, status=row.status, headers={"Idempotent-Replayed": "true"})
            return _Claim(row_id=row.pk, claimed_at=at, answer=answer)
        if row.claimed_at != at:
            if row.claimed_at > at - STALE:
                raise IdempotencyInProgress(data={"retry_after": 1})
            row.claimed_at = at
            row.save(update_fields=["claimed_at"])
        return _Claim(row_id=row.pk, claimed_at=at)


def _insert(scope: str, key: str, body_hash: str, at: dt.datetime) -> int | None:
    """The new row's id, or None when the key was used before. One statement, committed by itself."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [scope, key, body_hash, IdempotencyKey.State.RUNNING.value, at, at])
        row = cursor.fetchone()
    return row[0] if row else None


def _finish(claim: _Claim, response: Response) -> None:
    if response.status_code >= status.HTTP_500_INTERNAL_SERVER_ERROR or response.status_code in _NOT_KEPT:
        _forget(claim)
        return
    body = json.loads(JSONRenderer().render(response.data) or b"null")
    _own(claim).update(state=IdempotencyKey.State.DONE, status=response.status_code, body=body)


def _forget(claim: _Claim) -> None:
    _own(claim).delete()


def _own(claim: _Claim) -> Any:
    return IdempotencyKey.objects.filter(
        pk=claim.row_id, claimed_at=claim.claimed_at, state=IdempotencyKey.State.RUNNING
    )
