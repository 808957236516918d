"""In-app messages. One row per cause, whoever asks twice."""

from mall.kernel.models import Notice
from mall.kernel.transactions import step


@step
def post(*, kind: str, ref: str, title: str, body: str = "", url: str = "", member_id: int | None = None) -> None:
    """Leave a message for a member, or for the staff when `member_id` is None. Repeats of (member, kind, ref) are no-ops."""
    Notice.objects.bulk_create(
        [Notice(member_id=member_id, kind=kind, ref=ref, title=title, body=body, url=url)],
        ignore_conflicts=True,
    )
