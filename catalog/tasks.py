"""Celery tasks of the catalogue; beat runs them, each finds its work in the database."""

from celery import shared_task

from catalog.services import alerts, stock
from mall.kernel import clock


@shared_task
def send_stock_alerts() -> int:
    """Mail low-stock alerts that nobody was told of."""
    return alerts.send_due(at=clock.now())


@shared_task
def release_expired() -> int:
    """Release reservations whose orders never did it themselves."""
    return stock.release_expired(at=clock.now())
