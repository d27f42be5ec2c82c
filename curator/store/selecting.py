"""Which conversations and rewrites a filter finds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from curator.filters import Filter, parse
from curator.filters.faults import unknown_name
from curator.filters.fields import BY_NAME
from curator.filters.nodes import Is, Words, field_of, leaves
from curator.store.conditions import Condition, Hits, Unit, condition
from curator.store.connection import Connection
from curator.store.filter_columns import rewrites_for
from curator.store.hiding import in_sight
from curator.store.searching import Searching

#: Runs SQL with named parameters; its rows.
Run = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]


class Selecting:
    """Filters, answered. A filter is given parsed or as text; hidden chats are never found.

    Raises `FilterError` for a text that cannot be understood and for an unknown signal.
    """

    def __init__(self, connection: Connection, searching: Searching) -> None:
        self._db = connection
        self._searching = searching

    def parsed(self, asked: Filter | str) -> Filter:
        """The filter, checked against the signals that this workspace knows."""
        if isinstance(asked, str):
            asked = parse(asked)
        if unknown := [
            leaf
            for leaf in leaves(asked.root)
            if not isinstance(leaf, Words | Is) and field_of(leaf) is None
        ]:
            known = self.signals()
            for leaf in unknown:
                if leaf.name not in known:
                    text = asked.text or str(asked)
                    raise unknown_name(leaf.name, [*BY_NAME, *known], text, leaf.at)
        return asked

    def conversations(self, asked: Filter | str, limit: int | None = None) -> list[int]:
        """The `ord` of every conversation found, in order, `limit` at most."""
        sql = "select c.ord from conversations c where"
        with self.asking(asked, "conversation") as (where, _):
            # By column: a million of them may be found.
            found = self._db.cursor.table(
                f"{sql} {where.sql} order by c.ord limit {_limit(limit)}", where.parameters or None
            )
        ords: list[int] = found["ord"].to_numpy().tolist()
        return ords

    def ids(self, asked: Filter | str, limit: int | None = None) -> list[str]:
        """The id of every conversation found, in order, `limit` at most."""
        sql = "select c.id from conversations c where"
        with self.asking(asked, "conversation") as (where, run):
            rows = run(f"{sql} {where.sql} order by c.ord limit {_limit(limit)}", where.parameters)
        return [row[0] for row in rows]

    def rewrites(self, asked: Filter | str, limit: int | None = None) -> list[str]:
        """The id of every rewrite found, in the order they were made, `limit` at most."""
        with self.asking(asked, "rewrite") as (where, run):
            sql = f"select r.id from {rewrites_for(where.sql)} where"
            rows = run(f"{sql} {where.sql} order by r.ord limit {_limit(limit)}", where.parameters)
        return [row[0] for row in rows]

    def count(self, asked: Filter | str, unit: Unit = "conversation") -> int:
        """How many conversations (or rewrites) are found."""
        with self.asking(asked, unit) as (where, run):
            source = "conversations c" if unit == "conversation" else rewrites_for(where.sql)
            rows = run(f"select count(*) from {source} where {where.sql}", where.parameters)
        return int(rows[0][0])

    def sample(self, asked: Filter | str, n: int = 5, seed: int = 0) -> list[int]:
        """The `ord` of up to `n` conversations found, drawn evenly, the same for the same seed."""
        sql = "select c.ord from conversations c where"
        drawn = f"order by hash(c.ord, {int(seed)}) limit {_limit(n)}"
        with self.asking(asked, "conversation") as (where, run):
            rows = run(f"{sql} {where.sql} {drawn}", where.parameters)
        return sorted(row[0] for row in rows)

    def known(self, most: int = 50) -> dict[str, list[str]]:
        """The values there are by field, the most frequent ones first, for completion; `signals`
        are the names of all signals."""
        found = {
            name: [str(row[0]) for row in self._db.rows(f"{sql} limit {int(most)}")]
            for name, sql in _KNOWN.items()
        }
        return {**found, "signals": self.signals()}

    def signals(self) -> list[str]:
        """The names of all signals there are, the measured ones and those of this program."""
        from curator.signals.catalogue import CATALOGUE

        rows = self._db.rows("select distinct name from signals order by name")
        return list(dict.fromkeys([*(one.name for one in CATALOGUE), *(row[0] for row in rows)]))

    @contextmanager
    def asking(self, asked: Filter | str, unit: Unit) -> Iterator[tuple[Condition, Run]]:
        """The filter as a condition on what is in sight of `c` (and `r` and `h`, see
        `conditions`), and the way to run SQL with it: words that were looked up are tables inside
        the block."""
        cursor = self._db.cursor
        tables: list[str] = []

        def find(words: Words) -> Hits | None:
            found = self._searching.places(words)
            if found is None:
                return None
            tables.append(f"hits_{len(tables)}")
            cursor.register(tables[-1], found)
            return Hits(tables[-1])

        try:
            yield condition(self.parsed(asked), unit, find, in_sight(self._db)), self._run
        finally:
            for table in tables:
                cursor.unregister(table)

    def _run(self, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self._db.cursor.execute(sql, parameters or None).fetchall()


def _most(column: str, table: str) -> str:
    return (
        f"select {column} from {table} where {column} is not null and {column} != '' "
        f"group by {column} order by count(*) desc, {column}"
    )


_KNOWN = {
    "source": _most("source", "conversations"),
    "format": _most("format", "conversations"),
    "lang": _most("language", "conversations"),
    "license": _most("license", "conversations"),
    "category": _most("category", "conversations"),
    "tag": _most("tag", "tags"),
    "model": _most("model", "rewrites"),
    "reviewer": _most("reviewer", "heads"),
    "cluster": _most("name", "clusters"),
}


def _limit(limit: int | None) -> str:
    return "null" if limit is None else str(max(0, int(limit)))
