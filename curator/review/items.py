"""The nouns of reviewing, and what a session asks of whoever keeps the papers."""

from collections.abc import Mapping, MutableSequence, Sequence
from typing import Any, Protocol

import msgspec

from curator.conversation import Conversation, Decision, Rewrite, Signal, Turn, Verdict
from curator.filters.views import QueueSpec, State
from curator.progress import Progress
from curator.review.blind import new_is_left
from curator.verdicts import Head, Neighbour

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
    @property
    def neighbours(self) -> tuple[Neighbour, ...]: ...
    @property
    def turn_flags(self) -> tuple[Signal, ...]: ...


class Target(Protocol):
    """A rewrite that would be decided with many others; `marks` is JSON, where asked for."""

    @property
    def rewrite_id(self) -> str: ...
    @property
    def conversation_id(self) -> str: ...
    @property
    def turn_index(self) -> int: ...
    @property
    def marks(self) -> str: ...


class Queues(Protocol):
    """What is asked of whole queues; `store.queues` is one."""

    def count(self, spec: QueueSpec) -> int: ...
    def counts(self, where: str = "") -> Mapping[State, int]: ...
    def size(self, spec: QueueSpec, chats: Sequence[int] | None = None) -> tuple[int, int]: ...
    def sample(
        self, spec: QueueSpec, n: int, chats: Sequence[int] | None = None
    ) -> Sequence[Ticket]: ...
    def targets(
        self, spec: QueueSpec, chats: Sequence[int] | None = None, marks: bool = False
    ) -> Sequence[Target]: ...
    def known(self) -> Mapping[str, Sequence[str]]: ...
    def chats(self, where: str) -> Sequence[int]: ...


class Desk(Protocol):
    """What a session needs of a store; `store.desk` is one. All of it may block, and raises
    `CuratorError`; what writes is durable when it returns."""

    @property
    def queues(self) -> "Queues": ...
    def queue(self, spec: QueueSpec = ...) -> MutableSequence[Ticket]: ...
    def ticket(self, rewrite_id: str) -> Ticket | None: ...
    def papers(self, tickets: Sequence[Ticket], reviewer: str) -> Sequence[Papers]: ...
    def record(
        self, decisions: Sequence[Decision], progress: Progress | None = ...
    ) -> list[Decision]: ...
    def undo(self, reviewer: str, progress: Progress | None = ...) -> list[Decision]: ...
    def redo(self, reviewer: str, progress: Progress | None = ...) -> list[Decision]: ...
    def given(self) -> int: ...
    def all_chats(self) -> int: ...
    def used(self) -> tuple[Sequence[str], Sequence[str]]: ...
    def place(self, reviewer: str) -> tuple[str, str] | None: ...
    def keep_place(self, reviewer: str, rewrite_id: str, queue: str) -> None: ...
    def keep_draft(self, reviewer: str, rewrite_id: str, draft: str | None) -> None: ...


class ReviewItem(msgspec.Struct, frozen=True):
    """One rewrite as a reviewer sees it.

    `before` is the answer that stands in the chat, `after` the proposal; `settled_as` is the text
    of an edit. `number` counts from 1. `neighbours` are all proposals for this chat, by turn and
    age; `saw_later` that the later turns were unfolded; `new_left` where a blind eye finds it.
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
    neighbours: tuple[Neighbour, ...] = ()
    saw_later: bool = False
    new_left: bool = False
    turn_flags: tuple[Signal, ...] = ()

    @property
    def warnings(self) -> tuple[tuple[Signal, str], ...]:
        """What is flagged of the answer that stands and of its question, and which it is of."""
        turns = self.conversation.turns
        asked = next((i for i in range(self.turn_index, -1, -1) if turns[i].role == "user"), -1)
        whose = {self.turn_index: "old answer", asked: "question"}
        return tuple((f, whose[f.turn_index]) for f in self.turn_flags if f.turn_index in whose)

    @property
    def candidates(self) -> tuple[Neighbour, ...]:
        """The proposals for this turn, this one among them, oldest first."""
        return tuple(n for n in self.neighbours if n.turn_index == self.turn_index)

    @property
    def rivals(self) -> tuple[Neighbour, ...]:
        """The other proposals for this turn that nobody has settled."""
        return tuple(
            n for n in self.candidates if n.rewrite_id != self.rewrite_id and not n.settled
        )

    @property
    def replaced(self) -> dict[int, str]:
        """The other turns of the chat whose words were changed by a verdict, and the new words:
        what comes after the first of them answers a chat that is no longer so."""
        found: dict[int, tuple[int, str]] = {}
        for n in self.neighbours:
            text = n.stands
            if n.turn_index == self.turn_index or text is None:
                continue
            if n.seq > found.get(n.turn_index, (-1, ""))[0]:
                found[n.turn_index] = (n.seq, text)
        turns = self.conversation.turns
        return {at: text for at, (_, text) in found.items() if text != turns[at].content}

    @property
    def stale(self) -> bool:
        """Whether an earlier turn of the chat was changed since this answer was written."""
        return any(at < self.turn_index for at in self.replaced)

    @property
    def context(self) -> tuple[Turn, ...]:
        """The conversation before the answer under review."""
        return self.conversation.turns[: self.turn_index]

    @property
    def later(self) -> tuple[Turn, ...]:
        """What was said after it: the hindsight."""
        return self.conversation.turns[self.turn_index + 1 :]


class Unsaved(msgspec.Struct, frozen=True):
    """A decision that was made but is NOT in the store (with what follows from it), and why."""

    decision: Decision
    error: str
    also: tuple[Decision, ...] = ()


def before(papers: Papers) -> str:
    """The answer that stands in the chat."""
    return papers.conversation.turns[papers.rewrite.turn_index].content


class Memories(Protocol):
    """What a session knows of items beyond their papers; `review.memory` keeps it."""

    reviewer: str
    drafts: dict[str, str | None]
    saw_later: set[str]


def as_item(papers: Papers, number: int, of: int, memory: Memories) -> ReviewItem:
    """What a reviewer sees of these papers."""
    head = papers.head
    id_ = papers.rewrite_id
    return ReviewItem(
        rewrite_id=id_,
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
        draft=memory.drafts.get(id_, papers.draft),
        neighbours=papers.neighbours,
        saw_later=id_ in memory.saw_later,
        new_left=new_is_left(memory.reviewer, id_),
        turn_flags=papers.turn_flags,
    )
