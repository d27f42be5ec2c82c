"""What a session remembers beyond the papers: drafts, the place, whose later turns were seen."""

from collections.abc import Iterable

from curator.conversation import Decision
from curator.review.items import Desk

#: Reasons to reject, for those who have given none yet.
REASONS = (
    "wrong", "worse than the old one", "knows too much", "changes the meaning", "too long",
    "too short", "tone", "made up", "wrong language", "unsafe",
)  # fmt: skip


class Memory:
    """One reviewer's. Drafts and the place are written by `write`, and only where they changed."""

    def __init__(self, desk: Desk, reviewer: str) -> None:
        self._desk = desk
        self.reviewer = reviewer
        #: The rewrite that this reviewer was last known to look at, and the queue's command.
        self.place = desk.place(reviewer)
        self.drafts: dict[str, str | None] = {}
        self.saw_later: set[str] = set()
        self._unwritten: set[str] = set()
        used = desk.used()
        #: What was used before, the most used first; what is used now goes to the front.
        self.tags, self.reasons = [*used[0]], [*dict.fromkeys([*used[1], *REASONS])]

    def use(self, tags: Iterable[str], reason: str) -> None:
        """Offer these first from now on."""
        self.tags = [*dict.fromkeys([*tags, *self.tags])]
        self.reasons = [*dict.fromkeys([*([reason] if reason else []), *self.reasons])]

    def keep(self, rewrite_id: str, draft: str | None) -> None:
        """Hold what is being typed on an item; None drops it."""
        self.drafts[rewrite_id] = draft
        self._unwritten.add(rewrite_id)

    def travel(self, verb: str, acts: Iterable[Decision]) -> None:
        """Hold the text of an edit that was taken back as a draft, so that it can be gone on with;
        a redo lets go of it."""
        for act in acts:
            held = self.drafts.get(act.rewrite_id)
            if act.verdict != "edit" or not act.content:
                continue
            if verb == "undo" and not held:
                self.keep(act.rewrite_id, act.content)
            elif verb == "redo" and held == act.content:
                self.keep(act.rewrite_id, None)

    def write(self, here: tuple[str, str] | None) -> bool:
        """Write changed drafts, and the place (a rewrite, and the command of its queue) where it is
        another one; whether there was any."""
        changed = bool(self._unwritten)
        for rewrite_id in tuple(self._unwritten):
            self._desk.keep_draft(self.reviewer, rewrite_id, self.drafts.get(rewrite_id))
            self._unwritten.discard(rewrite_id)
        if here is not None and here != self.place:
            self._desk.keep_place(self.reviewer, *here)
            self.place, changed = here, True
        return changed
