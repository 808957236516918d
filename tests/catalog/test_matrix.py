"""The SKU matrix as pure data."""

import pytest

from catalog import matrix
from catalog.matrix import Option


def test_combinations_follow_the_options():
    options = [Option("颜色", ("红", "蓝")), Option("尺码", ("S", "M"))]
    assert [list(c.values()) for c in matrix.combinations(options)] == [
        ["红", "S"], ["红", "M"], ["蓝", "S"], ["蓝", "M"],
    ]  # fmt: skip


def test_a_product_without_options_has_one_combination():
    assert matrix.combinations([]) == [{}]
    assert matrix.key({}) == ""


def test_the_key_ignores_the_order_of_options():
    assert matrix.key({"颜色": "红", "尺码": "M"}) == matrix.key({"尺码": "M", "颜色": "红"})


def test_separators_in_values_do_not_collide():
    assert matrix.key({"a": "b;c:d"}) != matrix.key({"a": "b", "c": "d"})


def test_text_follows_the_order_of_the_options():
    options = [{"name": "颜色"}, {"name": "尺码"}]
    assert matrix.text({"尺码": "M", "颜色": "红"}, options) == "红 / M"


@pytest.mark.parametrize(
    "options",
    [
        [Option(str(n), ("a",)) for n in range(4)],
        [Option("颜色", ("红",)), Option("颜色", ("蓝",))],
        [Option("颜色", ("红", "红"))],
        [Option("颜色", ())],
        [Option("", ("红",))],
        [Option("颜色", ("",))],
        [Option("颜" * 21, ("红",))],
        [Option("a", tuple(map(str, range(15)))), Option("b", tuple(map(str, range(14))))],
    ],
)
def test_impossible_options_are_refused(options):
    with pytest.raises(matrix.InvalidMatrix):
        matrix.check(options)


def test_two_hundred_combinations_are_the_limit():
    matrix.check([Option("a", tuple(map(str, range(20)))), Option("b", tuple(map(str, range(10))))])


@pytest.mark.parametrize("data", [None, "x", [1], [{"name": "a"}], [{"name": "a", "values": "红"}]])
def test_json_of_another_shape_is_refused(data):
    with pytest.raises(matrix.InvalidMatrix):
        matrix.options_from(data)
