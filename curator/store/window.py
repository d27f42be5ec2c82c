"""A window in an open workspace: other processes of this user look in through it.

DuckDB lets nobody in, not even to read, while one process has the file open to write. So that one
answers: a Unix socket in a folder of this user alone, whose address stands in the lock file. It
answers queries, and makes a backup; whoever asks gets what was committed, the latest decision too.
"""

import errno
import os
import select
import socket
import stat
import tempfile
import threading
import time
import uuid
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from curator.errors import CuratorError
from curator.store.connection import Connection
from curator.store.wire import check_kinds, packed, receive, same_user, send

#: Rows told at a time: few enough that a screen of this process never waits for them.
ROWS = 500
#: So many cursors may be at the window at a time; a command has two.
LOOKERS = 32
#: Seconds that closing waits for a query to end; an interrupt takes a moment.
PATIENCE = 20.0
#: What the name of a socket ends with until it answers, a moment later; and seconds after which
#: one that still has it is counted as left behind.
NEW, STALE = ".new", 3600.0


class Window:
    """Answers until `close`. Raises OSError where no socket can be made."""

    def __init__(self, connection: Connection, version: str) -> None:
        self._db = connection
        self._version = version
        self._lookers: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._folder = _folder()
        self.address = str(self._folder / f"{uuid.uuid4().hex}.socket")
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # It has its name once it answers: one at which nobody does was left behind.
            self._door.bind(bare := self.address + NEW)
            self._door.listen(LOOKERS)
            os.rename(bare, self.address)
        except OSError:
            self._door.close()
            raise
        _open_here.add(self)
        self._threads: list[threading.Thread] = []
        door = self._begin(self._wait_for_lookers)
        with self._guard:  # Somebody may have come in already.
            self._threads.append(door)

    def close(self) -> None:
        """Let nobody in any more, and send away who is there; ends what they ask just now."""
        _open_here.discard(self)
        with suppress(OSError):
            os.unlink(self.address)
        with self._guard:
            lines, self._lookers = tuple(self._lookers), set()
            threads = tuple(self._threads)
        for line in (self._door, *lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for thread in threads:
            thread.join(PATIENCE)

    def abandon(self) -> None:
        """In a forked child: close its copies, else whoever looks in would wait for nobody."""
        for line in (self._door, *self._lookers):
            line.close()

    def _begin(self, work: Any, *given: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=given, name="window", daemon=True)
        thread.start()
        return thread

    def _wait_for_lookers(self) -> None:
        sweep(self._folder)
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with self._guard:
                full = len(self._lookers) >= LOOKERS or self not in _open_here
                if not full:
                    self._lookers.add(line)
            if full or not same_user(line):
                self._send_away(line)
                continue
            with self._guard:
                self._threads = [one for one in self._threads if one.is_alive()]
                self._threads.append(self._begin(self._answer, line))

    def _send_away(self, line: socket.socket) -> None:
        with self._guard:
            self._lookers.discard(line)
        line.close()

    def _answer(self, line: socket.socket) -> None:
        """All that one looker asks, on a cursor of this thread."""
        watch, over = None, threading.Event()
        try:
            send(line, self._version)
            watch = self._begin(_until_gone, line, over, self._db.own_cursor().interrupt)
            while True:
                self._reply(line, *receive(line))
        except (OSError, EOFError, ValueError, TypeError, CuratorError):
            pass  # Gone, or not one of ours: nothing is owed to it.
        finally:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            over.set()
            if watch is not None:
                watch.join()
            self._db.end_thread()
            self._send_away(line)

    def _reply(self, line: socket.socket, verb: str, *given: Any) -> None:
        try:
            answer = _VERBS[verb](self._db, *given)
        except CuratorError as error:
            send(line, type(error).__name__, str(error))
        except Exception as error:  # Our own wrong SQL: a bug of whoever asks, told there.
            send(line, "bug", f"{type(error).__name__}: {error}")
        else:
            send(line, "", answer)


def _until_gone(line: socket.socket, over: threading.Event, interrupt: Any) -> None:
    """Wait until the other end is closed, and then end what it has asked."""
    gone = select.poll()
    gone.register(line, getattr(select, "POLLRDHUP", select.POLLHUP))
    with suppress(OSError, ValueError):
        gone.poll()
    # DuckDB forgets an interrupt that comes just before a query begins.
    while not over.wait(0.02):
        interrupt()


def _execute(db: Connection, sql: str, given: Any) -> Any:
    cursor = db.cursor
    cursor.check_reads(sql)
    cursor.execute(sql, given)
    told = [(column[0], str(column[1])) for column in cursor.description]
    check_kinds([kind for _, kind in told])
    return told


def _rows(db: Connection, size: int) -> Any:
    return db.cursor.fetchmany(max(1, min(size, ROWS)))


def _columns(db: Connection) -> list[Any]:
    return packed(db.cursor.by_column())


def _table(db: Connection, sql: str, given: Any) -> bytes:
    cursor = db.cursor
    cursor.check_reads(sql)
    return _told(cursor.table(sql, given))


def _register(db: Connection, name: str, table: bytes) -> None:
    import pyarrow as pa

    db.cursor.register(name, pa.ipc.open_stream(table).read_all())


def _backup(db: Connection, destination: str) -> int:
    from curator.store.backup import write_backup

    return write_backup(db, Path(destination))


def _unregister(db: Connection, name: str) -> None:
    db.cursor.unregister(name)


_VERBS: dict[str, Any] = {
    "execute": _execute, "rows": _rows, "columns": _columns, "table": _table,
    "register": _register, "unregister": _unregister,
    "backup": _backup,
}  # fmt: skip


def _told(table: Any) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    told: bytes = sink.getvalue().to_pybytes()
    return told


def _folder() -> Path:
    """A folder that this user alone may enter. Raises OSError where there is none."""
    user = os.getuid()
    # The name of a socket may have no more than about a hundred bytes; a TMPDIR may be longer.
    for root in filter(None, (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")):
        folder = Path(root) / f"hindsight-curator-{user}"
        if len(os.fsencode(folder)) >= 60:
            continue
        try:
            folder.mkdir(0o700, exist_ok=True)
            found = folder.lstat()
        except OSError:
            continue
        private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if private and found.st_uid == user:
            return folder
    raise OSError("no private folder for a socket")


def sweep(folder: Path) -> None:
    """Remove the sockets in this user's folder at which nobody answers: a process that was killed
    has left them. No name is ever used twice, so who comes at the same time does no harm."""
    with suppress(OSError):
        old = time.time() - STALE
        for path in (*folder.glob("*.socket"), *folder.glob(f"*.socket{NEW}")):
            with suppress(OSError):
                fresh = path.suffix == NEW and path.stat().st_mtime > old
                if not fresh and stat.S_ISSOCK(path.lstat().st_mode) and _is_dead(path):
                    path.unlink()


def _is_dead(path: Path) -> bool:
    # Of another kind, so that whoever lives is not bothered: it is told apart before it would hear.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        try:
            line.connect(str(path))
        except OSError as error:
            return error.errno == errno.ECONNREFUSED
        return False


_open_here: "weakref.WeakSet[Window]" = weakref.WeakSet()


def _abandon_all() -> None:
    for window in tuple(_open_here):
        window.abandon()


os.register_at_fork(after_in_child=_abandon_all)
