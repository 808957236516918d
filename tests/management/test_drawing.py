"""Illustrations: every object can be drawn, the same input gives the same picture, a colour changes it."""

import dataclasses

import pytest

from mall.management.demo import catalogue
from mall.management.drawing import scenes
from mall.management.drawing.scenes import Subject


@pytest.mark.parametrize("kind", sorted(scenes.DRAWERS))
def test_every_object_leaves_a_picture(kind):
    picture = scenes.hero(Subject(kind, 200))
    assert picture.size == (scenes.SIDE, scenes.SIDE)
    assert len(picture.getcolors(scenes.SIDE**2)) > 500


def test_drawing_is_repeatable_and_follows_the_colour():
    tea = Subject("tin", 105)
    assert scenes.hero(tea).tobytes() == scenes.hero(tea).tobytes()
    assert scenes.hero(tea).tobytes() != scenes.hero(dataclasses.replace(tea, hue=10)).tobytes()


def test_the_goods_hold_the_cases_the_shop_is_tested_with():
    goods = {good.name: good for good in catalogue.read()}
    assert len(goods) == 96
    assert all(good.subject.kind in scenes.DRAWERS for good in goods.values())
    prices = {good.price_fen for good in goods.values()}
    assert {1, 1_299_900} <= prices
    assert 60 in {len(name) for name in goods}
    named = {catalogue.SOLD_OUT, catalogue.LAST_ONE, catalogue.NEARLY_LOW, catalogue.OFF_SHELF, *catalogue.LIMITED}
    assert named <= goods.keys()
