"""How much memory DuckDB may take, and what it gives back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from curator.errors import StoreError
from curator.store.opening import memory_limit
from curator.store.trouble import is_starved

if TYPE_CHECKING:
    import duckdb

    from curator.store.cursor import Cursor

T = TypeVar("T")


class Allowance:
    """The part of a connection that says how much memory it takes."""

    _allowed: int
    _speaking: int
    _turn: threading.Lock
    _broken: bool
    _far: Callable[[], Any] | None
    _root: "duckdb.DuckDBPyConnection"

    if TYPE_CHECKING:

        @property
        def mine(self) -> bool: ...
        @property
        def cursor(self) -> "Cursor": ...

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
            if self._speaking or self._broken or self._far or not self.mine:
                return
            with suppress(duckdb.Error):  # More is held by results that are still being read.
                self._root.execute(f"set memory_limit = '{most >> 20}MiB'")
            self._root.execute(f"set memory_limit = '{self._allowed >> 20}MiB'")

    def _allow(self, size: int) -> None:
        if self._far is None:
            self.cursor.execute(f"set memory_limit = '{size >> 20}MiB'")
        self._allowed = size
