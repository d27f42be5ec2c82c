"""What is kept while one reviews: drafts and the place, every two seconds but not in full flow."""

from time import monotonic
from typing import TYPE_CHECKING, cast

from textual.message import Message

from curator.review import Session
from curator.tui.screens.paged import PagedScreen
from curator.tui.work import Done, tidy

if TYPE_CHECKING:
    from curator.tui.app import ReviewApp

#: Seconds between two rounds of saving.
SAVED_EVERY = 2.0
#: Seconds after a decision in which another one is likely; the place is saved after at most so
#: many rounds of that, right after an item was drawn: then the next key is furthest away. Its
#: commit costs some 30 ms of two cores, and a place of so long ago still leads to the right item:
#: what was decided since is in the journal, and is passed over.
IN_FLOW, PUT_OFF = 1.0, 12


class KeepingScreen(PagedScreen[None]):
    """Has the writer keep drafts and the place of a session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._draft: str | None = None
        #: When an item was last decided, and how often saving the place was put off for that.
        self._decided = float("-inf")
        self._put_off = 0

    @property
    def curator(self) -> "ReviewApp":
        """The app, as what it is."""
        return cast("ReviewApp", self.app)

    def keep_draft(self, draft: str) -> None:
        """Have the writer hold what is being typed, so that a crash costs two seconds of it."""
        self._draft = draft
        self.curator.work.act("draft", lambda: self.session.draft(draft), self.post_message)

    def _autosave(self) -> None:
        draft = self.curator.draft
        if draft is not None and draft != self._draft:
            self.keep_draft(draft)
        # The place is of no use to one who is deciding; nor is the wait for its commit.
        if monotonic() - self._decided < IN_FLOW:
            self._put_off += 1
        else:
            self._keep_place()

    def keep_if_due(self) -> None:
        """An item was drawn: have its place saved where that was put off often enough."""
        if self._put_off >= PUT_OFF:
            self._keep_place()

    def _keep_place(self) -> None:
        self._put_off = 0
        self.curator.work.act("autosave", self._save, self._if_it_failed)

    def _save(self) -> None:
        if self.session.autosave():
            tidy()

    def _if_it_failed(self, event: Message) -> None:
        if isinstance(event, Done) and event.error is not None and event.seen.unsaved is None:
            self.post_message(event)
