"""The SKU matrix: options, their combinations, and the key that recognises a combination again. Pure."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mall.kernel.errors import DomainError

MAX_OPTIONS = 3
MAX_SKUS = 200
MAX_NAME = 20
MAX_VALUE = 40
MAX_KEY = 200


class InvalidMatrix(DomainError):
    """Options or rows that do not form a matrix; the message says which and why."""

    code = "invalid_matrix"
    message = _("规格不正确")


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One way a product varies, such as 颜色 with 红 and 蓝."""

    name: str
    values: tuple[str, ...]


def options_from(data: object) -> list[Option]:
    """Options out of JSON (`[{"name", "values"}]`), stripped and checked. Raises InvalidMatrix."""
    if not isinstance(data, list):
        raise InvalidMatrix
    options = []
    for item in data:
        if not isinstance(item, Mapping) or not isinstance(item.get("values"), list):
            raise InvalidMatrix
        values = tuple(str(value).strip() for value in item["values"])
        options.append(Option(str(item.get("name", "")).strip(), values))
    check(options)
    return options


def check(options: Sequence[Option]) -> None:
    """Raise InvalidMatrix unless there are at most three distinct options with distinct values and 200 combinations."""
    if len(options) > MAX_OPTIONS:
        raise InvalidMatrix(gettext("规格最多 %(count)s 个") % {"count": MAX_OPTIONS})
    if len({option.name for option in options}) != len(options):
        raise InvalidMatrix(gettext("规格名称重复"))
    combinations = 1
    for option in options:
        if not 0 < len(option.name) <= MAX_NAME:
            raise InvalidMatrix(gettext("规格名称应为 1–%(count)s 个字") % {"count": MAX_NAME})
        if not option.values:
            raise InvalidMatrix(gettext("规格“%(name)s”没有规格值") % {"name": option.name})
        if len(set(option.values)) != len(option.values):
            raise InvalidMatrix(gettext("规格“%(name)s”的规格值重复") % {"name": option.name})
        if not all(0 < len(value) <= MAX_VALUE for value in option.values):
            raise InvalidMatrix(gettext("规格值应为 1–%(count)s 个字") % {"count": MAX_VALUE})
        combinations *= len(option.values)
    if combinations > MAX_SKUS:
        raise InvalidMatrix(gettext("规格组合最多 %(count)s 个") % {"count": MAX_SKUS})


def combinations(options: Sequence[Option]) -> list[dict[str, str]]:
    """All combinations in the order of the options; one empty combination for a product without options."""
    names = [option.name for option in options]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*(o.values for o in options))]


def key(specs: Mapping[str, str]) -> str:
    """The text that recognises a combination, whatever the order of its options. Raises InvalidMatrix when too long."""
    text = ";".join(f"{_escaped(name)}:{_escaped(specs[name])}" for name in sorted(specs))
    if len(text) > MAX_KEY:
        raise InvalidMatrix(gettext("规格值太长"))
    return text


def text(specs: Mapping[str, str], options: Sequence[Mapping[str, object]]) -> str:
    """What shoppers read ("红 / M"), in the order of the product's options (JSON of `Product.options`)."""
    order = {str(option["name"]): position for position, option in enumerate(options)}
    return " / ".join(specs[name] for name in sorted(specs, key=lambda n: (order.get(n, len(order)), n)))


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace(":", "\\:").replace(";", "\\;")
