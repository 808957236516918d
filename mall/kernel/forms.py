"""Form fields that speak yuan to people and fen to the program."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mall.kernel import money


class YuanField(forms.CharField):
    """An amount typed in yuan ("12.30") and cleaned to integer fen; None when left empty and not required.

    `min_fen` and `max_fen` bound the amount, both included.
    """

    default_error_messages = {
        "invalid": _("请输入金额，最多两位小数，例如 12.30"),
        "min_fen": _("金额不能小于 %(limit)s 元"),
        "max_fen": _("金额不能大于 %(limit)s 元"),
    }

    def __init__(self, *, min_fen: int = 0, max_fen: int = money.MAX_FEN, **kwargs: Any) -> None:
        self.min_fen = min_fen
        self.max_fen = max_fen
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Fen as yuan; what the user typed stays as typed."""
        return money.yuan(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Fen, or None for an empty field."""
        typed = super().to_python(value)
        if typed in self.empty_values:
            return None
        try:
            return money.parse_yuan(str(typed).replace(",", ""))
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def validate(self, value: Any) -> None:
        """Refuse an amount out of bounds."""
        super().validate(value)
        if value is None:
            return
        for code, limit, wrong in (
            ("min_fen", self.min_fen, value < self.min_fen),
            ("max_fen", self.max_fen, value > self.max_fen),
        ):
            if wrong:
                raise ValidationError(self.error_messages[code], code=code, params={"limit": money.yuan(limit)})

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not spellings: "12.3" is 1230 fen."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True
