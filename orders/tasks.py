"""Celery tasks of orders. Each finds its work in the database, so a missed run costs time only."""

from celery import shared_task

from mall.kernel import clock
from orders.services import cancel, fulfilment


@shared_task
def close_expired() -> int:
    """Close orders nobody paid in time."""
    return cancel.close_expired(at=clock.now())


@shared_task
def receive_overdue() -> int:
    """Sign for parcels that never reported their arrival."""
    return fulfilment.receive_overdue(at=clock.now())


@shared_task
def complete_due() -> int:
    """Complete orders past their after-sale window."""
    return fulfilment.complete_due(at=clock.now())
