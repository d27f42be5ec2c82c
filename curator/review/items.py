"""The nouns of reviewing, and what a session asks of whoever keeps the papers."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from curator.conversation import Conversation, Decision, Rewrite, Signal, Turn, Verdict
from curator.verdicts import Head

#: A place in the queue: anything hashable that the desk gave out and knows again.
Ticket = Any


class Papers(Protocol):
    """What a desk hands over for one ticket."""

    @property
    def ticket(self) -> Ticket: ...
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
    """What a session needs of a store; `store.desk` is one. All of it may block, and raises
    `CuratorError`; what writes is durable when it returns."""

    def queue(self) -> Sequence[Ticket]: ...
    def ticket(self, rewrite_id: str) -> Ticket | None: ...
    def papers(self, tickets: Sequence[Ticket], reviewer: str) -> Sequence[Papers]: ...
    def record(self, decisions: Sequence[Decision]) -> list[Decision]: ...
    def undo(self, reviewer: str) -> list[Decision]: ...
    def redo(self, reviewer: str) -> list[Decision]: ...
    def place(self, reviewer: str) -> str | None: ...
    def keep_place(self, reviewer: str, rewrite_id: str) -> None: ...
    def keep_draft(self, reviewer: str, rewrite_id: str, draft: str | None) -> None: ...


class ReviewItem(msgspec.Struct, frozen=True):
    """One rewrite as a reviewer sees it.

    `before` is the answer that stands in the chat, `after` the proposal; `settled_as` is the text
    of an edit. `number` counts from 1.
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
        """What was said after it: the hindsight."""
        return self.conversation.turns[self.turn_index + 1 :]


class Pace(msgspec.Struct, frozen=True):
    """How far this session is. `per_minute` leaves breaks out; `acceptance` is the share of the
    settled ones that were accepted or edited, None before the first. `unchanged` rewrites say
    what the old answer said and were passed over."""

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


def before(papers: Papers) -> str:
    """The answer that stands in the chat."""
    return papers.conversation.turns[papers.rewrite.turn_index].content


def as_item(papers: Papers, number: int, of: int, draft: str | None) -> ReviewItem:
    """What a reviewer sees of these papers."""
    head = papers.head
    return ReviewItem(
        rewrite_id=papers.rewrite_id,
        rewrite=papers.rewrite,
        conversation=papers.conversation,
        turn_index=papers.rewrite.turn_index,
        before=before(papers),
        after=papers.rewrite.content,
        signals=papers.signals,
        number=number,
        of=of,
        verdict=head.verdict if head else None,
        settled_as=head.content if head else None,
        flagged=head.flagged if head else False,
        marks=head.marks if head else {},
        draft=draft,
    )


def summary(pace: Pace, unsaved: Unsaved | None) -> list[str]:
    """The sentences to end a session with."""
    if not pace.done and not pace.skipped:
        said = [f"Nothing was decided; {pace.left} left."]
    else:
        said = [
            f"{pace.done} decided in {pace.minutes:.1f} minutes ({pace.per_minute:.1f} a minute): "
            f"{pace.accepted} accepted, {pace.rejected} rejected, {pace.edited} edited.",
            f"{pace.left} left" + (f", {pace.skipped} of them skipped." if pace.skipped else "."),
        ]
    if pace.undone > 0:
        said.append(f"{pace.undone} taken back.")
    if unsaved:
        said.append(f"One decision is NOT saved: {unsaved.error}")
    return said
