"""Row groups on their way to disk: two are compressed at a time, each is committed in its turn.

DuckDB compresses a row group in one thread, inside the transaction that brings it. Two transactions
on two cursors keep two cores busy; since they are committed in the order of the rows, turns lie on
disk as their chats follow each other, and a kill leaves the first of them.
"""

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from curator.errors import StoreError
from curator.store.connection import Connection
from curator.store.cursor import Cursor
from curator.store.waiting import Group

#: How many row groups are compressed at a time, and how many bytes this process may then have in
#: memory: with more it is one at a time, which needs some 150 MB less.
AT_ONCE, ROOMY = 2, 840 << 20

Columns = Mapping[str, Sequence[Any]]


class Job(NamedTuple):
    """A row group (if any) being compressed, and the conversations to commit with it."""

    group: Group | None
    heads: Columns
    pressed: "Future[Cursor] | None"


class Presses:
    """Takes row groups from one thread; `committed` is told of each as soon as it is on disk.

    After an error nothing more is written. Close it in any case.
    """

    def __init__(self, connection: Connection, most: int, committed: Callable[[Job], None]) -> None:
        self._db, self._most, self._committed = connection, most, committed
        self._pool = ThreadPoolExecutor(AT_ONCE, "press")
        self._cursors: list[Cursor] = []
        self._idle: list[Cursor] = []
        self._jobs: deque[Job] = deque()

    def put(self, group: Group | None, heads: Columns) -> None:
        """Begin to compress `group`; when it is committed, so are `heads`. Waits while two are at
        work already, or while those at work and this one have more than `most` bytes of text."""
        size = group.size if group else 0
        while self._jobs and self._busy() + size > self._most:
            self._commit()
        self.make_room()
        pressed = None if group is None else self._pool.submit(self._press, group, self._cursor())
        self._jobs.append(Job(group, heads, pressed))
        self.look()

    def make_room(self) -> None:
        """Wait until a further group could be begun at once: better before the next one is filled
        than after it, with the memory of one more."""
        most = 1 if cramped() else AT_ONCE
        while len(self._jobs) >= most:
            self._commit()

    def look(self) -> None:
        """Commit what is compressed by now."""
        while self._jobs and _ready(self._jobs[0]):
            self._commit()

    def finish(self) -> None:
        """Wait for all of it, and commit it."""
        while self._jobs:
            self._commit()

    def close(self) -> None:
        """Stop; what is not committed is given up."""
        self._pool.shutdown(cancel_futures=True)
        self._jobs.clear()
        for cursor in self._cursors:
            cursor.close()
        self._cursors.clear()
        self._idle.clear()

    def _busy(self) -> int:
        return sum(job.group.size for job in self._jobs if job.group)

    def _cursor(self) -> Cursor:
        if not self._idle:
            cursor = self._db.fresh_cursor()
            self._cursors.append(cursor)
            return cursor
        return self._idle.pop()

    def _press(self, group: Group, cursor: Cursor) -> Cursor:
        """The cursor, in a transaction that has the rows."""

        def attempt() -> Cursor:
            cursor.execute("begin")
            try:
                return cursor.insert("turns", group.columns())
            except StoreError:
                cursor.execute("rollback")
                raise

        return self._db.fed(attempt)

    def _commit(self) -> None:
        """Commit the first job."""
        job = self._jobs.popleft()
        if job.pressed is None:
            if job.heads:
                self._db.insert("conversations", job.heads)
        else:
            cursor = job.pressed.result()
            with self._db.writing:
                if job.heads:
                    cursor.insert("conversations", job.heads)
                cursor.execute("commit")
            self._idle.append(cursor)
        self._committed(job)


def cramped() -> bool:
    """Whether the process has more in memory than it should, as far as the system tells."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return False
    return pages * os.sysconf("SC_PAGE_SIZE") > ROOMY


def _ready(job: Job) -> bool:
    return job.pressed is None or job.pressed.done()
