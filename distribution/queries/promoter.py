"""Who is looking at the promotion centre, and the words its pages use for kinds and states."""

import dataclasses
import datetime as dt

from distribution.models import Account, Application, Commission, Distributor, Withdrawal

# Key -> word, in the order in which pages list them.
COMMISSION_STATES = dict(Commission.State.choices)
CHANNELS = dict(Withdrawal.Channel.choices)
KINDS = dict(Distributor.Kind.choices)
BUCKETS = dict(Account.Bucket.choices)
APPLICATION_STATES = Application.State
WITHDRAWAL_STATES = Withdrawal.State
# The other side of every earning: the house's account, which its distributors need not see.
HOUSE_BUCKET = Account.Bucket.EXPENSE.value


@dataclasses.dataclass(frozen=True, kw_only=True)
class Promoter:
    """A distributor in front of their own pages, in whatever state."""

    id: int
    member_id: int
    code: str
    name: str
    level_text: str
    state: str
    state_text: str
    state_reason: str
    joined_at: dt.datetime

    @property
    def is_active(self) -> bool:
        """Whether new orders earn and withdrawals are possible."""
        return self.state == Distributor.State.ACTIVE


def promoter(*, member_id: int) -> Promoter | None:
    """The member as a distributor; None for one who never became one."""
    row = Distributor.objects.filter(member_id=member_id).first()
    if row is None:
        return None
    return Promoter(
        id=row.pk,
        member_id=row.member_id,
        code=row.code,
        name=row.name,
        level_text=row.get_level_display(),
        state=row.state,
        state_text=row.get_state_display(),
        # Staff see who decided; the distributor sees why.
        state_reason=row.state_reason.partition("（staff:")[0],
        joined_at=row.joined_at,
    )
