"""What a session does with whole queues: change to another, seek in it, decide on all of it; and
the way back from there."""

import threading
from collections.abc import Collection
from dataclasses import replace

from curator.conversation import Decision
from curator.filters.views import QueueSpec
from curator.progress import Progress
from curator.review import bulk
from curator.review.deeds import Deeds
from curator.review.items import Desk
from curator.review.jumps import Jumps, Place
from curator.review.line import Line
from curator.review.memory import Memory
from curator.review.pace import Watch

#: The queue that a session begins with.
BEGINNING = QueueSpec()
#: So many places behind one that was decided on are looked at for one that is still in the queue.
BEHIND = 500


class Roaming:
    """The part of a session that knows of other queues. All of it may ask the store."""

    reviewer: str
    #: The queue that is under review.
    spec: QueueSpec
    _desk: Desk
    _line: Line
    _memory: Memory
    _deeds: Deeds
    _watch: Watch
    _lock: threading.RLock
    _jumps: Jumps
    _many = 0

    @property
    def desk(self) -> Desk:
        """Whoever keeps the papers; reading from it is for any thread."""
        return self._desk

    def _go_back(self) -> None:
        """To where this reviewer was, or to what came behind it: a place that was decided on is no
        longer in the queue, where a kill came before the next one was kept. A queue that was asked
        for by its flags, and is not the one of last time, begins where it begins."""
        rewrite_id, queue = self._memory.place or ("", "")
        if not rewrite_id or not (self.spec.plain or queue == self.spec.command()):
            return
        ticket = self._desk.ticket(rewrite_id)
        if not ticket or self._line.go_to(ticket) or not self._line.tickets:
            return
        whole = self._desk.queue(replace(self.spec, state="all"))
        if ticket in whole:
            self._line.go_behind(whole[(at := whole.index(ticket) + 1) : at + BEHIND])

    def turn_to(self, spec: QueueSpec) -> int:
        """Review another queue, from its beginning; how long it is. Raises `ConfigError` for a
        filter or an order that cannot be, and then the old queue stays."""
        line = Line(self._desk, self.reviewer, self._lock, spec)
        with self._lock:
            self._jumps.leave(self._place)
            self._turn(spec, line)
            line.rest()
            return len(line.tickets)

    def jump(self, step: int) -> bool:
        """Back to where one was before the last search, undo, filter or other jump, or with a step
        of +1 forth again; False where there is no such place. An item that is no longer in its
        queue comes back into it, to be looked at."""
        with self._lock:
            here = self._place
            there = self._jumps.nearest(step, here)
            if there is None:
                return False
            if there.spec != self.spec:
                line = Line(self._desk, self.reviewer, self._lock, there.spec)
                self._turn(there.spec, line)
            self._watch.turn()
            line = self._line
            if there.ticket is None:
                line.at = len(line.tickets)
            elif not line.go_to(there.ticket):
                line.pull(there.ticket, 0)
            line.rest()
            self._jumps.went(step, here, there)
            return True

    @property
    def jumps(self) -> tuple[int, int]:
        """How many places lie behind, and how many ahead."""
        return self._jumps.ways

    @property
    def _place(self) -> Place:
        return Place(self.spec, self._line.here)

    def _jumped(self, before: Place) -> None:
        """Remember where one came from, where one is at another item now."""
        if self._place != before:
            self._jumps.leave(before)

    def _turn(self, spec: QueueSpec, line: Line) -> None:
        self._watch.turn()
        self.spec, self._line = spec, line
        self._deeds.turn()

    def renew(self) -> None:
        """Draw the queue anew, where it was touched from elsewhere: what this session did stays
        counted, unless that was taken back, and the item under review stays where it is due."""
        with self._lock:
            here = self._line.here
            self._line = Line(self._desk, self.reviewer, self._lock, self.spec)
            self._deeds.turn()
            standing = [t for t in self._line.tickets if t in self._deeds.verdicts]
            self._line.refetch(standing)
            self._deeds.look_up(self._line, standing)
            if here is not None:
                self._line.go_to(here)
            self._line.rest()
            self._watch.begin()

    def seek(self, chats: Collection[int], step: int) -> bool:
        """Go to the next (or last) item of one of these chats; False where there is none."""
        with self._lock:
            tickets, at = self._line.tickets, self._line.at
            ways = range(at + 1, len(tickets)) if step > 0 else range(at - 1, -1, -1)
            for place in ways:
                if tickets[place].conversation in chats:
                    before = self._place
                    self._watch.turn()
                    moved = self._line.step(place - at)
                    self._jumped(before)
                    return moved
            return False

    def decide_all(self, word: bulk.Word, progress: Progress | None = None) -> list[Decision]:
        """Say one word of every rewrite of this queue; durable when this returns, and one undo
        takes it all back. Raises what `bulk.carry_out` raises."""
        with self._lock:
            acts = bulk.carry_out(self._desk, self.spec, word, progress=progress)
            self._many += len(acts)
            self._line.redraw(keep=self._deeds.verdicts)
            self._line.touch(self._line.tickets)
            self._line.rest()
            self._watch.turn()
            return acts

    def said_of_many(self) -> list[str]:
        """The sentence on what was decided all at once."""
        return [f"{self._many:,} decided all at once."] if self._many else []
