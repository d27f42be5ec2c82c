"""The one writer that commits decisions: many at a time, when nobody presses a key.

A DuckDB commit costs forty times what the journal's sync does, and nearly the same for one
decision as for a hundred. So a decision is durable once it is in the journal, and comes into the
workspace with those that follow it. The same thread has room made in the journal.
"""

import threading
import time
from collections.abc import Callable

from curator.errors import StoreError

#: A decision waits for the commit until so many seconds have passed without another one: longer
#: than one who decides without haste takes for an item. The journal has it meanwhile.
QUIET = 3.0
#: Once so many wait they are committed, whatever else is going on; twice as many never wait.
MOST = 200


class Batching:
    """A thread that calls `settle` once it has been quiet, and `keep_up` when that is asked for; it
    is begun with the first decision."""

    def __init__(self, settle: Callable[[], None], keep_up: Callable[[], None]) -> None:
        self._settle, self._keep_up = settle, keep_up
        #: What this thread does after it was quiet.
        self.then: Callable[[], None] = lambda: None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._last = 0.0
        self._waiting = self._now = self._closed = False

    def hear(self, now: bool = False) -> None:
        """A decision was acknowledged and waits; with `now`, there is something to keep up with."""
        with self._changed:
            self._last = time.monotonic()
            self._now |= now
            if (self._waiting and not now) or self._closed:
                return
            self._waiting = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="batching", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Wait for what has begun; nothing is begun any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (due := self._due()) is not None:
            try:
                due()
                if due is self._settle:  # Nobody presses a key: nobody waits for what it takes.
                    self.then()
            except StoreError:
                # The journal has them. Whoever decides or reads next tries again, and tells.
                continue

    def _due(self) -> Callable[[], None] | None:
        """Wait until something is due; what it is, None at the end."""
        with self._changed:
            while not self._closed:
                rest = self._last + QUIET - time.monotonic()
                if self._now:
                    self._now = False
                    return self._keep_up
                if not self._waiting:
                    self._changed.wait()
                elif rest > 0:
                    self._changed.wait(rest)
                else:
                    self._waiting = False
                    return self._settle
            return None
