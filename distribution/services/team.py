"""The team tree: nested sets of all distributors, caught up with the dated bindings in batches.

The bindings are the truth; joining touches nothing here. A batch takes everybody whose place in the tree differs from
their binding, rebuilds the numbers of the trees they leave or enter in memory, and writes the rows that changed in one
statement. Batches hold an advisory lock, so the numbers have one writer.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from mall.kernel.transactions import use_case

BATCH = 5_000
# lft, rght, level, tree
Place = tuple[int, int, int, int]


class TreeLoop(RuntimeError):
    """The bindings form a loop, which they never may: the audit (TRE1) names the people."""


@use_case
def catch_up(*, at: dt.datetime, limit: int = BATCH) -> int:
    """Bring up to `limit` distributors to where their bindings put them at `at`; how many were moved or added.

    0 also while another worker is at it. Raises TreeLoop.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('distribution.team'))")
        if not cursor.fetchone()[0]:
            return 0
    moved = _differing(at, limit)
    if moved:
        _insert_missing(moved)
        _renumber(_hang(moved))
    return len(moved)


@use_case
def rebuild(*, at: dt.datetime) -> int:
    """Throw the tree away and build it from the bindings; how many distributors it has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('distribution.team'))")
        cursor.execute("DELETE FROM distribution_teamnode")
    everybody = _differing(at, None)
    if everybody:
        _insert_missing(everybody)
        _renumber(_hang(everybody))
    return len(everybody)


def _differing(at: dt.datetime, limit: int | None) -> list[int]:
    """Distributors without a node, or whose node hangs elsewhere than their binding says."""
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMPORARY TABLE IF NOT EXISTS team_moves (distributor bigint, inviter bigint) ON COMMIT DROP;
               TRUNCATE team_moves;""",
        )
        cursor.execute(
            """INSERT INTO team_moves
               SELECT person.id, binding.inviter_id
               FROM distribution_distributor person
               LEFT JOIN distribution_binding binding ON binding.member_id = person.member_id
                    AND binding.active_from <= %(at)s AND (binding.active_to IS NULL OR binding.active_to > %(at)s)
               LEFT JOIN distribution_teamnode node ON node.distributor_id = person.id
               LEFT JOIN distribution_teamnode parent ON parent.id = node.parent_id
               WHERE node.id IS NULL OR parent.distributor_id IS DISTINCT FROM binding.inviter_id
               ORDER BY person.id LIMIT %(limit)s
               RETURNING distributor""",
            {"at": at, "limit": limit},
        )
        return [distributor for (distributor,) in cursor.fetchall()]


def _insert_missing(moved: list[int]) -> None:
    """New nodes start as trees of their own."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO distribution_teamnode (distributor_id, parent_id, lft, rght, level, tree_id)
               SELECT person, NULL, 1, 2, 0,
                      (SELECT coalesce(max(tree_id), 0) FROM distribution_teamnode) + row_number() OVER (ORDER BY person)
               FROM unnest(%s::bigint[]) AS person
               WHERE NOT EXISTS (SELECT FROM distribution_teamnode node WHERE node.distributor_id = person)""",
            [moved],
        )


def _hang(moved: list[int]) -> set[int]:
    """Set the parents; the ids of every tree that was left or entered.

    An inviter without a node yet (beyond this batch) leaves a root behind, which the next batch puts right.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH hung AS (
                   UPDATE distribution_teamnode node SET parent_id = parent.id
                   FROM team_moves LEFT JOIN distribution_teamnode parent ON parent.distributor_id = team_moves.inviter
                   WHERE node.distributor_id = team_moves.distributor
                   RETURNING node.tree_id AS own, parent.tree_id AS entered)
               SELECT own FROM hung UNION SELECT entered FROM hung WHERE entered IS NOT NULL""",
        )
        return {tree for (tree,) in cursor.fetchall()}


def _renumber(trees: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, parent_id, lft, rght, level, tree_id FROM distribution_teamnode
               WHERE tree_id = ANY(%s) ORDER BY id""",
            [list(trees)],
        )
        rows = cursor.fetchall()
        cursor.execute("SELECT coalesce(max(tree_id), 0) FROM distribution_teamnode")
        last_tree = cursor.fetchone()[0]
    before: dict[int, Place] = {node: (lft, rght, level, tree) for node, _parent, lft, rght, level, tree in rows}
    children: dict[int | None, list[int]] = defaultdict(list)
    for node, parent, *_place in rows:
        children[parent].append(node)
    after: dict[int, Place] = {}
    taken: set[int] = set()
    # A root that leads its tree keeps the tree's number; one that was cut off gets a new one.
    for root in sorted(children[None], key=lambda node: (before[node][0], node)):
        tree = before[root][3]
        if tree in taken:
            tree = last_tree = last_tree + 1
        taken.add(tree)
        _number(root, tree, children, after)
    if len(after) != len(before):
        raise TreeLoop(sorted(before.keys() - after.keys())[:20])
    _write({node: place for node, place in after.items() if place != before[node]})


def _number(root: int, tree: int, children: dict[int | None, list[int]], after: dict[int, Place]) -> None:
    """Walk one tree depth-first, without recursion: chains may be thousands deep."""
    counter = 1
    stack: list[tuple[int, int, int]] = [(root, 0, 0)]  # node, level, its lft once it was entered
    while stack:
        node, level, entered = stack.pop()
        if entered:
            after[node] = (entered, counter, level, tree)
        else:
            stack.append((node, level, counter))
            stack.extend((child, level + 1, 0) for child in reversed(children.get(node, ())))
        counter += 1


def _write(places: dict[int, Place]) -> None:
    columns = list(zip(*places.values(), strict=True)) if places else [(), (), (), ()]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE distribution_teamnode node
               SET lft = place.lft, rght = place.rght, level = place.level, tree_id = place.tree
               FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[])
                    AS place (id, lft, rght, level, tree)
               WHERE node.id = place.id""",
            [list(places), *(list(column) for column in columns)],
        )
