"""Who is in the demo: staff, the four people of the accounts table, and the members around them."""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from mall.kernel.transactions import use_case
from members.models import Member, WechatIdentity

PASSWORD = "demo-2026"  # noqa: S105 (printed on every start)
SHOPPER, DIRECT, MIDDLE, TOP = "13800000001", "13800000002", "13800000003", "13800000004"
# Username, name, role; the owner may do everything.
STAFF = (
    ("owner", "店主", None),
    ("operator", "运营小林", "运营"),
    ("finance", "财务老周", "财务"),
    ("warehouse", "仓库阿强", "仓库"),
    ("service", "客服小美", "客服"),
)
NAMED = ("爱喝茶的阿梅", "陈一诺", "周晓岚", "许建国")
NICKNAMES = (
    "小满", "阿杰Jay", "南风知我意", "麦穗儿", "老王爱钓鱼", "林深见鹿", "甜橙汽水", "胡同里的猫", "向日葵妈妈", "星野",
    "豆豆他爸", "拾光", "山茶花开", "大碗宽面", "青柠不酸", "北岛的夏天", "糯米团子", "跑步的石头", "云朵收集员", "苏州小郑",
    "木子李", "橘子洲头", "爱做饭的老方", "十三月", "小鹿乱撞", "海盐焦糖", "吴侬软语", "慢慢来", "一只小胖", "春江水暖",
    "阿芸", "江湖夜雨", "柠檬树下", "晨跑的张姐", "好吃不胖", "半夏微凉", "饭团探险家", "老船长", "拿铁不加糖", "白露",
    "龙井村的阿婆", "夏至未至", "小城故事", "阿布的后花园", "风吹麦浪", "奶油泡芙", "隔壁老宋", "雨天读书", "毛豆和花生", "知夏",
    "沉香屑", "肉松小贝", "慢递信使", "小雪初晴", "阿宽", "松间照", "晚安喵", "二十四桥", "采薇", "大海不远",
)  # fmt: skip


@use_case
def create_staff() -> None:
    """The five staff accounts of the accounts table, each with its role, which must be loaded."""
    groups = {group.name: group for group in Group.objects.all()}
    password = make_password(PASSWORD)
    for username, name, role in STAFF:
        member = Member.objects.create(
            username=username, nickname=name, password=password, is_staff=True, is_superuser=role is None
        )
        if role:
            member.groups.add(groups[role])


@use_case
def create_members(*, joined: Sequence[dt.datetime]) -> list[Member]:
    """The named four (nearest to the shopper first), then one member per further moment in `joined`, in that order.

    All have the same password, hashed once: the demo prints it anyway.
    """
    password = make_password(PASSWORD)
    names = [*NAMED, *NICKNAMES]
    made = Member.objects.bulk_create(
        Member(
            username=f"m{number:08d}",
            phone=f"138{number:08d}",
            nickname=names[(number - 1) % len(names)],
            password=password,
        )
        for number in range(1, len(joined) + 1)
    )
    for member, moment in zip(made, joined, strict=True):
        member.date_joined = moment  # auto_now_add: only an update can tell the past
    Member.objects.bulk_update(made, ["date_joined"])
    return made


@use_case
def bind_wechat(*, members: Sequence[Member]) -> None:
    """Give the n-th member the simulator's n-th WeChat user, so that paying and being paid by WeChat work."""
    if not settings.WECHAT_APPID:
        return
    WechatIdentity.objects.bulk_create(
        WechatIdentity(member=member, appid=settings.WECHAT_APPID, openid=f"sim_openid_{number:04d}")
        for number, member in enumerate(members, start=1)
    )
