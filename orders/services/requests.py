"""What a shopper asks for at checkout, checked before anything is read or written."""

import dataclasses
import re

from django.utils.translation import gettext_lazy as _

from mall.kernel.errors import DomainError

MAX_QUANTITY = 9_999
MAX_LINES = 100
_PHONE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_LENGTHS = {"name": 30, "phone": 11, "province": 40, "city": 40, "district": 40, "street": 120}


class InvalidQuantity(DomainError):
    """Not a whole number from 1 to 9999. Text that looks like a number is not one."""

    code = "invalid_quantity"
    message = _("数量必须是 1 到 9999 的整数")


class EmptyBasket(DomainError):
    """Nothing to buy, or more lines than one order takes."""

    code = "empty_basket"
    message = _("请选择要购买的商品")


class InvalidAddress(DomainError):
    """A part of the delivery address is missing, too long or malformed; `attr` names it."""

    code = "invalid_address"
    message = _("收货地址不完整")


class DeliveryUnavailable(DomainError):
    """The shop does not deliver this way."""

    code = "delivery_unavailable"
    message = _("暂不支持该配送方式")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """So many units of one SKU."""

    sku_id: int
    quantity: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipient:
    """Where and to whom an order goes."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    street: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """A checkout. `items` None buys the selected lines of the member's cart.

    The address is `address_id` of the member's book, else `address`, else the member's default. `coupon_id` is the
    member's own coupon (not the offer it came from).
    """

    items: tuple[Wanted, ...] | None = None
    address_id: int | None = None
    address: Recipient | None = None
    coupon_id: int | None = None
    delivery: str = "express"
    remark: str = ""
    referral_code: str = ""
    channel: str = "h5"


def check_quantity(quantity: object) -> int:
    """The quantity if it is a plain int in range, else InvalidQuantity (bool, float, text and None included)."""
    if type(quantity) is not int or not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidQuantity(attr="quantity")
    return quantity


def sum_up(items: tuple[Wanted, ...]) -> dict[int, int]:
    """SKU id -> units, repeated SKUs added together, in order of appearance. Raises InvalidQuantity, EmptyBasket."""
    quantities: dict[int, int] = {}
    for wanted in items:
        check_quantity(wanted.quantity)
        quantities[wanted.sku_id] = check_quantity(quantities.get(wanted.sku_id, 0) + wanted.quantity)
    if not 1 <= len(quantities) <= MAX_LINES:
        raise EmptyBasket(attr="items")
    return quantities


def check_recipient(recipient: Recipient) -> Recipient:
    """The recipient if complete and well-formed, else InvalidAddress naming the field."""
    for field, longest in _LENGTHS.items():
        value = getattr(recipient, field)
        if not isinstance(value, str) or len(value) > longest or not (value.strip() or field in ("city", "district")):
            raise InvalidAddress(attr=f"address.{field}")
    if not _PHONE.fullmatch(recipient.phone):
        raise InvalidAddress(str(_("请填写 11 位手机号")), attr="address.phone")
    return recipient
