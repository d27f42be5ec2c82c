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
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from curator.errors import ReadOnly, StoreError
from curator.store.allowance import Allowance
from curator.store.cursor import Cursor
from curator.store.interrupts import held_back
from curator.store.opening import connect, connect_to_read, memory_limit
from curator.store.reading_only import REFUSED, SEARCH_PATH, refused
from curator.store.trouble import explain, is_bug, is_fatal

if TYPE_CHECKING:
    import duckdb

    from curator.store.looking_in import Far

T = TypeVar("T")


class Connection(Allowance):
    """Cursors of one open workspace. A connection shared by threads fails; a cursor each works.

    After a failed write that DuckDB calls fatal, the next call closes all handles and opens the
    file anew: nothing that was committed is lost by that.
    """

    def __init__(
        self,
        path: Path,
        notices: list[str] | None = None,
        read_only: str = "",
        far: "Callable[[], Far] | None" = None,
    ) -> None:
        self.path = path
        #: How to look in where another process has the file open.
        self._far = far
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
        self._place = _place(path)
        _open_here.add(self)

    @property
    def cursor(self) -> Cursor:
        """This thread's own cursor. What it reads has every decision made so far."""
        self._check()
        if not getattr(self._local, "calm", False):
            self.settle()
        return self.own_cursor()

    @contextmanager
    def settled_once(self) -> Iterator[None]:
        """What this thread reads in the block has every decision made before it, and maybe not
        those made meanwhile: many queries in a row need not commit before each."""
        self.settle()
        self._local.calm = True
        try:
            yield
        finally:
            self._local.calm = False

    def own_cursor(self) -> Cursor:
        """This thread's own cursor, as it is."""
        cursor: Cursor | None = getattr(self._local, "cursor", None)
        if cursor is None:
            with self._guard:
                raw = self._fresh()
                self._raws.append(raw)
            cursor = self._local.cursor = Cursor(raw, self)
        return cursor

    def end_thread(self) -> None:
        """Close this thread's own cursor, for a thread that ends before the process does."""
        cursor: Cursor | None = getattr(self._local, "cursor", None)
        if cursor is None:
            return
        del self._local.cursor
        with self._guard:
            self._raws = [raw for raw in self._raws if raw is not cursor._raw]
        cursor.close()

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

    @property
    def is_far(self) -> bool:
        """Whether another process has the file open, and this one only looks in."""
        return self._far is not None

    def check_writable(self) -> None:
        """Raises `ReadOnly` where nothing can be written."""
        if self.is_far:
            raise ReadOnly(
                f"{self.path}: {self.read_only}, so nothing can be changed from here; finish there "
                "first, or do it there"
            )
        if self.read_only:
            raise refused(self.path, self.read_only)

    def check_there(self) -> None:
        """Raises `StoreError` where the file was moved, deleted or replaced since it was opened:
        what is still written would go to a file that nobody finds by its name, or to none."""
        if self._place != _place(self.path):
            raise StoreError(
                f"{self.path}: the file was moved, deleted or replaced while it was open; put it "
                "back and try again, or leave and open it where it is now"
            )

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
        if self._far is not None:
            return cast("duckdb.DuckDBPyConnection", self._far())
        return connect_to_read(self.path) if self.read_only else connect(self.path, self.notices)

    def _fresh(self) -> "duckdb.DuckDBPyConnection":
        raw = self._root.cursor()
        if self.read_only and self._far is None:
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


def _place(path: Path) -> tuple[int, int] | None:
    """Which file that is. (To open it would drop DuckDB's lock; to ask for this does not.)"""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


_open_here: "weakref.WeakSet[Connection]" = weakref.WeakSet()


def _abandon_all() -> None:
    for connection in tuple(_open_here):
        connection._abandon()


os.register_at_fork(after_in_child=_abandon_all)


def as_json(value: Any) -> str:
    """JSON text, keys sorted, for a column; a path is its name."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
