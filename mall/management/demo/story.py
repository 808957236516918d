"""The order of the telling: who, what is sold, how the money is shared, and two and a half months of trade."""

import dataclasses
import datetime as dt
import random
from collections.abc import Mapping

from django.db import transaction

from catalog.models import SKU
from distribution.models import Commission, Distributor, SettlementRun, Withdrawal
from mall.kernel import notices
from mall.kernel.models import Notice
from mall.management import roles
from mall.management.demo import accounts, catalogue, history, offers, pictures, team
from mall.management.demo.progress import Progress
from members.models import Member
from members.services import regions
from orders.models import Order

DONE = ("demo", "seeded")
DAY = dt.timedelta(days=1)
OPENED = 90 * DAY
APPLICANTS = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """How much there is of everything."""

    members: int
    orders: int
    # How many products get a picture, and whether they get the further views.
    covers: int
    views: bool
    workers: int = dataclasses.field(default_factory=pictures.workers)


SCALES: Mapping[str, Scale] = {
    "small": Scale(members=72, orders=12, covers=16, views=False),
    "default": Scale(members=72, orders=160, covers=1_000, views=True),
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
    goods = catalogue.read()
    ids = catalogue.create(goods=goods, chance=chance, at=opened, progress=progress)
    with pictures.Studio(workers=scale.workers) as studio:
        drawn = catalogue.hang_covers(goods=goods[: scale.covers], ids=ids, studio=studio, progress=progress)
        viewed = goods if scale.views else []
        drawn += catalogue.decorate(viewed) if viewed else 0
        rest = studio.surroundings([good.subject for good in viewed])  # drawn while history happens
        team.publish_rules(opened=opened, changed=at - 62 * DAY, favourite=ids["明前龙井 250g"])
        customers, applicants = people[:-APPLICANTS], people[-APPLICANTS:]
        earners = team.assemble(people=customers, chance=chance, at=opened + 7 * DAY, progress=progress)
        team.apply_lately(people=applicants, chance=chance, at=at)
        coupon_ids = offers.create(opened=opened, at=at)
        history.tell(
            people=customers,
            earners=earners,
            ids=ids,
            coupon_ids=coupon_ids,
            orders=scale.orders,
            chance=chance,
            at=at,
            progress=progress,
        )
        catalogue.end_with_rarities(ids=ids, at=at)
        drawn += catalogue.hang_the_rest(goods=viewed, ids=ids, drawn=rest, progress=progress)
    with transaction.atomic():
        notices.post(
            kind=DONE[0], ref=DONE[1], title="演示数据已装载", body="商品、会员、订单与佣金均为虚构，不会真实扣款。"
        )
    return {
        "商品": len(ids),
        "SKU": SKU.objects.count(),
        "图片": drawn,
        "会员": len(people),
        "分销商": Distributor.objects.count(),
        "订单": Order.objects.count(),
        "佣金": Commission.objects.count(),
        "结算批次": SettlementRun.objects.count(),
        "提现": Withdrawal.objects.count(),
    }


def was_interrupted() -> bool:
    """Whether an earlier telling stopped in the middle: its people are there, its closing notice is not."""
    is_demo = Member.objects.filter(username="owner", is_staff=True).exists()
    return is_demo and not Notice.objects.filter(member_id=None, kind=DONE[0], ref=DONE[1]).exists()
