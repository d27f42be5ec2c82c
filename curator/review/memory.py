"""What a session remembers beyond the papers: drafts, the place, whose later turns were seen."""

from curator.review.items import Desk


class Memory:
    """One reviewer's. Drafts and the place are written by `write`, and only where they changed."""

    def __init__(self, desk: Desk, reviewer: str) -> None:
        self._desk = desk
        self.reviewer = reviewer
        #: The rewrite that this reviewer was last known to look at.
        self.place = desk.place(reviewer)
        self.drafts: dict[str, str | None] = {}
        self.saw_later: set[str] = set()
        self._unwritten: set[str] = set()

    def keep(self, rewrite_id: str, draft: str | None) -> None:
        """Hold what is being typed on an item; None drops it."""
        self.drafts[rewrite_id] = draft
        self._unwritten.add(rewrite_id)

    def write(self, here: str | None) -> None:
        """Write changed drafts, and the place where it is another one."""
        for rewrite_id in tuple(self._unwritten):
            self._desk.keep_draft(self.reviewer, rewrite_id, self.drafts.get(rewrite_id))
            self._unwritten.discard(rewrite_id)
        if here is not None and here != self.place:
            self._desk.keep_place(self.reviewer, here)
            self.place = here
