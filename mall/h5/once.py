"""A form that moves goods or money acts once, however often its button is tapped."""

import secrets
from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mall.kernel import clock
from mall.kernel.errors import DomainError
from mall.kernel.models import IdempotencyKey


class StillRunning(DomainError):
    """The first tap has not finished yet."""

    code = "idempotency_in_progress"
    status = 409
    message = _("正在提交，请稍候")


def new_token() -> str:
    """For the hidden field of a fresh form."""
    return secrets.token_urlsafe(18)


def run(*, scope: str, token: str, work: Callable[[], str]) -> str:
    """Do `work` for the first caller of (scope, token) and give every later one its result.

    A failed `work` frees the token, so the person may correct the form and try again. Raises StillRunning.
    """
    row = _claim(scope, token[:128])
    if row.state == IdempotencyKey.State.DONE:
        return str((row.body or {})["result"])
    try:
        result = work()
    except Exception:
        row.delete()
        raise
    IdempotencyKey.objects.filter(pk=row.pk).update(
        state=IdempotencyKey.State.DONE, status=200, body={"result": result}
    )
    return result


def _claim(scope: str, token: str) -> IdempotencyKey:
    with transaction.atomic(durable=True):
        row, created = IdempotencyKey.objects.get_or_create(
            scope=scope, key=token, defaults={"body_hash": "", "claimed_at": clock.now()}
        )
    if not created and row.state == IdempotencyKey.State.RUNNING:
        raise StillRunning
    return row
