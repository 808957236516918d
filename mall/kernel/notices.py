"""In-app messages. One row per cause, whoever asks twice."""

import dataclasses
import datetime as dt

from mall.kernel.errors import NotFound
from mall.kernel.models import Notice
from mall.kernel.transactions import step, use_case


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoticeView:
    """A message as its reader sees it; `url` leads to what it is about, or is empty."""

    id: int
    kind: str
    title: str
    body: str
    url: str
    is_read: bool
    at: dt.datetime


@step
def post(*, kind: str, ref: str, title: str, body: str = "", url: str = "", member_id: int | None = None) -> None:
    """Leave a message for a member, or for the staff when `member_id` is None. Repeats of (member, kind, ref) are no-ops."""
    Notice.objects.bulk_create(
        [Notice(member_id=member_id, kind=kind, ref=ref, title=title, body=body, url=url)],
        ignore_conflicts=True,
    )


def inbox(*, member_id: int, page: int = 1, page_size: int = 20) -> list[NoticeView]:
    """One page of a member's messages, newest first."""
    start = (page - 1) * page_size
    rows = Notice.objects.filter(member_id=member_id).order_by("-created_at", "-pk")[start : start + page_size]
    return [
        NoticeView(
            id=row.pk,
            kind=row.kind,
            title=row.title,
            body=row.body,
            url=row.url,
            is_read=row.read_at is not None,
            at=row.created_at,
        )
        for row in rows
    ]


def inbox_count(*, member_id: int) -> int:
    """How many messages a member has."""
    return Notice.objects.filter(member_id=member_id).count()


def unread_count(*, member_id: int) -> int:
    """How many of them wait to be read."""
    return Notice.objects.filter(member_id=member_id, read_at=None).count()


@use_case
def mark_read(*, member_id: int, at: dt.datetime, notice_id: int | None = None) -> str:
    """Mark one message read, or all of them; the address the one message leads to. Raises NotFound for another's."""
    rows = Notice.objects.filter(member_id=member_id)
    url = ""
    if notice_id is not None:
        rows = rows.filter(pk=notice_id)
        found = rows.values_list("url", flat=True).first()
        if found is None:
            raise NotFound
        url = found
    rows.filter(read_at=None).update(read_at=at)
    return url
