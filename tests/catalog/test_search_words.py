"""Cutting and spelling, without a database."""

import pytest

from catalog import search


def test_words_overlap_and_are_clean():
    assert search.words("【明前】龙井茶 250Ｇ！") == ["明前", "龙井", "龙井茶", "250g"]


def test_terms_do_not_overlap():
    assert search.terms("明前 龙井茶") == ["明前", "龙井茶"]


def test_spellings_hold_pinyin_and_initials_of_words_and_the_whole():
    assert {"mingqianlongjing", "longjing", "lj", "mqlj"} <= set(search.spellings("明前龙井"))
    assert search.spellings("GaN 65W") == []


def test_the_vector_weighs_the_name_above_its_spelling():
    vector = search.vector(name="明前龙井", brand="云栖", category="茶酒")
    assert "'龙井':2A" in vector
    assert "'云栖':3B" in vector
    assert vector.endswith("D")


@pytest.mark.parametrize("hostile", ["'", "\\", "a'b", "'; DROP TABLE x; --", "!!! & | ( ) :*", "\x00"])
def test_hostile_queries_are_quoted_away(hostile):
    assert "DROP" not in search.strict_query(hostile)
    assert search.strict_query(hostile).count("'") % 2 == 0


def test_pinyin_typed_in_pieces_is_also_tried_in_one():
    assert search.strict_query("long jing") == "('long':* & 'jing':*) | 'longjing':*"


@pytest.mark.parametrize("typed", ["茶", "chajiu", "cj", "cha jiu", "茶酒"])
def test_begins_knows_chinese_pinyin_and_initials(typed):
    assert search.begins("茶酒", typed)


def test_begins_refuses_other_words():
    assert not search.begins("茶酒", "数码")
    assert not search.begins("茶酒", " ")


def test_words_cut_elsewhere_in_the_title_are_found_by_their_pairs():
    assert "'红茶':" in search.vector(name="特级红茶")
    assert "级红" in search.pairs("特级红茶 250g")
    assert search.strict_query("红茶") == "'红茶':*"
    assert "'保温' & '温杯'" in search.strict_query("保温杯")
