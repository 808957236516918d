"""Domain events: frozen dataclasses of primitives, named in the past tense, kept in the publisher's events.py."""

import dataclasses
import datetime as dt
import types
import typing
from typing import Any, ClassVar, Self


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. Fields are str, int, bool, datetime, or lists and dicts of these."""

    registry: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        Event.registry[cls.name()] = cls

    @classmethod
    def name(cls) -> str:
        """The public name, such as `orders.OrderPaid`."""
        return f"{cls.__module__.split('.')[0]}.{cls.__name__}"

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; datetimes as ISO 8601."""
        return {
            key: value.isoformat() if isinstance(value, dt.datetime) else value
            for key, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of `to_json`; unknown fields of an older release are dropped."""
        hints = typing.get_type_hints(cls)
        fields = {f.name for f in dataclasses.fields(cls)}
        return cls(**{k: _restore(hints[k], v) for k, v in data.items() if k in fields})


def _restore(hint: Any, value: Any) -> Any:
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if dt.datetime in kinds and isinstance(value, str):
        return dt.datetime.fromisoformat(value)
    return value
