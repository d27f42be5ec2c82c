"""Words sought in the texts themselves, where no index has them yet: stretch by stretch, so that
one is told how far it is and may stop; and what was read once is remembered while the process
lives, so that a count, a list and an act on it read the texts only once, and another try goes on
where the last one was stopped."""

import threading
from collections import OrderedDict
from typing import Any

from curator.filters.nodes import Words
from curator.filters.words import pattern
from curator.progress import Progress
from curator.store.connection import Connection
from curator.store.index_marks import Marks

#: Chats, and rewrites, that are read by one query: a quarter of a second of them.
STRETCH = 20_000
#: So many words are remembered, each with so many hits at most (16 bytes each).
REMEMBERED, MOST = 8, 2_000_000
#: So often (seconds) whoever waits for another thread that reads looks whether to stop.
PATIENCE = 0.2
TURNS = """
select ord, turn_index from turns where ord between $first and $last
and regexp_matches(content, $words)
"""
REWRITES = """
select ord, ord from rewrites where ord between $first and $last
and (regexp_matches(content, $words) or regexp_matches(criticism, $words))
"""


class Read:
    """What was read of one table for some words: all from number `first` to before `next`."""

    def __init__(self, sql: str, first: int) -> None:
        self.sql, self.first, self.next = sql, first, first
        self.parts: list[Any] = []
        self.hits = 0

    def go_on(self, db: Connection, words: str, last: int) -> int:
        """Read a stretch more of what there is up to `last`; how many numbers it has."""
        import numpy as np

        end = min(self.next + STRETCH - 1, last)
        asked = {"first": self.next, "last": end, "words": words}
        found = db.cursor.execute(self.sql, asked).fetchall()
        if found:
            self.parts.append(np.array(found, np.int64))
            self.hits += len(found)
        count, self.next = end + 1 - self.next, end + 1
        return count

    def beyond(self, first: int) -> Any:
        """The hits from the number `first` on: an array of two columns."""
        import numpy as np

        whole = np.concatenate(self.parts) if self.parts else np.empty((0, 2), np.int64)
        self.parts = [whole] * bool(self.hits)
        return whole[whole[:, 0] >= first]


class WordReading:
    """Reads what an index lacks. Any thread may ask; one reads at a time."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._reading = threading.Lock()
        self._known: OrderedDict[Words, tuple[Read, Read]] = OrderedDict()

    def lacking(self, words: Words, marks: Marks) -> int:
        """How many chats and rewrites would have to be read."""
        turns, rewrites = self._begun(words, marks)
        return sum(max(last + 1 - read.next, 0) for read, last in self._ends(turns, rewrites))

    def hits(self, words: Words, marks: Marks, progress: Progress) -> tuple[Any, Any]:
        """Where the words are said beyond the marks: turns as (ord, turn index), and the numbers
        of rewrites, those that were taken back too. `progress` may raise `Cancelled`: what was read
        by then is known the next time."""
        while not self._reading.acquire(timeout=PATIENCE):
            progress.step(0)
        try:
            reads, asked = self._begun(words, marks), pattern(words)
            self._known[words] = reads
            for read, last in self._ends(*reads):
                while read.next <= last:
                    progress.step(read.go_on(self._db, asked, last))
            return reads[0].beyond(marks.ord + 1), reads[1].beyond(marks.rewrite + 1)[:, 0]
        finally:
            self._forget()
            self._reading.release()

    def _begun(self, words: Words, marks: Marks) -> tuple[Read, Read]:
        """What was read so far, where that is of use: from the marks on without a gap."""
        known = self._known.get(words)
        firsts = (marks.ord + 1, marks.rewrite + 1)
        if known is not None and all(
            read.first <= first <= read.next and read.next <= last + 1
            for (read, last), first in zip(self._ends(*known), firsts, strict=True)
        ):
            return known
        return Read(TURNS, firsts[0]), Read(REWRITES, firsts[1])

    def _ends(self, turns: Read, rewrites: Read) -> tuple[tuple[Read, int], tuple[Read, int]]:
        """Each with the last number that there is now."""
        last = self._db.next_number
        return (turns, last("conversations", "ord") - 1), (rewrites, last("rewrites", "ord") - 1)

    def _forget(self) -> None:
        for words in [w for w, reads in self._known.items() if sum(r.hits for r in reads) > MOST]:
            del self._known[words]
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
