"""Celery tasks of the members."""

from celery import shared_task

from mall.kernel import clock
from mall.kernel.errors import ServiceUnavailable
from members.services import sms


@shared_task(autoretry_for=(ServiceUnavailable,), retry_backoff=2, max_retries=4)
def send_sms(code_id: int) -> None:
    """Hand a stored code to the SMS provider."""
    sms.deliver(code_id=code_id, at=clock.now())
