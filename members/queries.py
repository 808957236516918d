"""Reading members: identities, addresses, regions."""

import dataclasses
import datetime as dt
import json
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from mall.kernel.errors import NotFound
from members.models import Address, Member, Region, WechatIdentity

# [[code, name, [[code, name, [[code, name]]]]]]
RegionTree = list[list[Any]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class MemberFacts:
    """What other domains may show of a member."""

    id: int
    nickname: str
    phone_masked: str
    avatar: str
    level: str


def member(*, member_id: int) -> Member:
    """The member. Raises NotFound."""
    found = Member.objects.filter(pk=member_id).first()
    if found is None:
        raise NotFound
    return found


def member_facts(*, member_ids: Collection[int]) -> dict[int, MemberFacts]:
    """Facts by id, in one query; unknown ids are absent."""
    return {
        row.pk: MemberFacts(
            id=row.pk, nickname=row.nickname, phone_masked=row.phone_masked, avatar=row.avatar, level=row.level
        )
        for row in Member.objects.filter(pk__in=member_ids).only("nickname", "phone", "avatar", "level")
    }


def shoppers() -> QuerySet[Member]:
    """Members who are not staff, the newest first, for paging."""
    return Member.objects.filter(is_staff=False).order_by("-pk")


def address(*, member_id: int, address_id: int) -> Address:
    """The member's own address. Raises NotFound for any other."""
    found = Address.objects.filter(member_id=member_id, pk=address_id).first()
    if found is None:
        raise NotFound
    return found


def addresses(*, member_id: int) -> list[Address]:
    """The member's addresses, the default first, then the newest."""
    return list(Address.objects.filter(member_id=member_id))


def openid(*, member_id: int, appid: str) -> str | None:
    """The member's openid under `appid`, which JSAPI payments and transfers need."""
    return WechatIdentity.objects.filter(member_id=member_id, appid=appid).values_list("openid", flat=True).first()


def personal_data(*, member_id: int) -> dict[str, Any]:
    """Everything this app knows of the member, as JSON values."""
    person = member(member_id=member_id)
    identities = WechatIdentity.objects.filter(member_id=member_id)
    return {
        "profile": {
            "id": person.pk,
            "phone": person.phone,
            "nickname": person.nickname,
            "level": person.level,
            "joined_at": person.date_joined.isoformat(),
        },
        "wechat": [
            {"appid": row.appid, "openid": row.openid, "bound_at": row.created_at.isoformat()} for row in identities
        ],
        "addresses": [
            {
                "name": row.name,
                "phone": row.phone,
                "province": row.province,
                "city": row.city,
                "district": row.district,
                "street": row.street,
                "is_default": row.is_default,
            }
            for row in addresses(member_id=member_id)
        ],
    }


def joined_count(*, since: dt.datetime, until: dt.datetime) -> int:
    """Members who joined in [since, until); staff are none."""
    return Member.objects.filter(is_staff=False, date_joined__gte=since, date_joined__lt=until).count()


def any_staff_besides_one() -> bool:
    """Whether more than one employee can sign in."""
    return Member.objects.filter(is_staff=True, is_active=True).count() > 1


def region_tree() -> RegionTree:
    """Provinces with their cities with their districts."""
    nodes: dict[str, list[Any]] = {}
    roots: RegionTree = []
    for code, name, kind, parent in Region.objects.order_by("kind", "code").values_list(
        "code", "name", "kind", "parent_id"
    ):
        node = [code, name] if kind == Region.Kind.DISTRICT else [code, name, []]
        nodes[code] = node
        (roots if parent is None else nodes[parent][2]).append(node)
    return roots


def regions_json() -> str:
    """`region_tree` as compact JSON, for the picker."""
    return json.dumps(region_tree(), ensure_ascii=False, separators=(",", ":"))
