"""One reviewer at work.

What asks the store, and so may block: opening, `begin`, `prefetch`, `again`, `decide` and its kin,
`flag`, `mark`, `retry`, `undo`, `redo`, `jump`, `admit`, `autosave`. `item`, `next`, `previous` and
`beside` do only where nothing was prefetched. Everything else is memory. All calls may come from
any thread.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec

from curator.conversation import Decision, Verdict
from curator.errors import CuratorError, ReadOnly
from curator.filters.views import QueueSpec
from curator.progress import Progress
from curator.review import blind
from curator.review.deeds import Deeds, decision_on, passed_over
from curator.review.items import Desk, ReviewItem, Ticket, Unsaved, as_item
from curator.review.jumps import Jumps
from curator.review.line import WINDOW, Line
from curator.review.memory import Memory
from curator.review.noting import Noting
from curator.review.pace import Pace, Watch, summary
from curator.review.roaming import BEGINNING, Roaming

#: What is said about an item without settling it or moving on.
MARKS = ("flag", "unflag", "mark")


class Session(Noting, Roaming):
    """A queue, a position and what was decided. `item` is None when the queue is at its end."""

    def __init__(
        self,
        desk: Desk,
        reviewer: str,
        clock: Callable[[], float] = time.monotonic,
        spec: QueueSpec = BEGINNING,
    ) -> None:
        self.reviewer, self.spec = reviewer, spec
        #: Set while a decision could not be saved: show it, and call `retry` when there is room.
        self.unsaved: Unsaved | None = None
        self._desk = desk
        self._clock = clock
        self._lock = threading.RLock()
        self._jumps = Jumps()
        self.begin()

    # the queue ------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Draw the queue from the store and go to where this reviewer left off."""
        with self._lock:
            self._line = Line(self._desk, self.reviewer, self._lock, self.spec)
            self._deeds = Deeds()
            self._memory = Memory(self._desk, self.reviewer)
            self._go_back()
            self._line.rest()
            self._watch = Watch(self._clock)

    @property
    def item(self) -> ReviewItem | None:
        """What is under review now."""
        with self._lock:
            ticket = self._line.here
            if ticket is None:
                return None
            if self._line.papers(ticket) is None:
                self._line.fetch()
            return self._item(self._line.at)

    def prefetch(self, window: int = WINDOW, least: int | None = None) -> bool:
        """Fetch the next items once fewer than `least` are here (by default half of the window), so
        that moving on asks nothing of the store; whether any were fetched. For a worker thread:
        deciding goes on meanwhile."""
        return self._line.fetch(window, least)

    def ahead(self, count: int) -> list[ReviewItem]:
        """The next items already fetched, nearest first: for laying them out before their turn."""
        with self._lock:
            near = [self._item(at) for at, _ in self._line.ahead(count)]
            return [item for item in near if item is not None]

    def next(self) -> bool:
        """Go to the next item without deciding; False at the end of the queue."""
        return self._move(+1)

    def previous(self) -> bool:
        """Go back to the item before; False at the start."""
        return self._move(-1)

    def again(self) -> bool:
        """Go to the first item that is still pending (skipped ones too); False if none is."""
        with self._lock:
            for at, ticket in enumerate(self._line.tickets):
                if self._deeds.is_settled(ticket) or ticket in self._line.unchanged:
                    continue
                before = self._place
                self._line.at = at
                self._line.rest()
                self._watch.begin()
                self._jumped(before)
                return self._line.here is not None
            return False

    def beside(self, step: int) -> bool:
        """Go to the next (or last) proposal of the same chat: those for the same turn first, then
        those for its other turns. The queue goes on from there; False where there is none."""
        with self._lock:
            item = self.item
            if item is None:
                return False
            ids = [n.rewrite_id for n in item.neighbours]
            at = ids.index(item.rewrite_id) + step if item.rewrite_id in ids else -1
            if not 0 <= at < len(ids):
                return False
            self._watch.turn()
            self._line.pull(item.neighbours[at].ticket, step)
            return True

    def admit(self, rewrite_id: str) -> bool:
        """Put a rewrite made meanwhile behind the present item; False where there is none."""
        with self._lock:
            return self._line.admit(rewrite_id)

    # deciding -------------------------------------------------------------------------------------

    def decide(
        self,
        verdict: Verdict,
        content: str | None = None,
        reason: str = "",
        extra: dict[str, Any] | None = None,
    ) -> Decision:
        """Save a verdict on the item and move on; it is durable when this returns.

        Taking one of several proposals for a turn settles the others too: one act, one undo.
        Where it cannot be saved, the item stays, `unsaved` says why, and the error is raised.
        """
        with self._lock:
            item = self._here()
            seen = {"later": True} if item.saw_later else {}
            decision = self._decision(verdict, content, reason, {**seen, **(extra or {})})
            self._memory.use((), reason)
            rivals = item.rivals if verdict in ("accept", "edit") else ()
            return self._save(decision, tuple(passed_over(n, decision) for n in rivals))

    def judge(self, side: blind.Side) -> Decision:
        """Say blindly which side is better; a tie keeps the old answer."""
        with self._lock:
            item = self._here()
            verdict, extra = blind.judged(
                side, self.reviewer, item.rewrite_id, item.before, item.after
            )
            return self.decide(verdict, extra={**extra, **blind.labelled(item.rewrite)})

    def accept(self, reason: str = "") -> Decision:
        """Take the rewrite."""
        return self.decide("accept", reason=reason)

    def reject(self, reason: str = "") -> Decision:
        """Keep the old answer."""
        return self.decide("reject", reason=reason)

    def skip(self) -> Decision:
        """Leave it pending, for later or for someone else."""
        return self.decide("skip")

    def edit(self, content: str, reason: str = "") -> Decision:
        """Settle on a text of one's own."""
        return self.decide("edit", content, reason)

    def retry(self) -> Decision | None:
        """Save again what could not be saved; None where nothing waits. Never saves it twice."""
        with self._lock:
            unsaved = self.unsaved
            return self._save(unsaved.decision, unsaved.also) if unsaved else None

    def give_up(self) -> None:
        """Drop the decision that could not be saved; the item is pending as before."""
        self.unsaved = None

    def undo(self, progress: Progress | None = None) -> list[Decision]:
        """Take back this reviewer's last act, of whatever day, and go to its item; [] if none."""
        with self._lock:
            taken = self._desk.undo(self.reviewer, progress)
            self._deeds.undone += bool(taken)
            return self._return_to("undo", taken)

    def redo(self, progress: Progress | None = None) -> list[Decision]:
        """Restore what was undone last and go to its item; [] if nothing waits."""
        with self._lock:
            restored = self._desk.redo(self.reviewer, progress)
            self._deeds.undone -= bool(restored)
            return self._return_to("redo", restored)

    @property
    def progress(self) -> Pace:
        """How far, how fast, and what was decided in this session."""
        with self._lock:
            minutes = (self._watch.worked + self._watch.seconds()) / 60
            return self._deeds.pace(self._line, minutes)

    def summary(self) -> list[str]:
        """The sentences to end a session with."""
        said = summary(self.progress, self.unsaved, self._many)
        more = self._deeds.agreement(), self._deeds.blind_sentences()
        return [*said, *self.said_of_many(), *(line for lines in more for line in lines)]

    def _here(self) -> ReviewItem:
        item = self.item
        if item is None:
            raise CuratorError("there is nothing under review; the queue is at its end")
        return item

    def _item(self, at: int) -> ReviewItem | None:
        papers = self._line.papers(self._line.tickets[at])
        if papers is None:
            return None
        return as_item(papers, at + 1, len(self._line.tickets), self._memory)

    def _move(self, step: int) -> bool:
        with self._lock:
            self._watch.turn()
            return self._line.step(step)

    def _decision(
        self, verdict: Verdict, content: str | None, reason: str, extra: dict[str, Any]
    ) -> Decision:
        decision = decision_on(self._here(), self.reviewer, verdict, self._watch.seconds())
        return msgspec.structs.replace(decision, content=content, reason=reason, extra=extra)

    def _save(self, decision: Decision, also: tuple[Decision, ...] = ()) -> Decision:
        try:
            acts = self._desk.record([decision, *also])
        except ReadOnly:
            raise  # there is nothing to try again
        except CuratorError as error:
            self.unsaved = Unsaved(decision, str(error), also)
            raise
        self.unsaved = None
        saved = acts[0]
        ticket = self._line.join(saved.rewrite_id)
        if saved.verdict in MARKS:
            self._line.refetch([ticket])
            return saved
        self._deeds.note(self._line, acts)
        self._move_on(ticket, saved)
        return saved

    def _move_on(self, ticket: Ticket, saved: Decision) -> None:
        """Note a verdict and go to the next item that is not settled."""
        self._deeds.settle(ticket, saved.verdict)
        papers = self._line.papers(ticket)
        self._deeds.compare(papers.head if papers is not None else None, saved)
        if self._memory.drafts.get(saved.rewrite_id) or (papers is not None and papers.draft):
            self._memory.keep(saved.rewrite_id, None)
        self._line.touch([ticket])
        self._watch.turn()
        line = self._line
        line.at = min(line.at + 1, len(line.tickets))
        while line.here is not None and self._deeds.is_settled(line.here):
            line.at += 1
        line.rest()

    def _return_to(self, verb: str, acts: list[Decision]) -> list[Decision]:
        if not acts:
            return []
        self._memory.travel(verb, acts)
        before = self._place
        seen = {self._line.known(decision.rewrite_id): None for decision in acts}
        if len(acts) > 1:
            self._line.redraw(keep={*self._deeds.verdicts, *seen})
        first = self._line.join(acts[0].rewrite_id)
        tickets = [ticket for ticket in {first: None, **seen} if ticket is not None]
        self._line.refetch(tickets)
        self._deeds.look_up(self._line, tickets)
        if verb == "redo":
            self._deeds.note(self._line, acts)
        else:
            self._deeds.forget(acts)
        self._watch.turn()
        self._line.go_to(first)
        self._jumped(before)
        return acts


def open_session(desk: Desk, reviewer: str, spec: QueueSpec = BEGINNING) -> Session:
    """A session for a named reviewer, at the place where they left off."""
    return Session(desk, reviewer, spec=spec)
