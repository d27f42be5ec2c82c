"""The queue of a session: where one is in it, and the papers fetched ahead."""

import threading
from collections.abc import Collection, MutableSequence, Sequence

import msgspec

from curator.filters.views import QueueSpec
from curator.review.items import Desk, Papers, Ticket, before
from curator.review.kept import Kept
from curator.verdicts import Head

#: How many items ahead are fetched where somebody waits, and how many where nobody does: a window
#: costs little more than one item.
NEAR, WINDOW = 16, 320


class Line:
    """Tickets in a row and a position among them, which is the end's when nothing is left there.

    The lock is the session's. Reading ahead does not hold it while the desk is being asked.
    """

    def __init__(self, desk: Desk, reviewer: str, lock: threading.RLock, spec: QueueSpec) -> None:
        self._desk = desk
        self._spec = spec
        self._reviewer = reviewer
        self._lock = lock
        self.tickets: MutableSequence[Ticket] = desk.queue(spec)
        self.at = 0
        #: Rewrites that say what the old answer said: nothing to judge, so they are passed over.
        self.unchanged: set[Ticket] = set()
        self._papers = Kept()
        self._by_id: dict[str, Ticket] = {}
        self._asked_for: set[Ticket] = set()
        self._clock = self._gone = 0
        self._touched: dict[Ticket, int] = {}

    @property
    def here(self) -> Ticket | None:
        """The ticket at the present position."""
        return self.tickets[self.at] if self.at < len(self.tickets) else None

    @property
    def unread(self) -> int:
        """How many of the line were never looked at: some may be unchanged, too."""
        return max(len(self.tickets) - len(self._by_id) - self._gone, 0)

    def papers(self, ticket: Ticket | None) -> Papers | None:
        """The papers of a ticket, if they were fetched."""
        return self._papers.get(ticket)

    def fetch(self, window: int = NEAR, least: int | None = None) -> bool:
        """Fetch the papers from the position on that are not here yet, once fewer than `least` are
        (by default half of the window: to ask costs nearly the same for one as for many). Asks the
        desk; whether it did."""
        with self._lock:
            window = self._papers.room_for(window)
            least = max(min(window // 2 if least is None else least, window), 1)
            if self._has(least):
                return False
            ahead = self.tickets[self.at : self.at + window]
            wanted = [ticket for ticket in ahead if self._is_unknown(ticket)]
            begun = self._clock
        if not wanted or ahead.index(wanted[0]) >= least:
            return False
        found = self._desk.papers(wanted, self._reviewer)
        with self._lock:
            for papers in found:
                # What was decided while this was read knows better.
                if self._touched.get(papers.ticket, 0) <= begun:
                    self._take_in(papers)
            for ticket in set(wanted) - {papers.ticket for papers in found}:
                self.unchanged.add(ticket)  # its conversation is gone
                self._gone += 1
            self._forget_far()
        return True

    def _has(self, count: int) -> bool:
        """Whether so many are here, by a look at the next and at the last one of them. What was
        read in one go is here in one piece; a hole is found when one comes near."""
        end = min(self.at + count, len(self.tickets))
        near = {*range(self.at, min(self.at + 4, end)), *range(max(self.at, end - 1), end)}
        return not any(self._is_unknown(self.tickets[at]) for at in near)

    def _is_unknown(self, ticket: Ticket) -> bool:
        """Whether there is something to fetch: not of a chat that was found to be gone."""
        return ticket not in self._papers and ticket not in self.unchanged

    def refetch(self, tickets: Sequence[Ticket]) -> None:
        """Fetch these anew: something was decided on them. They stay in the line, come what may."""
        self._asked_for.update(tickets)
        self._read_anew(tickets)

    def touch(self, tickets: Sequence[Ticket]) -> None:
        """What is known of these is out of date."""
        self._clock += 1
        for ticket in tickets:
            self._touched[ticket] = self._clock
            self._papers.drop(ticket)

    def step(self, step: int) -> bool:
        """Move, over what is unchanged; whether the position is another one and not the end's."""
        if not 0 <= self.at + step <= len(self.tickets):
            return False
        old, self.at = self.at, self.at + step
        self.rest(step)
        return self.at != old and self.here is not None

    def rest(self, step: int = 1) -> None:
        """Go on to the first item that is worth a look, turning round at the start."""
        while (ticket := self.here) is not None:
            if ticket not in self._papers and ticket not in self.unchanged:
                self.fetch()
            if ticket not in self.unchanged:
                self._gather(ticket)
                return
            if self.at + step < 0:
                step = 1
            self.at += step

    def go_to(self, ticket: Ticket) -> bool:
        """Make a ticket the present one; False where it is not in the line."""
        if ticket == self.here:
            return ticket is not None
        try:
            self.at = self.tickets.index(ticket)
        except ValueError:
            return False
        return True

    def go_behind(self, others: Sequence[Ticket]) -> None:
        """Go to the first of these that is in the line, where one is."""
        next((ticket for ticket in others if self.go_to(ticket)), None)

    def join(self, rewrite_id: str) -> Ticket | None:
        """The ticket of a rewrite. One that is not in the line (decided on another day) comes in
        at the present position; None where there is no such rewrite."""
        ticket = self._by_id.get(rewrite_id) or self._desk.ticket(rewrite_id)
        if ticket is not None and ticket != self.here and ticket not in self.tickets:
            self.tickets.insert(self.at, ticket)
        return ticket

    def pull(self, ticket: Ticket, step: int) -> None:
        """Bring a ticket from anywhere beside the present one, and go there."""
        self._take_out(ticket)
        self.at += step > 0 and self.here is not None
        self.tickets.insert(self.at, ticket)
        self._asked_for.add(ticket)
        self.unchanged.discard(ticket)

    def admit(self, rewrite_id: str) -> bool:
        """Put a rewrite that has just been made behind the present item; False where there is no
        such rewrite. Asks the desk, also for the papers of that chat."""
        ticket = self._desk.ticket(rewrite_id)
        if ticket is None:
            return False
        self._take_out(ticket)
        self.tickets.insert(min(self.at + 1, len(self.tickets)), ticket)
        self.refetch([ticket])
        if (papers := self._papers.get(ticket)) is not None:
            chat = papers.rewrite.conversation_id
            self._read_anew([p.ticket for p in self._papers if p.rewrite.conversation_id == chat])
        return True

    def neighbour(self, rewrite_id: str) -> Ticket | None:
        """The ticket of a rewrite that stands beside one whose papers are here."""
        for ticket in self._papers.beside(rewrite_id):
            papers = self._papers.get(ticket)
            for n in papers.neighbours if papers is not None else ():
                if n.rewrite_id == rewrite_id:
                    # Its own papers may never be fetched, nor these be here when it is undone.
                    self._by_id[rewrite_id] = n.ticket
                    return n.ticket
        return None

    def heard(self, heads: Sequence[Head]) -> None:
        """Let the papers that are here already know of verdicts on their neighbours."""
        for head in heads:
            for ticket in self._papers.beside(head.rewrite_id):
                papers = self._papers.get(ticket)
                if papers is None:
                    continue
                near = tuple(
                    msgspec.structs.replace(
                        n, verdict=head.verdict, settled_as=head.content, seq=head.seq
                    )
                    if n.rewrite_id == head.rewrite_id
                    else n
                    for n in papers.neighbours
                )
                # A protocol cannot say that papers are structs; every desk's are.
                self._papers.put(msgspec.structs.replace(papers, neighbours=near))  # type: ignore[type-var]

    def known(self, rewrite_id: str) -> Ticket | None:
        """The ticket of a rewrite that was seen in this session."""
        return self._by_id.get(rewrite_id)

    def redraw(self, keep: Collection[Ticket]) -> None:
        """Draw the queue again after many decisions at once: what is no longer due leaves the line
        unless it is to be kept, and what has become due joins its end. Asks the desk."""
        due = self._desk.queue(self._spec)
        stay, standing = {*due, *keep}, set(self.tickets)
        staying = [ticket for ticket in self.tickets if ticket in stay]
        del self.tickets[:]
        self.tickets.extend(staying)
        self.tickets.extend(ticket for ticket in due if ticket not in standing)
        self.at = min(self.at, len(self.tickets))

    def ahead(self, count: int) -> list[tuple[int, Papers]]:
        """The next positions whose papers are here already, nearest first."""
        near = range(self.at + 1, min(self.at + 1 + 4 * count, len(self.tickets)))
        fetched = [
            (at, papers)
            for at in near
            if self.tickets[at] not in self.unchanged
            and (papers := self._papers.get(self.tickets[at])) is not None
        ]
        return fetched[:count]

    def _read_anew(self, tickets: Sequence[Ticket]) -> None:
        self.touch(tickets)
        for papers in self._desk.papers(tickets, self._reviewer):
            self._take_in(papers)

    def _gather(self, ticket: Ticket) -> None:
        """Have the other proposals for the same turn that are still to come follow at once."""
        papers = self._papers.get(ticket)
        if papers is None or len(papers.neighbours) < 2:
            return
        turn = papers.rewrite.turn_index
        wanted = [
            n.ticket
            for n in papers.neighbours
            if n.turn_index == turn and not n.settled and n.ticket != ticket
        ]
        next_ = self.at + 1
        if set(self.tickets[next_ : next_ + len(wanted)]) == set(wanted):
            return
        for rival in reversed(wanted):
            try:
                self.tickets.pop(self.tickets.index(rival, next_))
            except ValueError:
                continue  # it was passed before
            self.tickets.insert(next_, rival)

    def _take_out(self, ticket: Ticket) -> None:
        if ticket in self.tickets:
            at = self.tickets.index(ticket)
            del self.tickets[at]
            self.at -= at < self.at

    def _take_in(self, papers: Papers) -> None:
        ticket = papers.ticket
        self._papers.put(papers)
        self._by_id[papers.rewrite_id] = ticket
        if before(papers) == papers.rewrite.content and ticket not in self._asked_for:
            self.unchanged.add(ticket)
        else:
            self.unchanged.discard(ticket)

    def _forget_far(self) -> None:
        self._papers.forget(set(self.tickets[max(0, self.at - 2 * NEAR) : self.at + 2 * WINDOW]))
