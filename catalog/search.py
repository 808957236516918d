"""From Chinese titles to what PostgreSQL can look up. Pure text work; the database is `services.index` and `queries`.

Titles are cut into words by jieba, and every word is also indexed by its pinyin and initials. Vectors and queries
are written as literals of `tsvector` and `tsquery` instead of passing through `to_tsvector`: its parser would cut
our words ("T恤", "65w", "a-b") a second time, and differently for a title than for a query.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence

import rjieba
from pypinyin import Style, lazy_pinyin

MAX_QUERY = 60
MAX_TERMS = 8
MAX_SHORTER = 16
# Below three characters a LIKE pattern holds no trigram, so the index could not help.
MIN_SUBSTRING = 3

_NOT_A_WORD = re.compile(r"[\W_]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_CHINESE_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Lower case, half width, single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).replace("\x00", "").lower()).strip()


def words(text: str) -> list[str]:
    """The words of a title, overlapping ones included, in order and without repeats.

    >>> words("明前龙井茶 250g")
    ['明前', '龙井', '龙井茶', '250g']
    """
    return _unique(_clean(rjieba.cut_for_search(normalise(text))))


def terms(query: str) -> list[str]:
    """The words a query must match, all of them: no overlaps, at most MAX_TERMS."""
    return _unique(_clean(rjieba.cut(normalise(query[:MAX_QUERY]))))[:MAX_TERMS]


@functools.lru_cache(maxsize=20_000)
def pinyin(text: str) -> str:
    """`龙井` -> `longjing`; other letters and digits stay, everything else goes."""
    return _NOT_A_WORD.sub("", "".join(lazy_pinyin(normalise(text))))


@functools.lru_cache(maxsize=20_000)
def initials(text: str) -> str:
    """`龙井` -> `lj`."""
    return _NOT_A_WORD.sub("", "".join(lazy_pinyin(normalise(text), style=Style.FIRST_LETTER)))


def spellings(text: str) -> list[str]:
    """The pinyin and initials of a text and of each of its words; nothing for a text without Chinese."""
    if not _CHINESE.search(text):
        return []
    parts = [text, *(word for word in words(text) if _CHINESE.search(word))]
    return _unique([pinyin(part) for part in parts] + [initials(part) for part in parts if len(part) > 1])


def pairs(text: str) -> list[str]:
    """Neighbouring Chinese characters: what jieba cuts elsewhere in a title than in a query is found by them.

    >>> pairs("特级红茶 250g")
    ['特级', '级红', '红茶']
    """
    runs = _CHINESE_RUN.findall(normalise(text))
    return _unique([run[i : i + 2] for run in runs for i in range(len(run) - 1)])


def vector(*, name: str, brand: str = "", category: str = "", subtitle: str = "", attributes: str = "") -> str:
    """The tsvector literal of a product: the name weighs A, brand and category B, the rest C, spellings and pairs D."""
    weighted = [
        (words(name), "A"),
        ([*words(f"{brand} {category}"), normalise(brand)], "B"),
        (words(f"{subtitle} {attributes}"), "C"),
        (spellings(name) + spellings(brand) + spellings(category) + pairs(name), "D"),
    ]
    best: dict[str, str] = {}
    for lexemes, weight in weighted:
        for lexeme in lexemes:
            best.setdefault(lexeme, weight)
    return " ".join(
        f"{_quoted(lexeme)}:{position}{weight}"
        for position, (lexeme, weight) in enumerate(best.items(), start=1)
        if lexeme
    )


def typing_text(*, name: str, brand: str = "") -> str:
    """What trigrams look through: name, brand, their words and spellings, each after a space."""
    parts = [normalise(name), normalise(brand), *words(name), *spellings(name), *spellings(brand)]
    return " " + " ".join(part for part in _unique(parts) if part)


def strict_query(query: str) -> str:
    """A tsquery literal: every term, as a prefix or in pairs of characters. Empty when the query holds no word.

    Pinyin is also tried in one piece: "long jing" finds what "longjing" finds.
    """
    wanted = terms(query)
    every = " & ".join(_strictly(term) for term in wanted)
    if len(wanted) > 1 and all(term.isascii() for term in wanted):
        return f"({every}) | {_quoted(''.join(wanted))}:*"
    return every


def _strictly(term: str) -> str:
    prefix, pieces = f"{_quoted(term)}:*", pairs(term)
    return f"({prefix} | ({' & '.join(map(_quoted, pieces))}))" if len(pieces) > 1 else prefix


def loose_query(query: str) -> str:
    """A tsquery literal for near matches: any word of the query, overlapping ones included.

    A misspelt pinyin is given up letter by letter from its end, down to half of it: "longjng" tries "long" too.
    """
    found = [word for word in words(query[:MAX_QUERY])[:MAX_TERMS] if len(word) > 1]
    exact = [_quoted(word) for word in found]
    shorter = [
        f"{_quoted(word[:end])}:*"
        for word in found
        if word.isascii() and word.isalpha()
        for end in range(len(word) - 1, max(MIN_SUBSTRING, len(word) // 2) - 1, -1)
    ]
    return " | ".join(exact + shorter[:MAX_SHORTER])


def begins(text: str, typed: str) -> bool:
    """Whether `typed` is part of a short name, or begins its pinyin or initials: for categories and brands."""
    wanted = normalise(typed)
    spelled = _SPACES.sub("", wanted)
    return bool(wanted) and (wanted in normalise(text) or any(s.startswith(spelled) for s in spellings(text)))


def _clean(pieces: Iterable[str]) -> list[str]:
    return [word for piece in pieces if (word := _NOT_A_WORD.sub("", piece))]


def _unique(items: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
