"""Regions, address books, and reading an address from pasted text."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection

from mall.kernel.errors import NotFound
from members import address_text, queries
from members.models import Address, Region
from members.services import addresses, regions
from tests.factories import members as factory

SHANGHAI = {"province": "上海市", "city": "上海市", "district": "浦东新区"}


def data(**given: object) -> addresses.AddressData:
    values = SHANGHAI | {"name": "张三", "phone": "13800000001", "street": "世纪大道 100 号"} | given
    return addresses.AddressData(**values)


def test_every_province_has_cities_and_every_city_has_districts() -> None:
    rows = {code: (name, kind, parent) for code, name, kind, parent in regions.rows()}
    assert len(rows) == len(regions.rows())
    parents = {parent for _, _, parent in rows.values()}
    names = {code: name for code, (name, _, _) in rows.items()}
    chains = {
        (names[rows[parent][2] or ""], names[parent], name)
        for name, kind, parent in rows.values()
        if kind == Region.Kind.DISTRICT and parent
    }
    assert {code for code, (_, kind, _) in rows.items() if kind != Region.Kind.DISTRICT} == parents - {None}
    assert sum(kind == Region.Kind.PROVINCE for _, kind, _ in rows.values()) == 34
    for chain in (
        ("上海市", "上海市", "浦东新区"),
        ("广东省", "东莞市", "虎门镇"),
        ("广东省", "中山市", "小榄镇"),
        ("香港特别行政区", "九龙", "油尖旺区"),
        ("澳门特别行政区", "离岛", "嘉模堂区"),
        ("台湾省", "台北市", "信义区"),
        ("湖北省", "省直辖县级行政区划", "仙桃市"),
    ):
        assert chain in chains
    assert len(chains) == sum(kind == Region.Kind.DISTRICT for _, kind, _ in rows.values())


@pytest.mark.django_db
def test_loading_twice_changes_nothing_and_repairs_what_drifted() -> None:
    first = regions.load()
    assert first.added == Region.objects.count() > 3000
    assert (regions.load().added, regions.load().changed) == (0, 0)
    Region.objects.filter(code="310115").update(name="浦东")
    Region.objects.create(code="999999", name="旧区", kind=Region.Kind.DISTRICT, parent_id="3101")
    again = regions.load()
    assert (again.added, again.changed, again.removed) == (0, 1, 1)
    call_command("load_regions", verbosity=0)
    assert len(queries.region_tree()) == 34


@pytest.mark.django_db
def test_an_address_needs_a_real_region() -> None:
    factory.regions()
    member = factory.member()
    for wrong, attr in (
        ({"province": "火星省"}, "province"),
        ({"city": "东莞市"}, "city"),
        ({"district": "虎门镇"}, "district"),
    ):
        with pytest.raises(addresses.UnknownRegion) as refusal:
            addresses.save(member_id=member.pk, data=data(**wrong))
        assert refusal.value.attr == attr
    for incomplete in ({"name": " "}, {"street": ""}, {"phone": "１３８00000001"}, {"street": "字" * 121}):
        with pytest.raises(addresses.AddressIncomplete):
            addresses.save(member_id=member.pk, data=data(**incomplete))
    assert not Address.objects.exists()


@pytest.mark.django_db
def test_there_is_exactly_one_default() -> None:
    factory.regions()
    member = factory.member()
    first = addresses.save(member_id=member.pk, data=data())
    assert first.is_default
    second = addresses.save(member_id=member.pk, data=data(is_default=True))
    assert [a.pk for a in queries.addresses(member_id=member.pk)] == [second.pk, first.pk]
    addresses.set_default(member_id=member.pk, address_id=first.pk)
    kept = addresses.save(member_id=member.pk, data=data(street="新街 1 号"), address_id=first.pk)
    assert (kept.is_default, kept.street) == (True, "新街 1 号")
    addresses.delete(member_id=member.pk, address_id=first.pk)
    assert queries.address(member_id=member.pk, address_id=second.pk).is_default


@pytest.mark.django_db(transaction=True)
def test_parallel_defaults_leave_one_default() -> None:
    factory.regions()
    member = factory.member()
    rows = [addresses.save(member_id=member.pk, data=data()) for _ in range(4)]

    def choose(row: Address) -> None:
        addresses.set_default(member_id=member.pk, address_id=row.pk)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(choose, rows * 3))
    assert Address.objects.filter(member=member, is_default=True).count() == 1


@pytest.mark.django_db
def test_t78_another_members_address_does_not_exist() -> None:
    factory.regions()
    row = factory.address(factory.member())
    stranger = factory.member()
    with pytest.raises(NotFound):
        addresses.save(member_id=stranger.pk, data=data(), address_id=row.pk)
    with pytest.raises(NotFound):
        addresses.delete(member_id=stranger.pk, address_id=row.pk)
    with pytest.raises(NotFound):
        addresses.set_default(member_id=stranger.pk, address_id=row.pk)


@pytest.mark.django_db
def test_the_address_book_has_an_end() -> None:
    factory.regions()
    member = factory.member()
    for _ in range(20):
        addresses.save(member_id=member.pk, data=data())
    with pytest.raises(addresses.AddressLimit):
        addresses.save(member_id=member.pk, data=data())


TREE = [
    ["31", "上海市", [["3101", "上海市", [["310115", "浦东新区"]]]]],
    ["32", "江苏省", [["3201", "南京市", [["320106", "鼓楼区"]]]]],
    ["42", "湖北省", [["4201", "武汉市", [["1", "江岸区"]]], ["4290", "省直辖县级行政区划", [["429004", "仙桃市"]]]]],
    ["44", "广东省", [["4419", "东莞市", [["441924", "虎门镇"]]]]],
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "张三 13800000001 上海市浦东新区世纪大道100号",
            ("张三", "13800000001", "上海市", "上海市", "浦东新区", "世纪大道100号"),
        ),
        (
            "收货人：李四\n手机号码：138-0000-0002\n所在地区：广东省东莞市虎门镇\n详细地址：人民路8号3栋",
            ("李四", "13800000002", "广东省", "东莞市", "虎门镇", "人民路8号3栋"),
        ),
        (
            "江苏南京鼓楼区中山北路1号 王五 +86 13900001111",
            ("王五", "13900001111", "江苏省", "南京市", "鼓楼区", "中山北路1号"),
        ),
        (
            "湖北仙桃市龙华山大道1号，13811112222，欧阳娜娜",
            ("欧阳娜娜", "13811112222", "湖北省", "省直辖县级行政区划", "仙桃市", "龙华山大道1号"),
        ),
        ("南京市鼓楼区汉口路22号 陈一", ("陈一", "", "江苏省", "南京市", "鼓楼区", "汉口路22号")),
        ("", ("", "", "", "", "", "")),
    ],
)
def test_pasted_text_is_read(text: str, expected: tuple[str, ...]) -> None:
    found = address_text.parse(text, TREE)
    assert (found.name, found.phone, found.province, found.city, found.district, found.street) == expected
