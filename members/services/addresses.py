"""Delivery addresses: written by their member only, against the region table, with one default."""

import dataclasses
import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from mall.kernel.errors import DomainError, NotFound
from mall.kernel.transactions import step, use_case
from members.models import Address, Member, Region

MAX_PER_MEMBER = 20
_PHONE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)


class UnknownRegion(DomainError):
    """Province, city and district do not exist in this combination; `attr` names the first wrong one."""

    code = "unknown_region"
    status = 400
    message = _("请选择正确的省、市、区")


class AddressIncomplete(DomainError):
    """A field is empty, too long, or no phone number; `attr` names it."""

    code = "address_invalid"
    status = 400
    message = _("请填写收货人、11 位手机号和详细地址")


class AddressLimit(DomainError):
    """The address book is full."""

    code = "address_limit"
    status = 409
    message = _("最多保存 20 个地址")


@dataclasses.dataclass(frozen=True, kw_only=True)
class AddressData:
    """The fields of an address as a form or the API delivers them."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    tag: str = ""
    is_default: bool = False


@use_case
def save(*, member_id: int, data: AddressData, address_id: int | None = None) -> Address:
    """Add an address, or replace the member's own one; the first becomes the default.

    Raises NotFound, UnknownRegion, AddressIncomplete, AddressLimit.
    """
    data = _checked(data)
    Member.objects.select_for_update().get(pk=member_id)
    address = _own(member_id, address_id) if address_id else _fresh(member_id)
    others = Address.objects.filter(member_id=member_id).exclude(pk=address.pk)
    is_default = data.is_default or address.is_default or not others.exists()
    if is_default:
        others.update(is_default=False)
    for field in ("name", "phone", "province", "city", "district", "street", "tag"):
        setattr(address, field, getattr(data, field))
    address.is_default = is_default
    address.save()
    return address


@use_case
def delete(*, member_id: int, address_id: int) -> None:
    """Remove the member's address; the newest of the others becomes the default. Raises NotFound."""
    Member.objects.select_for_update().get(pk=member_id)
    address = _own(member_id, address_id)
    address.delete()
    if address.is_default and (heir := Address.objects.filter(member_id=member_id).order_by("-pk").first()):
        Address.objects.filter(pk=heir.pk).update(is_default=True)


@use_case
def set_default(*, member_id: int, address_id: int) -> None:
    """Make this the address that checkouts start with. Raises NotFound."""
    Member.objects.select_for_update().get(pk=member_id)
    address = _own(member_id, address_id)
    Address.objects.filter(member_id=member_id, is_default=True).exclude(pk=address.pk).update(is_default=False)
    Address.objects.filter(pk=address.pk).update(is_default=True)


@step
def _own(member_id: int, address_id: int) -> Address:
    address = Address.objects.filter(member_id=member_id, pk=address_id).first()
    if address is None:
        raise NotFound
    return address


@step
def _fresh(member_id: int) -> Address:
    if Address.objects.filter(member_id=member_id).count() >= MAX_PER_MEMBER:
        raise AddressLimit
    return Address(member_id=member_id)


def _checked(data: AddressData) -> AddressData:
    text = {
        field.name: " ".join(unicodedata.normalize("NFC", getattr(data, field.name)).split())
        for field in dataclasses.fields(data)
        if field.name != "is_default"
    }
    for name, longest in (("name", 30), ("street", 120)):
        if not text[name] or len(text[name]) > longest:
            raise AddressIncomplete(attr=name)
    if not _PHONE.fullmatch(text["phone"]):
        raise AddressIncomplete(attr="phone")
    _check_region(text["province"], text["city"], text["district"])
    return AddressData(**text | {"tag": text["tag"][:10]}, is_default=data.is_default)


def _check_region(province: str, city: str, district: str) -> None:
    districts = Region.objects.filter(kind=Region.Kind.DISTRICT, parent__kind=Region.Kind.CITY)
    if districts.filter(name=district, parent__name=city, parent__parent__name=province).exists():
        return
    cities = Region.objects.filter(kind=Region.Kind.CITY, parent__name=province)
    attr = "province"
    if Region.objects.filter(kind=Region.Kind.PROVINCE, name=province).exists():
        attr = "district" if cities.filter(name=city).exists() else "city"
    raise UnknownRegion(attr=attr)
