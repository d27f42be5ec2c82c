"""One reviewer at work.

What asks the store, and so may block: opening, `begin`, `prefetch`, `again`, `decide` and its kin,
`flag`, `mark`, `retry`, `undo`, `redo`, `autosave`. `item`, `next` and `previous` do only where
nothing was prefetched. Everything else is memory. All calls may come from any thread.
"""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from curator.conversation import SETTLED, Decision, Verdict
from curator.errors import CuratorError
from curator.review.items import Desk, Pace, ReviewItem, Ticket, Unsaved, as_item, summary
from curator.review.line import WINDOW, Line

#: A pause longer than this (seconds) is a break, not slow reviewing.
BREAK = 120.0
#: What is said about an item without settling it or moving on.
MARKS: tuple[Verdict, ...] = ("flag", "unflag", "mark")


class Session:
    """A queue, a position and what was decided. `item` is None when the queue is at its end."""

    def __init__(
        self, desk: Desk, reviewer: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.reviewer = reviewer
        #: Set while a decision could not be saved: show it, and call `retry` when there is room.
        self.unsaved: Unsaved | None = None
        self._desk = desk
        self._clock = clock
        self._lock = threading.RLock()
        self.begin()

    # the queue ------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Draw the queue from the store and go to where this reviewer left off."""
        with self._lock:
            self._line = Line(self._desk, self.reviewer, self._lock)
            self._verdicts: dict[Ticket, Verdict] = {}
            self._drafts: dict[str, str | None] = {}
            self._unwritten: set[str] = set()
            self._undone = 0
            self._worked = 0.0
            self._place = self._desk.place(self.reviewer)
            if self._place is not None:
                self._line.go_to(self._desk.ticket(self._place))
            self._line.rest()
            self._since = self._clock()

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

    def prefetch(self, window: int = WINDOW) -> None:
        """Fetch the next items, so that moving on asks nothing of the store. For a worker thread:
        deciding goes on while this reads."""
        self._line.fetch(window)

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
                if self._verdicts.get(ticket) in SETTLED or ticket in self._line.unchanged:
                    continue
                self._line.at = at
                self._line.rest()
                self._since = self._clock()
                return self._line.here is not None
            return False

    # deciding -------------------------------------------------------------------------------------

    def decide(self, verdict: Verdict, content: str | None = None, reason: str = "") -> Decision:
        """Save a verdict on the item and move on; it is durable when this returns.

        Where it cannot be saved, the item stays, `unsaved` says why, and the error is raised.
        """
        with self._lock:
            return self._save(self._decision(verdict, content, reason, {}))

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

    def flag(self) -> Decision:
        """Set the flag of the item, or take it away; the item stays on the desk."""
        with self._lock:
            verb: Verdict = "unflag" if self._here().flagged else "flag"
            return self._save(self._decision(verb, None, "", {}))

    def mark(self, **marks: Any) -> Decision:
        """Set `tags`, `note`, `score` (None clears one); the verdict and the item stay."""
        with self._lock:
            return self._save(self._decision("mark", None, "", marks))

    def retry(self) -> Decision | None:
        """Save again what could not be saved; None where nothing waits. Never saves it twice."""
        with self._lock:
            return self._save(self.unsaved.decision) if self.unsaved else None

    def give_up(self) -> None:
        """Drop the decision that could not be saved; the item is pending as before."""
        self.unsaved = None

    def undo(self) -> list[Decision]:
        """Take back this reviewer's last act, of whatever day, and go to its item; [] if none."""
        with self._lock:
            taken = self._desk.undo(self.reviewer)
            self._undone += bool(taken)
            return self._return_to(taken)

    def redo(self) -> list[Decision]:
        """Restore what was undone last and go to its item; [] if nothing waits."""
        with self._lock:
            restored = self._desk.redo(self.reviewer)
            self._undone -= bool(restored)
            return self._return_to(restored)

    # drafts and places ----------------------------------------------------------------------------

    def draft(self, text: str | None) -> None:
        """Hold what is being typed on this item (None: nothing). Memory; see `autosave`."""
        with self._lock:
            self._set_draft(self._here().rewrite_id, text)

    def autosave(self) -> None:
        """Write changed drafts and the place in the queue. Call it every two seconds and at the
        end; it does nothing where nothing changed."""
        with self._lock:
            for rewrite_id in tuple(self._unwritten):
                self._desk.keep_draft(self.reviewer, rewrite_id, self._drafts.get(rewrite_id))
                self._unwritten.discard(rewrite_id)
            papers = self._line.papers(self._line.here)
            if papers is not None and papers.rewrite_id != self._place:
                self._desk.keep_place(self.reviewer, papers.rewrite_id)
                self._place = papers.rewrite_id

    # how it goes ----------------------------------------------------------------------------------

    @property
    def progress(self) -> Pace:
        """How far, how fast, and what was decided in this session."""
        with self._lock:
            counts = Counter(self._verdicts.values())
            done = sum(counts[verdict] for verdict in SETTLED)
            total = len(self._line.tickets) - len(self._line.unchanged)
            minutes = (self._worked + self._seconds()) / 60
            return Pace(
                total=total,
                done=done,
                skipped=counts["skip"],
                left=total - done,
                accepted=counts["accept"],
                rejected=counts["reject"],
                edited=counts["edit"],
                undone=max(self._undone, 0),
                unchanged=len(self._line.unchanged),
                minutes=minutes,
                per_minute=done / minutes if minutes > 0 else 0.0,
                acceptance=(counts["accept"] + counts["edit"]) / done if done else None,
            )

    def summary(self) -> list[str]:
        """The sentences to end a session with."""
        return summary(self.progress, self.unsaved)

    # inside ---------------------------------------------------------------------------------------

    def _here(self) -> ReviewItem:
        item = self.item
        if item is None:
            raise CuratorError("there is nothing under review; the queue is at its end")
        return item

    def _item(self, at: int) -> ReviewItem | None:
        papers = self._line.papers(self._line.tickets[at])
        if papers is None:
            return None
        draft = self._drafts.get(papers.rewrite_id, papers.draft)
        return as_item(papers, at + 1, len(self._line.tickets), draft)

    def _seconds(self) -> float:
        return min(self._clock() - self._since, BREAK)

    def _leave(self) -> None:
        self._worked += self._seconds()
        self._since = self._clock()

    def _move(self, step: int) -> bool:
        with self._lock:
            self._leave()
            return self._line.step(step)

    def _decision(
        self, verdict: Verdict, content: str | None, reason: str, extra: dict[str, Any]
    ) -> Decision:
        item = self._here()
        return Decision(
            rewrite_id=item.rewrite_id,
            conversation_id=item.rewrite.conversation_id,
            turn_index=item.turn_index,
            reviewer=self.reviewer,
            verdict=verdict,
            content=content,
            reason=reason,
            seconds=round(self._seconds(), 3),
            extra=extra,
            op=uuid.uuid4().hex,
        )

    def _save(self, decision: Decision) -> Decision:
        try:
            saved = self._desk.record([decision])[0]
        except CuratorError as error:
            self.unsaved = Unsaved(decision, str(error))
            raise
        self.unsaved = None
        ticket = self._line.join(saved.rewrite_id)
        if saved.verdict in MARKS:
            self._line.refetch([ticket])
        else:
            self._move_on(ticket, saved)
        return saved

    def _move_on(self, ticket: Ticket, saved: Decision) -> None:
        """Note a verdict and go to the next item that is not settled."""
        if not (saved.verdict == "skip" and self._verdicts.get(ticket) in SETTLED):
            self._verdicts[ticket] = saved.verdict
        papers = self._line.papers(ticket)
        if self._drafts.get(saved.rewrite_id) or (papers is not None and papers.draft):
            self._set_draft(saved.rewrite_id, None)
        self._line.touch([ticket])
        self._leave()
        line = self._line
        line.at = min(line.at + 1, len(line.tickets))
        while line.here is not None and self._verdicts.get(line.here) in SETTLED:
            line.at += 1
        line.rest()

    def _set_draft(self, rewrite_id: str, text: str | None) -> None:
        self._drafts[rewrite_id] = text
        self._unwritten.add(rewrite_id)

    def _return_to(self, acts: list[Decision]) -> list[Decision]:
        if not acts:
            return []
        seen = {self._line.known(decision.rewrite_id): None for decision in acts}
        if len(acts) > 1:
            self._line.redraw(keep={*self._verdicts, *seen})
        first = self._line.join(acts[0].rewrite_id)
        tickets = [ticket for ticket in {first: None, **seen} if ticket is not None]
        self._line.refetch(tickets)
        for ticket in tickets:
            papers = self._line.papers(ticket)
            verdict = papers.head.verdict if papers and papers.head else None
            self._verdicts.pop(ticket, None)
            if verdict is not None:
                self._verdicts[ticket] = verdict
        self._leave()
        self._line.go_to(first)
        return acts


def open_session(desk: Desk, reviewer: str) -> Session:
    """A session for a named reviewer, at the place where they left off."""
    return Session(desk, reviewer)
