"""What a session keeps beside its verdicts: flags and marks, drafts, what was seen, the place."""

import threading
from abc import ABC, abstractmethod
from typing import Any

from curator.conversation import Decision, Verdict
from curator.filters.views import QueueSpec
from curator.review.items import ReviewItem
from curator.review.line import Line
from curator.review.memory import Memory


class Noting(ABC):
    """The part of a session that settles nothing. What returns a decision is durable then."""

    #: The queue that is under review.
    spec: QueueSpec
    _line: Line
    _memory: Memory
    _lock: threading.RLock

    @abstractmethod
    def _here(self) -> ReviewItem:
        """The item under review. Raises `CuratorError` where there is none."""

    @abstractmethod
    def _decision(
        self, verdict: Verdict, content: str | None, reason: str, extra: dict[str, Any]
    ) -> Decision:
        """A word on that item, not yet recorded."""

    @abstractmethod
    def _save(self, decision: Decision, also: tuple[Decision, ...] = ()) -> Decision:
        """The decision as it was recorded, durable."""

    def saw_later(self) -> None:
        """Note that the later turns of the item were unfolded; its decision will say so."""
        with self._lock:
            item = self._here()
            ids = {item.rewrite_id, *(n.rewrite_id for n in item.candidates)}
            self._memory.saw_later.update(ids)

    def flag(self) -> Decision:
        """Set the flag of the item, or take it away; the item stays on the desk."""
        with self._lock:
            verb: Verdict = "unflag" if self._here().flagged else "flag"
            return self._save(self._decision(verb, None, "", {}))

    def mark(self, **marks: Any) -> Decision:
        """Set `tags`, `note`, `score` (None clears one); the verdict and the item stay."""
        with self._lock:
            self._memory.use(marks.get("tags") or (), "")
            return self._save(self._decision("mark", None, "", marks))

    def tags(self) -> list[str]:
        """The tags that were used before, for completion."""
        return self._memory.tags

    def reasons(self) -> list[str]:
        """The reasons that were given before, for completion."""
        return self._memory.reasons

    def draft(self, text: str | None) -> None:
        """Hold what is being typed on this item (None: nothing). Memory; see `autosave`."""
        with self._lock:
            self._memory.keep(self._here().rewrite_id, text)

    def autosave(self) -> bool:
        """Write changed drafts and the place in the queue. Call it every two seconds and at the
        end; it does nothing where nothing changed. Whether something did."""
        with self._lock:
            papers = self._line.papers(self._line.here)
            here = (papers.rewrite_id, self.spec.command()) if papers is not None else None
            return self._memory.write(here)
