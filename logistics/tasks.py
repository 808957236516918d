"""Celery tasks of logistics."""

from celery import shared_task

from logistics.services import shipments
from mall.kernel import clock


@shared_task
def subscribe_requested() -> int:
    """Subscribe to the news of parcels that left."""
    return shipments.subscribe_requested(at=clock.now())
