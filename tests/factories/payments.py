"""Payment rows for tests of any app: a member, a balance, something to pay for."""

import datetime as dt
import itertools
from typing import Any

from mall.kernel import clock
from members.models import Member
from payments import queries
from payments.services import collect, wallets

_numbers = itertools.count(1)


def member(**fields: Any) -> Member:
    """A shopper without a wallet."""
    fields.setdefault("username", f"payer-{next(_numbers)}")
    return Member.objects.create(**fields)


def funded(*, balance_fen: int, at: dt.datetime | None = None) -> Member:
    """A shopper with a balance."""
    made = member()
    wallets.grant(
        member_id=made.pk, amount_fen=balance_fen, ref=f"grant-{next(_numbers)}", note="测试", at=at or clock.now()
    )
    return made


def ref() -> str:
    """A business number nobody used."""
    return f"D{next(_numbers):018d}"


def collect_from(payer: Member, *, amount_fen: int, method: str = "balance", **fields: Any) -> queries.PaymentView:
    """Open a payment of this member; by default it is paid from the balance."""
    at = fields.setdefault("at", clock.now())
    fields.setdefault("expires_at", at + dt.timedelta(minutes=30))
    fields.setdefault("ref", ref())
    fields.setdefault("purpose", "order")
    fields.setdefault("client_ip", "127.0.0.1")
    return collect.open(member_id=payer.pk, amount_fen=amount_fen, method=method, description="明前龙井", **fields)
