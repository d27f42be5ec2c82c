"""A reviewing session: the queue, the position in it, deciding and going back. No terminal here.

What touches the store, and so may block, says so: `begin`, `prefetch`, `decide` and its kin,
`undo`, `redo`, `retry`, `autosave`. `item` does only where nothing was prefetched. Everything else
is memory.
All calls may come from any thread; one at a time goes through.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from curator.conversation import SETTLED, Conversation, Decision, Rewrite, Signal, Turn, Verdict
from curator.errors import CuratorError
from curator.verdicts import Head

#: How many items ahead are fetched in one go; a window costs little more than one item.
WINDOW = 16
#: A pause longer than this (seconds) is a break, not slow reviewing.
BREAK = 120.0


class Ticket(Protocol):
    """A place in the queue; hashable, and known to the desk that gave it."""

    @property
    def rewrite(self) -> int: ...

    def __hash__(self) -> int: ...


class Papers(Protocol):
    """What a desk hands over for one ticket."""

    @property
    def ticket(self) -> Any: ...
    @property
    def rewrite_id(self) -> str: ...
    @property
    def rewrite(self) -> Rewrite: ...
    @property
    def conversation(self) -> Conversation: ...
    @property
    def signals(self) -> tuple[Signal, ...]: ...
    @property
    def head(self) -> Head | None: ...
    @property
    def draft(self) -> str | None: ...


class Desk(Protocol):
    """What a session needs of a store; `store.desk` is one."""

    def queue(self) -> Sequence[Any]: ...
    def ticket(self, rewrite_id: str) -> Any | None: ...
    def papers(self, tickets: Sequence[Any], reviewer: str) -> Sequence[Papers]: ...
    def record(self, decisions: Sequence[Decision]) -> list[Decision]: ...
    def undo(self, reviewer: str) -> list[Decision]: ...
    def redo(self, reviewer: str) -> list[Decision]: ...
    def place(self, reviewer: str) -> str | None: ...
    def keep_place(self, reviewer: str, rewrite_id: str) -> None: ...
    def keep_draft(self, reviewer: str, rewrite_id: str, draft: str | None) -> None: ...


class ReviewItem(msgspec.Struct, frozen=True):
    """One rewrite as a reviewer sees it.

    `before` is the answer that stands in the chat, `after` the proposal; `context` are the turns
    up to it and `later` those that followed (the hindsight). `number` counts from 1.
    """

    rewrite_id: str
    rewrite: Rewrite
    conversation: Conversation
    turn_index: int
    before: str
    after: str
    signals: tuple[Signal, ...]
    number: int
    of: int
    verdict: Verdict | None = None
    settled_as: str | None = None
    flagged: bool = False
    marks: dict[str, Any] = {}
    draft: str | None = None

    @property
    def context(self) -> tuple[Turn, ...]:
        """The conversation before the answer under review."""
        return self.conversation.turns[: self.turn_index]

    @property
    def later(self) -> tuple[Turn, ...]:
        """What was said after it."""
        return self.conversation.turns[self.turn_index + 1 :]


class Pace(msgspec.Struct, frozen=True):
    """How far this session is. `per_minute` leaves breaks out; `acceptance` is the share of the
    settled ones that were accepted or edited, None before the first."""

    total: int
    done: int
    skipped: int
    left: int
    accepted: int
    rejected: int
    edited: int
    undone: int
    unchanged: int
    minutes: float
    per_minute: float
    acceptance: float | None


class Unsaved(msgspec.Struct, frozen=True):
    """A decision that was made but is NOT in the store, and why."""

    decision: Decision
    error: str


class Session:
    """One reviewer at work. `item` is what is on the desk, None when the queue is at its end."""

    def __init__(
        self, desk: Desk, reviewer: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.reviewer = reviewer
        #: Set while a decision could not be saved: show it, and call `retry` when there is room.
        self.unsaved: Unsaved | None = None
        self._desk = desk
        self._clock = clock
        self._lock = threading.RLock()
        self._queue: list[Any] = []
        self._papers: dict[Any, Papers] = {}
        self._by_id: dict[str, Any] = {}
        self._drafts: dict[str, str | None] = {}
        self._unwritten: set[str] = set()
        self._unchanged: set[Any] = set()
        self._done: dict[Any, Verdict] = {}
        self._undone = 0
        self._worked = 0.0
        self._at = 0
        self._placed: str | None = None
        self._since = clock()
        self.begin()

    # the queue ------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Draw the queue from the store and go to where this reviewer left off."""
        with self._lock:
            self._queue = list(self._desk.queue())
            self._papers.clear()
            self._done.clear()
            self._at = 0
            place = self._desk.place(self.reviewer)
            ticket = self._desk.ticket(place) if place else None
            if ticket in self._queue:
                self._at = self._queue.index(ticket)
            self._placed = place
            self._settle_down(+1)

    @property
    def item(self) -> ReviewItem | None:
        """What is under review now."""
        with self._lock:
            ticket = self._ticket()
            if ticket is None:
                return None
            if ticket not in self._papers:
                self.prefetch()
            return self._item(self._papers[ticket])

    def prefetch(self, window: int = WINDOW) -> None:
        """Fetch the next items, so that moving on asks nothing of the store. For a worker thread:
        the desk can be used while this reads."""
        with self._lock:
            ahead = self._queue[self._at : self._at + window]
            wanted = [ticket for ticket in ahead if ticket not in self._papers]
        if not wanted:
            return
        found = self._desk.papers(wanted, self.reviewer)
        with self._lock:
            for papers in found:
                if papers.ticket not in self._papers:
                    self._take_in(papers)
            self._forget_far()

    def ahead(self, count: int) -> list[ReviewItem]:
        """The next items already fetched, nearest first: for laying them out before their turn."""
        with self._lock:
            near = self._queue[self._at + 1 : self._at + 1 + 4 * count]
            fetched = [t for t in near if t in self._papers and t not in self._unchanged]
            return [
                self._item(self._papers[ticket], self._queue.index(ticket, self._at) + 1)
                for ticket in fetched[:count]
            ]

    def next(self) -> bool:
        """Go to the next item without deciding; False at the end of the queue."""
        return self._move(+1)

    def previous(self) -> bool:
        """Go back to the item before; False at the start."""
        return self._move(-1)

    def again(self) -> bool:
        """Go to the first item that is still pending (skipped ones too); False if none is."""
        with self._lock:
            for at, ticket in enumerate(self._queue):
                pending = self._done.get(ticket) not in SETTLED
                if pending and ticket not in self._unchanged:
                    self._at = at
                    self._settle_down(+1)
                    return self._ticket() is not None
            return False

    # deciding -------------------------------------------------------------------------------------

    def decide(self, verdict: Verdict, content: str | None = None, reason: str = "") -> Decision:
        """Save a verdict on the item and move on; it is durable when this returns.

        Where it cannot be saved, the item stays, `unsaved` says why, and the error is raised.
        """
        with self._lock:
            decision = self._save(self._decision(verdict, content, reason, {}))
            self._after(decision)
            return decision

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
            item = self._here()
            return self._save(
                self._decision("unflag" if item.flagged else "flag", None, "", {}), mark=True
            )

    def mark(self, **marks: Any) -> Decision:
        """Set `tags`, `note`, `score` (None clears one); the verdict and the item stay."""
        with self._lock:
            return self._save(self._decision("mark", None, "", marks), mark=True)

    def retry(self) -> Decision | None:
        """Save again what could not be saved; None where nothing waits. Never saves it twice."""
        with self._lock:
            if self.unsaved is None:
                return None
            decision = self.unsaved.decision
            mark = decision.verdict in ("flag", "unflag", "mark")
            saved = self._save(decision, mark=mark)
            if not mark:
                self._after(saved)
            return saved

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
            item = self._here()
            self._drafts[item.rewrite_id] = text
            self._unwritten.add(item.rewrite_id)

    def autosave(self) -> None:
        """Write changed drafts and the place in the queue. Call it every two seconds and at the
        end; it does nothing where nothing changed."""
        with self._lock:
            for rewrite_id in tuple(self._unwritten):
                self._desk.keep_draft(self.reviewer, rewrite_id, self._drafts.get(rewrite_id))
                self._unwritten.discard(rewrite_id)
            ticket = self._ticket()
            papers = self._papers.get(ticket) if ticket is not None else None
            if papers is not None and papers.rewrite_id != self._placed:
                self._desk.keep_place(self.reviewer, papers.rewrite_id)
                self._placed = papers.rewrite_id

    # how it goes ----------------------------------------------------------------------------------

    @property
    def progress(self) -> Pace:
        """How far, how fast, and what was decided in this session."""
        with self._lock:
            counts = {v: list(self._done.values()).count(v) for v in (*SETTLED, "skip")}
            done = counts["accept"] + counts["reject"] + counts["edit"]
            total = len(self._queue) - len(self._unchanged)
            minutes = (self._worked + min(self._clock() - self._since, BREAK)) / 60
            return Pace(
                total=total,
                done=done,
                skipped=counts["skip"],
                left=total - done,
                accepted=counts["accept"],
                rejected=counts["reject"],
                edited=counts["edit"],
                undone=self._undone,
                unchanged=len(self._unchanged),
                minutes=minutes,
                per_minute=done / minutes if minutes > 0 else 0.0,
                acceptance=(counts["accept"] + counts["edit"]) / done if done else None,
            )

    def summary(self) -> list[str]:
        """The sentences to end a session with."""
        pace = self.progress
        if not pace.done and not pace.skipped:
            return [f"Nothing was decided; {pace.left} left."]
        said = [
            f"{pace.done} decided in {pace.minutes:.1f} minutes ({pace.per_minute:.1f} a minute): "
            f"{pace.accepted} accepted, {pace.rejected} rejected, {pace.edited} edited.",
            f"{pace.left} left" + (f", {pace.skipped} of them skipped." if pace.skipped else "."),
        ]
        if pace.undone:
            said.append(f"{pace.undone} taken back.")
        if self.unsaved:
            said.append(f"One decision is NOT saved: {self.unsaved.error}")
        return said

    # inside ---------------------------------------------------------------------------------------

    def _ticket(self) -> Any | None:
        return self._queue[self._at] if self._at < len(self._queue) else None

    def _here(self) -> ReviewItem:
        item = self.item
        if item is None:
            raise CuratorError("there is nothing under review; the queue is at its end")
        return item

    def _item(self, papers: Papers, number: int | None = None) -> ReviewItem:
        head, turn = papers.head, papers.rewrite.turn_index
        return ReviewItem(
            rewrite_id=papers.rewrite_id,
            rewrite=papers.rewrite,
            conversation=papers.conversation,
            turn_index=turn,
            before=papers.conversation.turns[turn].content,
            after=papers.rewrite.content,
            signals=papers.signals,
            number=number or self._at + 1,
            of=len(self._queue),
            verdict=head.verdict if head else None,
            settled_as=head.content if head else None,
            flagged=head.flagged if head else False,
            marks=head.marks if head else {},
            draft=self._drafts.get(papers.rewrite_id, papers.draft),
        )

    def _take_in(self, papers: Papers) -> None:
        ticket, turn = papers.ticket, papers.rewrite.turn_index
        self._papers[ticket] = papers
        self._by_id[papers.rewrite_id] = ticket
        before = papers.conversation.turns[turn].content
        if before == papers.rewrite.content and ticket not in self._done:
            self._unchanged.add(ticket)

    def _forget_far(self) -> None:
        if len(self._papers) > 8 * WINDOW:
            near = set(self._queue[max(0, self._at - 2 * WINDOW) : self._at + 4 * WINDOW])
            self._papers = {t: p for t, p in self._papers.items() if t in near}

    def _settle_down(self, step: int) -> None:
        """Move over rewrites that changed nothing: there is nothing to judge in them."""
        while (ticket := self._ticket()) is not None:
            if ticket not in self._papers:
                self.prefetch()
            if ticket not in self._papers:  # its conversation is gone
                self._unchanged.add(ticket)
            if ticket not in self._unchanged:
                break
            if self._at + step < 0:
                self._settle_down(+1)
                break
            self._at += step
        self._since = self._clock()

    def _move(self, step: int) -> bool:
        with self._lock:
            if not 0 <= self._at + step <= len(self._queue):
                return False
            self._count_time()
            before = self._at
            self._at += step
            self._settle_down(step)
            return self._at != before and self._ticket() is not None

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
            seconds=round(min(self._clock() - self._since, BREAK), 3),
            extra=extra,
            op=uuid.uuid4().hex,
        )

    def _save(self, decision: Decision, mark: bool = False) -> Decision:
        try:
            saved = self._desk.record([decision])[0]
        except CuratorError as error:
            self.unsaved = Unsaved(decision, str(error))
            raise
        self.unsaved = None
        if mark:
            self._refresh([self._by_id[decision.rewrite_id]])
        return saved

    def _after(self, decision: Decision) -> None:
        """Note a saved verdict and go to the next item that is not settled."""
        ticket = self._by_id[decision.rewrite_id]
        if not (decision.verdict == "skip" and self._done.get(ticket) in SETTLED):
            self._done[ticket] = decision.verdict
        self._drafts.pop(decision.rewrite_id, None)
        self._papers.pop(ticket, None)
        if self._placed == decision.rewrite_id:
            self._placed = None
        self._count_time()
        self._at = min(self._at + 1, len(self._queue))
        while (ahead := self._ticket()) is not None and self._done.get(ahead) in SETTLED:
            self._at += 1
        self._settle_down(+1)

    def _count_time(self) -> None:
        self._worked += min(self._clock() - self._since, BREAK)

    def _return_to(self, acts: list[Decision]) -> list[Decision]:
        if not acts:
            return []
        tickets = [t for d in acts if (t := self._known(d.rewrite_id)) is not None]
        self._refresh(tickets)
        for ticket in tickets:
            papers = self._papers[ticket]
            verdict = papers.head.verdict if papers.head else None
            if verdict is None:
                self._done.pop(ticket, None)
            else:
                self._done[ticket] = verdict
        if tickets:
            self._count_time()
            self._at = self._queue.index(tickets[0])
            self._since = self._clock()
        return acts

    def _known(self, rewrite_id: str) -> Any | None:
        """The ticket of a rewrite; one of an earlier session joins the queue here."""
        ticket = self._by_id.get(rewrite_id) or self._desk.ticket(rewrite_id)
        if ticket is not None and ticket not in self._queue:
            self._queue.insert(self._at, ticket)
        return ticket

    def _refresh(self, tickets: Sequence[Any]) -> None:
        for papers in self._desk.papers(tickets, self.reviewer):
            self._unchanged.discard(papers.ticket)
            self._papers[papers.ticket] = papers
            self._by_id[papers.rewrite_id] = papers.ticket


def open_session(desk: Desk, reviewer: str) -> Session:
    """A session for a named reviewer, at the place where they left off."""
    return Session(desk, reviewer)
