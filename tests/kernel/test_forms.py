"""Yuan for people, fen for the program."""

import pytest
from django.core.exceptions import ValidationError

from mall.kernel.forms import YuanField


@pytest.mark.parametrize(
    ("typed", "fen"), [("12.30", 1230), ("12.3", 1230), ("0", 0), ("1,234.50", 123450), (" 5 ", 500)]
)
def test_yuan_become_fen(typed, fen):
    assert YuanField().clean(typed) == fen


@pytest.mark.parametrize("typed", ["1.234", "1e3", "１", "-", "abc", "NaN", "Infinity", "-1", "1" * 30, ""])
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(ValidationError):
        YuanField().clean(typed)


def test_bounds_are_included_and_an_optional_field_may_be_empty():
    field = YuanField(min_fen=100, max_fen=200, required=False)
    assert [field.clean("1"), field.clean("2.00"), field.clean("")] == [100, 200, None]
    for typed in ("0.99", "2.01"):
        with pytest.raises(ValidationError):
            field.clean(typed)


def test_fen_are_shown_as_yuan_and_spelling_is_no_change():
    field = YuanField()
    assert field.prepare_value(1230) == "12.30"
    assert field.prepare_value("12.3x") == "12.3x"
    assert not field.has_changed(1230, "12.3")
    assert field.has_changed(1230, "12.31")
