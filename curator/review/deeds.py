"""What a session has decided so far, and the decisions as they are made."""

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from curator.conversation import SETTLED, Decision, Verdict
from curator.review import blind
from curator.review.items import ReviewItem, Ticket
from curator.review.line import Line
from curator.review.pace import Pace, agreement, pace
from curator.verdicts import Head, Neighbour


def decision_on(item: ReviewItem, reviewer: str, verdict: Verdict, seconds: float) -> Decision:
    """A word on an item, not yet recorded; `op` is drawn."""
    return Decision(
        rewrite_id=item.rewrite_id,
        conversation_id=item.rewrite.conversation_id,
        turn_index=item.turn_index,
        reviewer=reviewer,
        verdict=verdict,
        seconds=round(seconds, 3),
        op=uuid.uuid4().hex,
    )


def passed_over(rival: Neighbour, taken: Decision) -> Decision:
    """The rejection of another proposal for the turn whose answer was taken, in the same act."""
    return Decision(
        rival.rewrite_id, taken.conversation_id, rival.turn_index, taken.reviewer, "reject",
        reason="another proposal was taken", extra={"instead": taken.rewrite_id}, op=taken.op,
    )  # fmt: skip


class Deeds:
    """The verdicts of this session by ticket, and what they add up to."""

    def __init__(self) -> None:
        self.verdicts: dict[Ticket, Verdict] = {}
        self.undone = 0
        #: Settled because another proposal for the same turn was: no work of their own.
        self._passed: set[Ticket] = set()
        #: Those of both that were settled since the line under review was drawn.
        self._settled_here: set[Ticket] = set()
        self._passed_here: set[Ticket] = set()
        #: How often each verdict stands, without those.
        self._counts: Counter[Verdict] = Counter()
        self._blind: dict[int, dict[str, Any]] = {}
        #: Of items that somebody else had settled: whether the word was the same, by decision.
        self._same: dict[int, bool] = {}

    def turn(self) -> None:
        """Another line is under review: what was settled before is not part of it."""
        self._settled_here.clear()
        self._passed_here.clear()

    def is_settled(self, ticket: Ticket) -> bool:
        """Whether the ticket was settled in this session."""
        return self.verdicts.get(ticket) in SETTLED

    def note(self, line: Line, acts: Sequence[Decision]) -> None:
        """Take in acts that stand: the sums, and what neighbours should know of them."""
        for act in acts:
            if act.extra.get("blind") and act.seq is not None:
                self._blind[act.seq] = act.extra
            ticket = line.neighbour(act.rewrite_id) if act.extra.get("instead") else None
            if ticket is not None:
                self._unsay(ticket)
                if ticket in line.tickets:
                    self._passed.add(ticket)
                    self._passed_here.add(ticket)
                self._say(ticket, act.verdict)
                line.touch([ticket])
        if acts and acts[0].verdict in SETTLED:
            line.heard([_head(act) for act in acts])

    def compare(self, before: Head | None, said: Decision) -> None:
        """Note whether a verdict agrees with the one that another person had given before."""
        if before is None or before.reviewer in ("", said.reviewer) or said.seq is None:
            return
        if before.settled and said.verdict in SETTLED:
            self._same[said.seq] = (before.verdict == "reject") == (said.verdict == "reject")

    def settle(self, ticket: Ticket, verdict: Verdict) -> None:
        """Note the verdict on an item; a skip leaves a settled one settled."""
        if not (verdict == "skip" and self.is_settled(ticket)):
            self._say(ticket, verdict)

    def look_up(self, line: Line, tickets: Collection[Ticket]) -> None:
        """Take over what the store says of tickets whose papers were just read anew."""
        heads = []
        for ticket in tickets:
            papers = line.papers(ticket)
            self._unsay(ticket)
            self._passed.discard(ticket)
            self._passed_here.discard(ticket)
            if papers is None:
                continue
            if papers.head is not None and papers.head.verdict is not None:
                self._say(ticket, papers.head.verdict)
            rewrite = papers.rewrite
            blank = Head(papers.rewrite_id, rewrite.conversation_id, rewrite.turn_index)
            heads.append(papers.head or blank)
        line.heard(heads)

    def forget(self, acts: Sequence[Decision]) -> None:
        """Take back what was summed of acts that were undone."""
        for act in acts:
            self._blind.pop(act.seq or 0, None)
            self._same.pop(act.seq or 0, None)

    def pace(self, line: Line, minutes: float) -> Pace:
        """The numbers of the session."""
        unchanged, unread = len(line.unchanged), line.unread
        looked_at = len(line.tickets) - unread
        same = min(round(unread * unchanged / max(looked_at, 1)), max(unread - 1, 0))
        total = len(line.tickets) - unchanged - same - len(self._passed_here)
        found = pace(self._counts, total, unchanged, self.undone, minutes)
        left = total - len(self._settled_here - self._passed)
        return msgspec.structs.replace(found, left=left, about=bool(unread and unchanged))

    def _say(self, ticket: Ticket, verdict: Verdict) -> None:
        self._unsay(ticket)
        self.verdicts[ticket] = verdict
        self._counts[verdict] += ticket not in self._passed
        if verdict in SETTLED:
            self._settled_here.add(ticket)

    def _unsay(self, ticket: Ticket) -> None:
        verdict = self.verdicts.pop(ticket, None)
        if verdict is not None:
            self._counts[verdict] -= ticket not in self._passed
            self._settled_here.discard(ticket)

    def agreement(self) -> list[str]:
        """How often this session's verdicts are those that others had given."""
        return agreement(self._same.values())

    def blind_sentences(self) -> list[str]:
        """What the blind choices of this session say."""
        return blind.sentences(blind.tally(self._blind.values()))


def _head(act: Decision) -> Head:
    return Head(
        act.rewrite_id, act.conversation_id, act.turn_index, act.verdict, act.content,
        seq=act.seq or 0,
    )  # fmt: skip
