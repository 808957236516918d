"""Chinese search: time of its statements, and what it finds beside LIKE."""

import itertools

from django.db import connection

from benchmarks import data, measure, report
from benchmarks.options import Options
from catalog import queries

PAIRS, WORDS, CHECKED = 30, 20, 6
LIKE = "SELECT id FROM catalog_product WHERE state = 'on_sale' AND name LIKE %s AND name LIKE %s"


def run(options: Options) -> None:
    products = options.size(20_000, least=200)
    data.catalogue(products)
    words = data.words()[:WORDS]
    pairs = list(itertools.islice(zip(itertools.cycle(data.BRANDS), itertools.cycle(words)), PAIRS))
    spoken = [f"{brand} {word}" for brand, word in pairs]

    def p50(wanted: list[str]) -> float:
        return measure.median([measure.sql_ms(lambda q=q: queries.search(q=q)) for q in wanted])

    p50(spoken + words)
    figures = measure.alternate(
        options.rounds,
        {
            "pairs": lambda: p50(spoken),
            "words": lambda: p50(words),
            "like": lambda: measure.median([measure.sql_ms(lambda p=p: _like(*p)) for p in pairs[:10]]),
        },
    )
    two, one, like = (measure.median(figures[name]) for name in ("pairs", "words", "like"))
    recalls = [_recall(f"{a} {b}", _like(a, b)) for a, b in pairs[:CHECKED]]
    recalls += [_recall(word, _like(word, word)) for word in words[:CHECKED]]
    with measure.statements() as seen:
        queries.search(q=spoken[0])
    report.show(
        "search",
        [
            report.Row("products", f"{products:,}"),
            report.Row("two words (count, 20 cards): SQL time, p50", f"{two:.1f} ms", "≤ 5 ms", two <= 5),
            report.Row("one two-character word: SQL time, p50", f"{one:.1f} ms"),
            report.Row("LIKE scan for two words, ids only: p50", f"{like:.1f} ms"),
            report.Row("recall beside LIKE, lowest", f"{min(recalls):.0%}", "100%", min(recalls) == 1),
            report.Row("SQL statements", f"{len(seen)}"),
        ],
        options=str(options),
        write=not options.trial,
    )


def _like(one: str, two: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(LIKE, [f"%{one}%", f"%{two}%"])
        return {row[0] for row in cursor.fetchall()}


def _recall(wanted: str, expected: set[int]) -> float:
    found: set[int] = set()
    for page in itertools.count(1):
        items = queries.search(q=wanted, page=page, page_size=100).items
        found |= {card.id for card in items}
        if not items:
            break
    return len(found & expected) / len(expected) if expected else 1.0
