"""One thread's cursor of an open workspace."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from curator.store.reading_only import refused

if TYPE_CHECKING:
    from array import array

    import duckdb

    from curator.store.connection import Connection


#: Columns that follow from others of their row, by table: worked out as it is inserted. (DuckDB
#: counts four thousand million characters a second.)
FOLLOWING: Mapping[str, Mapping[str, str]] = {
    "turns": {"length": "length(content)"},
    "rewrites": {"length": "length(content)"},
    "predictions": {"place": "(select r.ord from rewrites r where r.id = rewrite_id)"},
    "map_points": {
        "chat": "(select c.ord from conversations c where c.id = split_part(item, '#', 1))"
    },
}


class Cursor:
    """One thread's cursor: DuckDB's own, with its errors put into words."""

    def __init__(self, raw: "duckdb.DuckDBPyConnection", owner: "Connection") -> None:
        self._raw = raw
        self._owner = owner

    @property
    def description(self) -> list[tuple[Any, ...]]:
        """The columns of the last result."""
        return self._raw.description or []

    def execute(self, sql: str, parameters: object = None) -> Self:
        """Run one statement. Read all of its result: one left half read blocks the cursor."""
        with self._owner.speaking(self._raw):
            self._raw.execute(sql, parameters)
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rest of the result."""
        with self._owner.speaking(self._raw):
            return self._raw.fetchall()

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row of the result."""
        with self._owner.speaking(self._raw):
            row: tuple[Any, ...] | None = self._raw.fetchone()
        return row

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """The next `size` rows."""
        with self._owner.speaking(self._raw):
            return self._raw.fetchmany(size)

    def arrow(self) -> Any:
        """The rest of the result as an Arrow table. The rows may come in any order, whatever the
        query says."""
        with self._owner.speaking(self._raw):
            return self._raw.to_arrow_table()

    def table(self, sql: str, parameters: object = None) -> Any:
        """The result of one query as an Arrow table, without the copy that `arrow` makes;
        its rows in the order that the query asks for."""
        with self._owner.speaking(self._raw):
            return self._raw.sql(sql, params=parameters).to_arrow_table()

    def integers(self, sql: str, count: int, parameters: object = None) -> "list[array[int]]":
        """The `count` columns of one query, each of bigints and none of them null; its rows in the
        order that the query asks for. A million take a tenth of what they take as rows."""
        from curator.store.streamed import integers

        with self._owner.speaking(self._raw):
            return integers(self._raw.sql(sql, params=parameters), count)

    def close(self) -> None:
        """Give it back."""
        self._raw.close()

    def interrupt(self) -> None:
        """End what it is doing, from another thread; nothing where it was closed."""
        import duckdb

        with suppress(duckdb.ConnectionException):
            self._raw.interrupt()

    def check_reads(self, sql: str) -> None:
        """Raises `ReadOnly` unless this is one query, which changes nothing."""
        with self._owner.speaking(self._raw):
            kinds = [statement.type.name for statement in self._raw.extract_statements(sql)]
        if kinds != ["SELECT"]:
            raise refused(self._owner.path, "a look from another process")

    def by_column(self) -> dict[str, Any]:
        """The rest of the result as a NumPy array for each column (a masked one where there are
        nulls). The rows may come in any order, whatever the query says."""
        with self._owner.speaking(self._raw):
            found: dict[str, Any] = self._raw.fetchnumpy()
        return found

    def insert(
        self, table: str, columns: Mapping[str, Sequence[Any]], replace: bool = False
    ) -> Self:
        """Append rows given by column: see `Connection.insert`."""
        from curator.store.arrow import table as as_table

        self.register("incoming", as_table(columns))
        every = {**{name: name for name in columns}, **FOLLOWING.get(table, {})}
        try:
            names, values = ", ".join(every), ", ".join(every.values())
            verb = "insert or replace" if replace else "insert"
            return self.execute(f"{verb} into {table} ({names}) select {values} from incoming")
        finally:
            self.unregister("incoming")

    def register(self, name: str, table: object) -> None:
        """Let SQL read an Arrow table by name."""
        self._raw.register(name, table)

    def unregister(self, name: str) -> None:
        """Forget a registered table."""
        import duckdb

        # In a transaction that has failed it goes with that; the failure is what is to be told.
        with suppress(duckdb.TransactionException):
            self._raw.unregister(name)
