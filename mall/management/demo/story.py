"""The order of the telling: who, what is sold, how the money is shared, and two and a half months of trade."""

import dataclasses
import datetime as dt
import random
from collections.abc import Mapping

from django.db import transaction

from mall.kernel import notices
from mall.kernel.models import Notice
from mall.management.demo import accounts
from mall.management.demo.progress import Progress
from members.models import Member
from members.services import regions

DONE = ("demo", "seeded")


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """How much there is of everything."""

    members: int


SCALES: Mapping[str, Scale] = {
    "small": Scale(members=24),
    "default": Scale(members=64),
    "large": Scale(members=64),
}


def tell(*, scale: Scale, seed: int, at: dt.datetime, progress: Progress) -> dict[str, int]:
    """Fill an empty database; what there is afterwards, by name."""
    chance = random.Random(seed)  # noqa: S311 (a story, not a secret)
    loaded = regions.load()
    progress.say(f"行政区划 {loaded.provinces + loaded.cities + loaded.districts:,} 条")
    accounts.create_staff()
    joined = sorted(at - dt.timedelta(days=chance.uniform(80, 200)) for _ in range(scale.members))
    people = accounts.create_members(joined=joined)
    accounts.bind_wechat(members=people[:4])
    progress.say(f"账号 {len(people):,} 位会员 · {len(accounts.STAFF)} 位员工")
    with transaction.atomic():
        notices.post(
            kind=DONE[0], ref=DONE[1], title="演示数据已装载", body="商品、会员、订单与佣金均为虚构，不会真实扣款。"
        )
    return {"会员": len(people)}


def was_interrupted() -> bool:
    """Whether an earlier telling stopped in the middle: its people are there, its closing notice is not."""
    is_demo = Member.objects.filter(username="owner", is_staff=True).exists()
    return is_demo and not Notice.objects.filter(member_id=None, kind=DONE[0], ref=DONE[1]).exists()
