"""Applications to join, for those who review them."""

from distribution.models import Application
from distribution.queries.commissions import Page


def applications(*, state: str = "", page: int = 1, page_size: int = 20) -> Page[Application]:
    """All applications, the newest first, narrowed by state."""
    rows = Application.objects.order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    start = (page - 1) * page_size
    return Page(items=list(rows[start : start + page_size]), total=rows.count(), page=page, page_size=page_size)


def application(*, application_id: int) -> Application | None:
    """One application, if there is one."""
    return Application.objects.filter(pk=application_id).first()
