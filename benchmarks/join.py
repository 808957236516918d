"""Joining the referral tree with 1,000 and 100,000 distributors, beside a bare parent-link insert."""

import itertools
import random
from collections.abc import Callable

from django.db import connection, models, transaction

from benchmarks import data, measure, report
from benchmarks.options import Options
from distribution.models import Distributor
from distribution.services import binding
from mall.kernel import clock

JOINS = 40
FLOOR = """
CREATE SCHEMA IF NOT EXISTS floor;
DROP TABLE IF EXISTS floor.node;
CREATE TABLE floor.node (id bigserial PRIMARY KEY, parent_id bigint REFERENCES floor.node, name text NOT NULL);
CREATE INDEX ON floor.node (parent_id);
INSERT INTO floor.node (parent_id, name) SELECT NULL, 'root';
INSERT INTO floor.node (parent_id, name) SELECT 1 + (random() * random() * (i - 1))::int / 2, 'n' FROM generate_series(1, {size} - 1) i;
ANALYZE floor.node;
"""


class Node(models.Model):
    """The same table through the ORM: read the parent, insert the child, each committed by itself. This is the
    parent-link insert that trees are usually compared by, and that the target is stated in."""

    parent = models.ForeignKey("self", models.DO_NOTHING, null=True)
    name = models.TextField()

    class Meta:
        app_label = "kernel"
        managed = False
        db_table = 'floor"."node'

    def __str__(self) -> str:
        return self.name


def run(options: Options) -> None:
    small, large = options.size(1_000, least=50), options.size(100_000, least=200)
    grown = {}
    for size in (small, large):
        data.distributors(size - Distributor.objects.count())
        grown[size] = _measure(size, 2 if options.trial else JOINS, options.rounds)
    at_small, at_large = (measure.median(grown[size]["bind"]) for size in (small, large))
    times = measure.ratio(grown[large]["bind"], grown[large]["orm"])
    bare = measure.ratio(grown[large]["bind"], grown[large]["floor"])
    growth = at_large / at_small
    report.show(
        "join",
        [
            *(
                report.Row(
                    f"{size:,} distributors: bind() / parent-link insert by ORM / by bare SQL, p50",
                    f"{measure.median(grown[size]['bind']):.2f} / {measure.median(grown[size]['orm']):.2f}"
                    f" / {measure.median(grown[size]['floor']):.2f} ms",
                )
                for size in (small, large)
            ),
            report.Row(f"bind() / ORM insert at {large:,}", f"{times:.1f}", "≤ 3", times <= 3),
            report.Row(f"bind() / bare SQL insert at {large:,}", f"{bare:.1f}", "–"),
            report.Row(f"bind() at {large:,} / at {small:,}", f"{growth:.2f}", "≤ 2", growth <= 2),
        ],
        options=str(options),
        write=not options.trial,
    )


def _measure(size: int, joins: int, rounds: int) -> dict[str, list[float]]:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR.format(size=size))
    codes = list(Distributor.objects.order_by("?").values_list("code", flat=True)[:joins])
    newcomers = iter(data.members(joins * rounds + joins))
    joining = itertools.cycle(codes)

    def bind() -> None:
        binding.bind(member_id=next(newcomers), code=next(joining), source="link", actor="benchmark", at=clock.now())

    def insert() -> None:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO floor.node (parent_id, name) VALUES (%s, 'n') RETURNING id", [random.randrange(1, size)]
            )

    def create() -> None:
        nodes = Node._default_manager
        nodes.create(parent=nodes.get(pk=random.randrange(1, size)), name="n")

    def p50(work: Callable[[], None]) -> Callable[[], float]:
        return lambda: measure.median(measure.times_ms(work, count=joins))

    p50(insert)(), p50(create)(), p50(bind)()
    return measure.alternate(rounds, {"floor": p50(insert), "orm": p50(create), "bind": p50(bind)})
