"""Celery tasks of the kernel."""

import datetime as dt

from celery import shared_task

from mall.kernel import clock, outbox
from mall.kernel.models import IdempotencyKey

KEEP_KEYS = dt.timedelta(days=7)


@shared_task
def deliver() -> int:
    """Run due outbox deliveries."""
    return outbox.deliver_due()


@shared_task
def purge_idempotency() -> int:
    """Forget answers nobody will ask for again."""
    return IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEEP_KEYS).delete()[0]
