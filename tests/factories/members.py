"""Members and addresses for tests."""

import itertools
import os
import random

from members.models import Address, Member, Region

_serial = itertools.count(random.randrange(10**6))
PASSWORD = "correct-horse-9"


def phone() -> str:
    """A number no other test, process or earlier run is likely to use."""
    return f"1{random.choice('3456789')}{os.getpid() % 1000:03d}{next(_serial) % 10**6:06d}"


def ip() -> str:
    """An address of its own, so that ceilings per address do not add up over tests."""
    return f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"


def member(*, password: str | None = None, **given: object) -> Member:
    """A member with a phone; with a password when one is given."""
    number = phone()
    values = {"username": f"m{number}", "phone": number, "nickname": "小满"} | given
    return Member.objects.create_user(password=password, **values)


def regions() -> None:
    """Two provinces are enough for addresses."""
    for code, name, kind, parent in (
        ("31", "上海市", 1, None),
        ("3101", "上海市", 2, "31"),
        ("310115", "浦东新区", 3, "3101"),
        ("44", "广东省", 1, None),
        ("4419", "东莞市", 2, "44"),
        ("441924", "虎门镇", 3, "4419"),
    ):
        Region.objects.update_or_create(code=code, defaults={"name": name, "kind": kind, "parent_id": parent})


def address(owner: Member, **given: object) -> Address:
    """A delivery address in Shanghai."""
    values = {
        "name": "张三",
        "phone": "13800000001",
        "province": "上海市",
        "city": "上海市",
        "district": "浦东新区",
        "street": "世纪大道 100 号",
    } | given
    return Address.objects.create(member=owner, **values)
