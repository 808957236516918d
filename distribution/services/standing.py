"""Whether a distributor may earn: suspended and removed ones keep what they have, and earn nothing new."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution.models import Distributor
from mall.kernel import notices
from mall.kernel.errors import DomainError, NotFound
from mall.kernel.transactions import use_case

State = Distributor.State


class StandingRefused(DomainError):
    """The change is impossible: no reason, or a distributor who was removed for good."""

    code = "standing_refused"
    status = 409
    message = gettext_lazy("不能这样调整分销商状态")


@use_case
def change(*, distributor_id: int, state: str, reason: str, actor: str, at: dt.datetime) -> Distributor:
    """Suspend, restore or remove a distributor; orders placed from now on follow it. Raises StandingRefused, NotFound."""
    if state not in State.values:
        raise StandingRefused(attr="state")
    if not reason.strip():
        raise StandingRefused(_("请填写原因"), attr="reason")
    person = Distributor.objects.select_for_update().filter(pk=distributor_id).first()
    if person is None:
        raise NotFound
    if person.state == state:
        return person
    if person.state == State.REMOVED:
        raise StandingRefused(_("已清退的分销商不能恢复"), attr="state")
    person.state = state
    person.state_reason = f"{reason.strip()}（{actor}）"[:120]
    person.save(update_fields=["state", "state_reason"])
    notices.post(
        member_id=person.member_id,
        kind="distributor_state",
        ref=f"{person.pk}:{state}:{at.isoformat()}",
        title=_("您的分销商状态变为：%(state)s") % {"state": person.get_state_display()},
        body=reason.strip(),
    )
    return person
