"""Field types that take exactly what the contract says, and nothing that merely resembles it."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mall.kernel import money

MAX_INTEGER = 2**31 - 1
MAX_QUANTITY = 999
_PHONE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?", re.ASCII)


@extend_schema_field({"type": "string", "pattern": r"^-?\d+\.\d{2}$", "example": "12.30"})
class YuanField(serializers.Field):
    """A string in yuan on the wire, integer fen inside. Accepts non-negative amounts with at most two decimals."""

    default_error_messages = {
        "invalid": _('金额应为字符串，如 "12.30"'),
        "min_value": _("金额不能小于 {least}"),
    }

    def __init__(self, *, min_fen: int = 0, **kwargs: Any) -> None:
        self.min_fen = min_fen
        super().__init__(**kwargs)

    def to_internal_value(self, data: object) -> int:
        if not isinstance(data, str) or not _AMOUNT.fullmatch(data):
            self.fail("invalid")
        fen = money.parse_yuan(data)
        if fen < self.min_fen:
            self.fail("min_value", least=money.yuan(self.min_fen))
        return fen

    def to_representation(self, value: int) -> str:
        return money.yuan(value)


@extend_schema_field(OpenApiTypes.INT)
class StrictIntegerField(serializers.IntegerField):
    """A JSON integer: no true, no "1", no 1.0, no digits of other scripts; by default 0 to 2^31-1."""

    def __init__(self, *, min_value: int = 0, max_value: int = MAX_INTEGER, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: object) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class QuantityField(StrictIntegerField):
    """How many of a SKU: 1 to 999."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_QUANTITY, **kwargs)


class StrictBooleanField(serializers.BooleanField):
    """true or false, not words or numbers that resemble them."""

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


class TextField(serializers.CharField):
    """A JSON string, never a number turned into one."""

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class PhoneField(TextField):
    """A mainland mobile number: eleven ASCII digits."""

    default_error_messages = {"phone": _("请填写 11 位手机号")}

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        if not _PHONE.fullmatch(text):
            self.fail("phone")
        return text
