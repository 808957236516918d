"""What waits for a person. Counted once per request, shown as badges in the sidebar and as cards on the overview."""

import dataclasses
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.queries import figures as catalog_figures
from distribution.queries import figures as distribution_figures
from mall.kernel import outbox
from orders.queries import figures as order_figures
from payments import queries as payment_queries


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """One kind of work: whose list shows it, filtered how, and how much there is now."""

    model: str
    title: Any
    query: str
    count: Callable[[], int]


TASKS = [
    Task(model="orders.order", title=_("待发货"), query="state__in=paid,approved", count=order_figures.waiting_to_ship),
    Task(model="orders.refund", title=_("待审售后"), query="state__exact=applied", count=order_figures.waiting_refunds),
    Task(
        model="distribution.application",
        title=_("待审分销申请"),
        query="state__exact=submitted",
        count=distribution_figures.waiting_applications,
    ),
    Task(
        model="distribution.withdrawal",
        title=_("待审提现"),
        query="state__exact=requested",
        count=distribution_figures.waiting_withdrawals,
    ),
    Task(model="catalog.stockalert", title=_("库存预警"), query="closed_at__isnull=True", count=catalog_figures.open_stock_alerts),
    Task(model="payments.providerrefund", title=_("退款异常"), query="state__exact=abnormal", count=payment_queries.abnormal_refund_count),
    Task(model="payments.unmatchedpayment", title=_("未匹配收款"), query="resolved_at__isnull=True", count=payment_queries.unmatched_payment_count),
    Task(model="kernel.delivery", title=_("失败任务"), query="state__exact=dead", count=outbox.dead_count),
]  # fmt: skip


def of(request: HttpRequest) -> list[tuple[Task, int]]:
    """The tasks this staff member may see, with their counts; the numbers are remembered for the request."""
    known = getattr(request, "_todo", None)
    if known is None:
        known = [(task, task.count()) for task in TASKS if _may_view(request, task.model)]
        request._todo = known  # type: ignore[attr-defined]
    found: list[tuple[Task, int]] = known
    return found


def by_model(request: HttpRequest) -> dict[str, int]:
    """Model -> what waits in its list."""
    return {task.model: count for task, count in of(request)}


def _may_view(request: HttpRequest, model: str) -> bool:
    app, name = model.split(".")
    return bool(request.user.has_perm(f"{app}.view_{name}") or request.user.has_perm(f"{app}.change_{name}"))
