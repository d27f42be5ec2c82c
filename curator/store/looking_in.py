"""Looking into a workspace that another process has open, through its window.

`Far` has the part of DuckDB's own connection that reading needs, so that every room reads through
it as it reads the file; each statement is answered by the process that has the file.
"""

import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from curator import errors
from curator.errors import StoreError
from curator.store.lock import InUse
from curator.store.wire import carried, receive, restored, same_user, send, unpacked

#: Seconds until the first word, and until any later one: the other process may be at hard work.
FIRST, LATER = 10.0, 300.0
#: Rows asked for at a time; the other end may give fewer.
ROWS = 500


class Far:
    """A cursor in the other process. Raises `InUse` where it does not let this one look in."""

    def __init__(self, busy: InUse, path: Path, version: str) -> None:
        self._given = busy, path, version
        self.description: list[tuple[Any, ...]] = []
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._line.settimeout(FIRST)
        try:
            self._line.connect(busy.address)
            if not same_user(self._line) or receive(self._line) != [version]:
                raise ValueError("another version, or another user")
        except (OSError, EOFError, ValueError) as error:
            self._line.close()
            raise busy from error
        self._line.settimeout(LATER)

    def cursor(self) -> "Far":
        """A further one."""
        return Far(*self._given)

    def execute(self, sql: str, parameters: object = None) -> Self:
        """Run one query there."""
        told = self._ask("execute", sql, carried(parameters))
        self.description = [tuple(column) for column in told]
        return self

    def fetchmany(self, size: int = ROWS) -> list[tuple[Any, ...]]:
        """The next rows: `size`, and fewer only at the end."""
        found: list[Any] = []
        while len(found) < size and (rows := self._ask("rows", size - len(found))):
            found += rows
        return restored(found, [kind for _, kind in self.description])

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        return next(iter(self.fetchmany(1)), None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rest of the rows."""
        found: list[tuple[Any, ...]] = []
        while rows := self.fetchmany(ROWS):
            found += rows
        return found

    def fetchnumpy(self) -> dict[str, Any]:
        """The rest of the result as NumPy arrays by name."""
        return unpacked(self._ask("columns"))

    def sql(self, sql: str, params: object = None) -> "_Result":
        """The result of one query, its rows in the order that it asks for."""
        return _Result(self._ask("table", sql, carried(params)))

    def register(self, name: str, table: Any) -> None:
        """Let SQL read an Arrow table by name, here and there."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as out:
            out.write_table(table)
        self._ask("register", name, sink.getvalue().to_pybytes())

    def backup(self, destination: Path) -> int:
        """Have a copy made there; how many rows it holds."""
        self._line.settimeout(None)
        rows: int = self._ask("backup", str(destination))
        return rows

    def unregister(self, name: str) -> None:
        """Forget a registered table."""
        self._ask("unregister", name)

    def interrupt(self) -> None:
        """End what is being asked, and this cursor with it."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Go away."""
        self._line.close()

    def _ask(self, verb: str, *given: Any) -> Any:
        busy, path, _ = self._given
        try:
            send(self._line, verb, *given)
            wrong, answer = receive(self._line)
        except (OSError, EOFError, ValueError) as error:
            self._line.close()
            raise StoreError(
                f"{path}: {busy.holder}, which has it open, went away or does not answer; try again"
            ) from error
        if wrong == "bug":
            raise RuntimeError(answer)
        if wrong:
            kind = getattr(errors, wrong, StoreError)
            raise (kind if issubclass(kind, errors.CuratorError) else StoreError)(answer)
        return answer


class _Result:
    """What `sql` gives."""

    def __init__(self, told: bytes) -> None:
        self._told = told

    def to_arrow_table(self) -> Any:
        """All of it."""
        import pyarrow as pa

        return pa.ipc.open_stream(self._told).read_all()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The same, for whoever knows Arrow's stream."""
        return self.to_arrow_table().__arrow_c_stream__(requested_schema)
