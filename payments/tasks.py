"""Celery jobs of payments. Each re-finds its work in the database, so a lost message costs one beat."""

from celery import shared_task

from mall.kernel import clock
from payments.services import collect, refunds, transfers


@shared_task
def send_requested() -> int:
    """Send refunds and transfers that were asked for."""
    at = clock.now()
    return refunds.send_requested(at=at) + transfers.send_requested(at=at)


@shared_task
def query_unsettled() -> int:
    """Ask the providers about everything without an outcome."""
    at = clock.now()
    return collect.query_unsettled(at=at) + transfers.query_sent(at=at)
