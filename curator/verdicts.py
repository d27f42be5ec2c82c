"""Where a rewrite stands, folded from the decisions made on it: pure, no store in sight."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from curator.conversation import SETTLED, VERDICTS, Decision, Settlement, Verdict
from curator.errors import DataError

#: What takes back or restores another decision; every other verdict is an act of its own.
TIME_TRAVEL: tuple[Verdict, ...] = ("undo", "redo")


class Head(msgspec.Struct, frozen=True):
    """The present state of one rewrite.

    `verdict` is the last settling word that stands, or skip, or None where nobody has spoken;
    `seq` and `reviewer` are of the decision that gave it. Marks (a flag, tags, a note, a score)
    live beside the verdict and never change it.
    """

    rewrite_id: str
    conversation_id: str
    turn_index: int
    verdict: Verdict | None = None
    content: str | None = None
    flagged: bool = False
    marks: dict[str, Any] = {}
    reviewer: str = ""
    seq: int = 0

    @property
    def settled(self) -> bool:
        """Whether somebody has accepted, rejected or edited it."""
        return self.verdict in SETTLED


class Neighbour(msgspec.Struct, frozen=True):
    """Another proposal for the same chat, as one who judges its neighbour needs to know it.

    `ticket` is its place in the queue, `verdict` and `seq` those of its head, `content` the
    proposed text and `settled_as` the text of an edit."""

    ticket: Any
    rewrite_id: str
    turn_index: int
    model: str
    advice: str
    content: str
    verdict: Verdict | None = None
    settled_as: str | None = None
    seq: int = 0

    @property
    def settled(self) -> bool:
        """Whether somebody has accepted, rejected or edited it."""
        return self.verdict in SETTLED

    @property
    def stands(self) -> str | None:
        """The text that stands in the chat by this verdict; None where the old one does."""
        return {"accept": self.content, "edit": self.settled_as}.get(str(self.verdict))


def apply(head: Head | None, decision: Decision) -> Head:
    """The head after one more act (anything but an undo or redo, which need the whole history).

    A skip leaves a settled rewrite settled. `mark` merges `extra` into the marks; None clears one.
    """
    head = head or Head(decision.rewrite_id, decision.conversation_id, decision.turn_index)
    if decision.verdict in ("flag", "unflag"):
        return msgspec.structs.replace(head, flagged=decision.verdict == "flag")
    if decision.verdict == "mark":
        merged = {**head.marks, **decision.extra}
        return msgspec.structs.replace(
            head, marks={name: value for name, value in merged.items() if value is not None}
        )
    if decision.verdict == "skip" and head.settled:
        return head
    return msgspec.structs.replace(
        head,
        verdict=decision.verdict,
        content=decision.content,
        reviewer=decision.reviewer,
        seq=decision.seq or 0,
    )


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The acts that have not been taken back, in the order of their sequence numbers."""
    ordered = sorted(decisions, key=lambda decision: decision.seq or 0)
    undone: set[int] = set()
    for decision in ordered:
        if decision.undoes is not None and decision.verdict == "undo":
            undone.add(decision.undoes)
        elif decision.undoes is not None and decision.verdict == "redo":
            undone.discard(decision.undoes)
    return [
        decision
        for decision in ordered
        if decision.verdict not in TIME_TRAVEL and decision.seq not in undone
    ]


def reversal(act: Sequence[Decision], said: Sequence[Decision], reviewer: str) -> list[Decision]:
    """What `reviewer` would say to take back an act: an undo of each decision that stands, a redo
    where the act was itself an undo that stands, and the other way round. `said` are the undos and
    redos of the act's decisions, or of what it took back, oldest first. An undo stands while the
    last word is one: what took it back may have been taken back in its turn."""
    last = {decision.undoes: decision for decision in said}
    words = []
    for decision in act:
        travels = decision.verdict in TIME_TRAVEL
        target = decision.undoes if travels else decision.seq
        word = last.get(target)
        stands = (
            word is not None and word.verdict == decision.verdict
            if travels
            else (word is None or word.verdict == "redo")
        )
        if stands:
            verdict: Verdict = "redo" if decision.verdict == "undo" else "undo"
            words.append(
                Decision(
                    decision.rewrite_id, decision.conversation_id, decision.turn_index,
                    reviewer, verdict, undoes=target,
                )
            )  # fmt: skip
    return words


def fold(decisions: Sequence[Decision]) -> Head | None:
    """The head of one rewrite from its whole history, or None where there is none."""
    if not decisions:
        return None
    first = decisions[0]
    head = Head(first.rewrite_id, first.conversation_id, first.turn_index)
    for decision in standing(decisions):
        head = apply(head, decision)
    return head


def settlement(head: Head, before: str, after: str) -> Settlement:
    """How a settled head reads to an exporter, given the old answer and the proposed one."""
    chosen, other = {
        "accept": (after, before),
        "reject": (before, after),
        "edit": (head.content or "", before),
    }[str(head.verdict)]
    return Settlement(
        turn_index=head.turn_index,
        rewrite_id=head.rewrite_id,
        verdict=head.verdict or "skip",
        chosen=chosen,
        rejected=None if other == chosen else other,
        seq=head.seq,
    )


def check(decision: Decision) -> None:
    """Raise `DataError` where a person could not have meant this decision."""
    if decision.verdict not in VERDICTS or decision.verdict in TIME_TRAVEL:
        raise DataError(f"{decision.verdict!r} is not a decision; use one of {', '.join(VERDICTS)}")
    if decision.verdict == "edit" and not (decision.content or "").strip():
        raise DataError("an edit needs a text; reject the rewrite to keep the old answer")
    if decision.verdict in SETTLED and not decision.reviewer:
        raise DataError("a decision needs its reviewer's name; set --reviewer")
    for text in (decision.content or "", decision.reason, decision.reviewer):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"the text holds half a character at position {error.start + 1}; delete it"
            ) from error
