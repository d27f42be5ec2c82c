"""A DuckDB handle with one cursor per thread, opened the way the workspace wants it.

Everything that DuckDB raises for the file's, the disk's or the person's sake leaves here as one
sentence (`StoreError`, or `Cancelled` for a stopped query); only our own wrong SQL leaves as it is.
"""

import ctypes
import json
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from curator.errors import StoreError
from curator.store.interrupts import held_back
from curator.store.opening import connect, connect_to_read, memory_limit
from curator.store.reading_only import REFUSED, SEARCH_PATH, refused
from curator.store.trouble import explain, is_bug, is_fatal, is_starved

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")


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

    def close(self) -> None:
        """Give it back."""
        self._raw.close()

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
        try:
            names = ", ".join(columns)
            verb = "insert or replace" if replace else "insert"
            return self.execute(f"{verb} into {table} ({names}) select {names} from incoming")
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


class Connection:
    """Cursors of one open workspace. A connection shared by threads fails; a cursor each works.

    After a failed write that DuckDB calls fatal, the next call closes all handles and opens the
    file anew: nothing that was committed is lost by that.
    """

    def __init__(self, path: Path, notices: list[str] | None = None, read_only: str = "") -> None:
        self.path = path
        #: Why nothing can be written, "" where it can.
        self.read_only = read_only
        self.notices: list[str] = [] if notices is None else notices
        #: For whom this process works: whose the runs are that it begins.
        self.who = ""
        #: Writers take turns: DuckDB would otherwise answer a concurrent commit with a conflict.
        self.writing = threading.RLock()
        #: Called before a cursor is given out: brings in what was acknowledged and waits.
        self.settle: Callable[[], None] = lambda: None
        self._guard = threading.RLock()
        self._raws: list[duckdb.DuckDBPyConnection] = []
        self._local = threading.local()
        self._broken = False
        self._allowed = memory_limit()
        #: How many calls into DuckDB are under way, and who may begin one.
        self._speaking = 0
        self._turn = threading.Lock()
        self._owner = os.getpid()
        self._root = self._connect()
        _open_here.add(self)

    @property
    def cursor(self) -> Cursor:
        """This thread's own cursor. What it reads has every decision made so far."""
        self._check()
        self.settle()
        cursor: Cursor | None = getattr(self._local, "cursor", None)
        if cursor is None:
            with self._guard:
                raw = self._fresh()
                self._raws.append(raw)
            cursor = self._local.cursor = Cursor(raw, self)
        return cursor

    def fresh_cursor(self) -> Cursor:
        """A further cursor, for a transaction that must not hinder this thread; close it."""
        self._check()
        self.settle()
        return Cursor(self._fresh(), self)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one query. (A result left half read blocks the cursor in DuckDB 2.0.)"""
        return self.cursor.execute(sql, list(parameters)).fetchall()

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    @contextmanager
    def at_most(self, size: int) -> Iterator[None]:
        """DuckDB with no more than `size` bytes: it keeps what it read until it reaches its limit,
        however little is needed. What needs more is done by `fed`."""
        usual = memory_limit()
        self._allow(min(size, usual))
        try:
            yield
        finally:
            self._allow(usual)

    def fed(self, work: "Callable[[], T]") -> "T":
        """What `work` returns, done again with more memory for as long as it has too little, up to
        the usual: one turn may be as long as a book. It must be all or nothing."""
        while True:
            try:
                return work()
            except StoreError as error:
                if self._allowed >= memory_limit() or not is_starved(error):
                    raise
                self._allow(min(4 * self._allowed, memory_limit()))

    def let_go(self, most: int) -> None:
        """Give back what DuckDB keeps of what it read, but for `most` bytes: it would keep all up
        to its limit, and read it again for as little. Not while anybody is asking it something."""
        import duckdb

        with self._turn:
            if self._speaking or self._broken or not self.mine:
                return
            with suppress(duckdb.Error):  # More is held by results that are still being read.
                self._root.execute(f"set memory_limit = '{most >> 20}MiB'")
            self._root.execute(f"set memory_limit = '{self._allowed >> 20}MiB'")

    def _allow(self, size: int) -> None:
        self.cursor.execute(f"set memory_limit = '{size >> 20}MiB'")
        self._allowed = size

    def next_number(self, table: str, column: str) -> int:
        """One more than the largest `column` of `table`, 0 in an empty table."""
        return int(self.value(f"select coalesce(max({column}), -1) + 1 from {table}"))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """One writing statement, committed when this returns."""
        with self.writing:
            self.cursor.execute(sql, list(parameters))

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """This thread's cursor inside a transaction: all of the block, or nothing of it."""
        with self.writing:
            cursor = self.cursor
            try:
                cursor.execute("begin")
                yield cursor
                cursor.execute("commit")
            except BaseException:
                self._roll_back(cursor)
                raise

    def insert(
        self, table: str, columns: Mapping[str, Sequence[Any]], replace: bool = False
    ) -> None:
        """Append rows given by column, in one statement (11 µs a row; `executemany` takes 1.4 ms).

        `replace` overwrites rows of the same primary key. `table` and the column names are ours,
        never from data. Nested values must be JSON text.
        """
        with self.writing:
            self.cursor.insert(table, columns, replace)

    def close(self) -> None:
        """Close every cursor and the file."""
        _open_here.discard(self)
        if not self.mine:
            return
        with self._guard:
            for raw in self._raws:
                raw.close()
            self._raws.clear()
            self._root.close()

    @contextmanager
    def speaking(self, raw: "duckdb.DuckDBPyConnection") -> Iterator[None]:
        """One call into DuckDB: Ctrl-C waits for its end, and errors come out as sentences."""
        import duckdb

        with self._turn:
            self._speaking += 1
        try:
            with held_back(raw.interrupt):
                yield
        except duckdb.Error as error:
            if is_fatal(error):
                self._broken = True
            if self.read_only and REFUSED in str(error):
                raise refused(self.path, self.read_only) from error
            if is_bug(error):
                raise
            raise explain(error, self.path) from error
        finally:
            with self._turn:
                self._speaking -= 1

    @property
    def mine(self) -> bool:
        """Whether this process opened the file; a forked child did not."""
        return self._owner == os.getpid()

    def check_writable(self) -> None:
        """Raises `ReadOnly` where nothing can be written."""
        if self.read_only:
            raise refused(self.path, self.read_only)

    def check(self) -> None:
        """Raises `StoreError` in a forked child: this process must not use the handle."""
        if not self.mine:
            raise StoreError(
                f"{self.path} was opened by process {self._owner}; "
                "a forked process must not use its handle"
            )

    def _check(self) -> None:
        self.check()
        if self._broken:
            self._open_again()

    def _connect(self) -> "duckdb.DuckDBPyConnection":
        return connect_to_read(self.path) if self.read_only else connect(self.path, self.notices)

    def _fresh(self) -> "duckdb.DuckDBPyConnection":
        raw = self._root.cursor()
        if self.read_only:
            raw.execute(SEARCH_PATH)
        return raw

    def _open_again(self) -> None:
        with self.writing, self._guard:
            if not self._broken:
                return
            for raw in (*self._raws, self._root):
                raw.close()
            self._raws.clear()
            self._local = threading.local()
            self._root = self._connect()
            self._broken = False

    def _roll_back(self, cursor: Cursor) -> None:
        """End the transaction, if there still is one: a failed commit has ended it already."""
        import duckdb

        if self._broken:
            return
        try:
            cursor.execute("rollback")
        except (duckdb.Error, StoreError) as error:
            if "no transaction is active" not in str(error):
                self._broken = True

    def _abandon(self) -> None:
        """In a forked child: never run DuckDB's destructors, which would write the file."""
        for raw in (*self._raws, self._root):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(raw))


_open_here: "weakref.WeakSet[Connection]" = weakref.WeakSet()


def _abandon_all() -> None:
    for connection in tuple(_open_here):
        connection._abandon()


os.register_at_fork(after_in_child=_abandon_all)


def as_json(value: Any) -> str:
    """JSON text, keys sorted, for a column; a path is its name."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
