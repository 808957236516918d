"""The order of the telling: who, what is sold, how the money is shared, and two and a half months of trade."""

import dataclasses
import datetime as dt
import random
from collections.abc import Mapping

from django.db import transaction

from catalog.models import SKU
from mall.kernel import notices
from mall.kernel.models import Notice
from mall.management import roles
from mall.management.demo import accounts, catalogue, pictures
from mall.management.demo.progress import Progress
from members.models import Member
from members.services import regions

DONE = ("demo", "seeded")
OPENED = dt.timedelta(days=90)


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """How much there is of everything."""

    members: int
    orders: int
    goods: int = 96
    workers: int = dataclasses.field(default_factory=pictures.workers)


SCALES: Mapping[str, Scale] = {
    "small": Scale(members=48, orders=60, goods=96),
    "default": Scale(members=72, orders=250),
}


def tell(*, scale: Scale, seed: int, at: dt.datetime, progress: Progress) -> dict[str, int]:
    """Fill an empty database; what there is afterwards, by name."""
    chance = random.Random(seed)  # noqa: S311 (a story, not a secret)
    opened = at - OPENED
    loaded = regions.load()
    progress.say(f"行政区划 {loaded.provinces + loaded.cities + loaded.districts:,} 条")
    roles.load()
    accounts.create_staff()
    joined = [opened + dt.timedelta(days=chance.uniform(0, 6)) for _ in range(scale.members)]
    people = accounts.create_members(joined=joined)
    accounts.bind_wechat(members=people[:4])
    progress.say(f"账号 {len(people):,} 位会员 · {len(accounts.STAFF)} 位员工")
    goods = catalogue.read()[: scale.goods]
    ids = catalogue.create(goods=goods, chance=chance, at=opened, progress=progress)
    with pictures.Studio(workers=scale.workers) as studio:
        drawn = catalogue.hang_pictures(goods=goods, ids=ids, studio=studio, progress=progress)
    catalogue.end_with_rarities(ids=ids, at=at)
    with transaction.atomic():
        notices.post(
            kind=DONE[0], ref=DONE[1], title="演示数据已装载", body="商品、会员、订单与佣金均为虚构，不会真实扣款。"
        )
    return {"商品": len(ids), "SKU": SKU.objects.count(), "图片": drawn, "会员": len(people)}


def was_interrupted() -> bool:
    """Whether an earlier telling stopped in the middle: its people are there, its closing notice is not."""
    is_demo = Member.objects.filter(username="owner", is_staff=True).exists()
    return is_demo and not Notice.objects.filter(member_id=None, kind=DONE[0], ref=DONE[1]).exists()
