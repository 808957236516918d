"""Celery jobs of distribution. Each re-finds its work in the database, so a lost message costs one beat."""

from celery import shared_task

from distribution.services import commission, settlement, team
from mall.kernel import clock


@shared_task
def clear_cooled() -> int:
    """Clear commissions whose cooling is over."""
    return commission.clear_cooled(at=clock.now())


@shared_task
def settle_due() -> int:
    """Settle the periods that have ended; how many runs there are for them."""
    return len(settlement.settle_due(at=clock.now()))


@shared_task
def pay_out_due() -> int:
    """Credit the statements whose pay day has come."""
    return settlement.pay_out_due(at=clock.now())


@shared_task
def catch_up_team() -> int:
    """Bring the team tree up to date with the bindings."""
    return team.catch_up(at=clock.now())
