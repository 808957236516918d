"""Who brought whom, who may earn, and by which rules: through applications, bindings and published programmes."""

import dataclasses
import datetime as dt
import random
from collections.abc import Sequence

from distribution.models import Binding, Distributor, Programme
from distribution.queries import programme as programmes
from distribution.services import applications, binding, programme
from mall.management.demo.progress import Progress
from members.models import Member

BY = "staff:operator"
OWNER = "staff:owner"
CHANNELS = (
    "朋友圈与 6 个小区团购群",
    "小红书好物分享，粉丝 1.2 万",
    "线下茶室，老客约 300 人",
    "宝妈社群，日活两百多",
    "公司内部福利群",
)
SURNAMES, GIVEN = (
    "王李张刘杨黄吴徐孙朱马胡郭林何高罗郑梁谢",
    ("敏", "静", "磊", "洋", "芳", "强", "婷", "浩然", "雨桐", "子涵", "建华", "晓燕"),
)
EARNERS = 24
WIDE = 34
HOUR = dt.timedelta(hours=1)


def publish_rules(*, opened: dt.datetime, changed: dt.datetime, favourite: int) -> None:
    """Two tiers while the shop found its feet; three after the merchant accepted the risk text; a product of its own."""
    data = programme.data_of(programmes.current())
    first = dataclasses.replace(
        data, tiers=2, rates_ppm=(150_000, 80_000), cycle=Programme.Cycle.MONTHLY.value, pay_day=5
    )
    programme.publish(data=first, reason="开业试运营：两级 15/8", by=OWNER, at=opened)
    second = dataclasses.replace(
        first,
        tiers=3,
        rates_ppm=(200_000, 100_000, 50_000),
        cooling_days=7,
        withdrawal_minimum_fen=1000,
        acknowledged_by=OWNER,
    )
    programme.publish(data=second, reason="确认风险提示后开启第三级，比例调整为 20/10/5", by=OWNER, at=changed)
    programme.publish_product_rate(
        product_id=favourite, rates_ppm=(250_000, 100_000, 50_000), reason="新茶季主推，一级加码", by=OWNER, at=changed
    )


def assemble(*, people: Sequence[Member], chance: random.Random, at: dt.datetime, progress: Progress) -> list[Member]:
    """Make distributors and bind everyone: 0004 → 0003 → 0002 → 0001, 0002 with a wide team, others a few each.

    Returns the distributors' members: 0002, 0003, 0004, then the others.
    """
    shopper, direct, middle, top, *others = people
    _join(top, "", "许建国", chance, at)
    _join(middle, code_of(top), "周晓岚", chance, at + HOUR)
    _join(direct, code_of(middle), "陈一诺", chance, at + 2 * HOUR)
    _bind(shopper, direct, at + 3 * HOUR)
    earners = [direct, middle, top]
    wide = others[:WIDE]
    rest = others[WIDE:]
    for number, member in enumerate(progress.each("团队", wide)):
        moment = at + dt.timedelta(hours=4 + number)
        if number < EARNERS - 9:
            _join(member, code_of(direct), _name(chance), chance, moment)
            earners.append(member)
        else:
            _bind(member, direct, moment)
    for number, member in enumerate(rest):
        moment = at + dt.timedelta(hours=48 + number)
        inviter = (middle, top, *earners[3:])[number % (len(earners) - 1)]
        if number < 6:
            _join(member, code_of(inviter), _name(chance), chance, moment)
            earners.append(member)
        else:
            _bind(member, inviter, moment)
    return earners


def apply_lately(*, people: Sequence[Member], chance: random.Random, at: dt.datetime) -> None:
    """Three applications wait for the operator, a fourth was turned down. Last of the members, none a distributor."""
    for number, member in enumerate(people):
        moment = at - dt.timedelta(hours=3 + 9 * number)
        submitted = _apply(member, "", _name(chance), chance, moment)
        if number == len(people) - 1:
            reason = "推广渠道说明过于笼统，请补充账号链接后重新提交"
            applications.reject(application_id=submitted, reason=reason, by=BY, at=moment + HOUR)


def code_of(member: Member) -> str:
    """The promotion code of a distributor."""
    return Distributor.objects.get(member_id=member.pk).code


def _join(member: Member, inviter: str, name: str, chance: random.Random, at: dt.datetime) -> None:
    application_id = _apply(member, inviter, name, chance, at)
    applications.approve(application_id=application_id, by=BY, at=at + dt.timedelta(minutes=chance.randint(5, 50)))


def _apply(member: Member, inviter: str, name: str, chance: random.Random, at: dt.datetime) -> int:
    return applications.submit(
        member_id=member.pk,
        kind=Distributor.Kind.PERSON,
        name=name,
        phone=member.phone or "",
        channel=chance.choice(CHANNELS),
        agreement=True,
        referral_code=inviter,
        at=at,
    ).pk


def _bind(member: Member, inviter: Member, at: dt.datetime) -> None:
    source = Binding.Source.LINK
    binding.bind(member_id=member.pk, code=code_of(inviter), source=source, actor=f"member:{member.pk}", at=at)


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + chance.choice(GIVEN)
