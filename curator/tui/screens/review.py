"""The reading room: one item, and one key decides it."""

from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.message import Message

from curator.conversation import Verdict
from curator.errors import CuratorError
from curator.review import Session
from curator.tui import editor
from curator.tui.ink import Row
from curator.tui.keys import KEYS, Held, bindings
from curator.tui.page import VIEW_NAMES, Page, View
from curator.tui.screens.nothing import nothing_left
from curator.tui.screens.paged import PagedScreen
from curator.tui.widgets import bars
from curator.tui.widgets.rows import Bar, Rows
from curator.tui.work import Done, Laid, Seen, page_or_why_not

if TYPE_CHECKING:
    from curator.tui.app import ReviewApp

#: The longest text that is edited here; a longer one is for $EDITOR.
EDITED_HERE = 100_000


class ReviewScreen(PagedScreen[None]):
    """Shows what the writer last said there is to see, and hands it the next act."""

    BINDINGS = bindings()
    AUTO_FOCUS = "#page"

    def __init__(self, session: Session, seen: Seen) -> None:
        super().__init__()
        self.session = session
        self.seen = seen
        self.view = View()
        self.laid: Page | None = None
        self.held = Held(monotonic)
        #: An act that decides is under way, or its successor has not been drawn yet.
        self.busy = False
        self._notice: Row = ()
        self._heard = ""
        self._failed = ""
        self._draft: str | None = None

    @property
    def curator(self) -> "ReviewApp":
        """The app, as what it is."""
        return cast("ReviewApp", self.app)

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Rows(id="page")
        yield Bar(id="notice")
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self.set_interval(2.0, self._autosave)
        self.say(bars.remark(f"reviewing as {self.session.reviewer}", self.app.size.width))

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    def on_screen_resume(self) -> None:
        self.page.repaint()

    # drawing --------------------------------------------------------------------------------------

    @property
    def _columns(self) -> int:
        return max(self.page.scrollable_content_region.width, 20)

    def draw(self, stay: bool = False) -> None:
        """Draw what there is to see; the page is laid out by the reader where it is not ready."""
        width = self.app.size.width
        self.query_one("#head", Bar).row = bars.heading(self.seen.item, self.seen.pace, width)
        self.query_one("#keys", Bar).row = bars.footer(KEYS, width)
        item = self.seen.item
        if item is None:
            self._put_up(nothing_left(self.seen, self._columns), stay)
            return
        view, room = self.view, self._columns
        if len(item.before) + len(item.after) < 20_000:
            self._put_up(page_or_why_not(item, room, view), stay)
        else:
            self.curator.work.lay_out(item, room, view, self.post_message)
        self.curator.work.look_ahead(room, view)

    @on(Laid)
    def _laid(self, event: Laid) -> None:
        item = self.seen.item
        wanted = (self._columns, self.view)
        if item and item.rewrite_id == event.rewrite_id and (event.width, event.view) == wanted:
            self._put_up(event.laid)

    def _put_up(self, laid: Page, stay: bool = False) -> None:
        self.laid = laid
        rows = self.page
        rows.show(laid.rows, None if stay else laid.first_row(rows.size.height))
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        self.busy = False
        self._say_more()

    def say(self, row: Row) -> None:
        """Put a word in the bar above the keys."""
        self._notice = row
        self._say_more()

    def rolled(self) -> None:
        self._say_more()

    def _say_more(self) -> None:
        rows = self.page
        below = len(rows.rows) - rows.scroll_offset.y - rows.size.height
        self.query_one("#notice", Bar).row = bars.with_more(
            self._notice, below, self.app.size.width
        )

    def act(self, what: str, act: Any) -> None:
        """Have the writer do this; the screen says "…" until it is durable."""
        self.say(bars.saving(what, self.app.size.width))
        self.curator.work.act(what, act, self.post_message)

    @on(Done)
    def _done(self, event: Done) -> None:
        moved = self._key_of(event.seen) != self._key_of(self.seen)
        self.seen = event.seen
        width = self.app.size.width
        if event.seen.unsaved is not None:
            self._failed = event.what
        self.say(bars.outcome(event.what, event.result, event.seen.unsaved or event.error, width))
        self.draw(stay=not moved)

    @staticmethod
    def _key_of(seen: Seen) -> str | None:
        return seen.item.rewrite_id if seen.item else None

    def decide(self, verdict: Verdict, content: str | None = None, reason: str = "") -> None:
        """Settle the item; where the last verdict could not be saved, try that one again."""
        if self.busy or self.seen.item is None:
            return
        self.busy = True
        if self.seen.unsaved is not None and self._failed == verdict and content is None:
            self.act(verdict, self.session.retry)
            return
        self.session.give_up()
        self.act(verdict, lambda: self.session.decide(verdict, content, reason))

    def keep_draft(self, draft: str) -> None:
        """Have the writer hold what is being typed, so that a crash costs two seconds of it."""
        self._draft = draft
        self.curator.work.act("draft", lambda: self.session.draft(draft), self.post_message)

    def _autosave(self) -> None:
        draft = self.curator.draft
        if draft is not None and draft != self._draft:
            self.keep_draft(draft)
        self.curator.work.act("autosave", self.session.autosave, self._if_it_failed)

    def _if_it_failed(self, event: Message) -> None:
        if isinstance(event, Done) and event.error is not None:
            self.post_message(event)

    # keys -----------------------------------------------------------------------------------------

    def action_decide(self, verdict: Verdict) -> None:
        answer = self.held.hear(verdict)
        if answer == "act":
            self.decide(verdict)
        elif answer == "wait" and self.seen.item is not None:
            heard = self._heard = f"{verdict} {monotonic()}"
            shown = self.seen.item.rewrite_id
            self.set_timer(Held.REPEAT + 0.02, lambda: self._decide_late(verdict, heard, shown))
        else:
            self._heard = ""

    def _decide_late(self, verdict: Verdict, heard: str, rewrite_id: str) -> None:
        """The key was pressed twice, not held: nothing followed."""
        if self._heard == heard and self._key_of(self.seen) == rewrite_id:
            self.decide(verdict)

    def action_undo(self) -> None:
        self.act("undo", self.session.undo)

    def action_redo(self) -> None:
        self.act("redo", self.session.redo)

    def action_go(self, step: int) -> None:
        if self.seen.item is None and step > 0:
            self.act("move", self.session.again)
        else:
            self.act("move", self.session.next if step > 0 else self.session.previous)

    def action_flag(self) -> None:
        if self.seen.item is not None:
            self.act("flag", self.session.flag)

    def action_score(self, score: int) -> None:
        if (item := self.seen.item) is not None:
            same = item.marks.get("score") == score
            self.act("mark", lambda: self.session.mark(score=None if same else score))

    def action_tag(self) -> None:
        if (item := self.seen.item) is not None:
            tags = " ".join(str(tag) for tag in item.marks.get("tags") or ())
            self.curator.ask(
                "tags, with blanks between", tags,
                lambda said: self._mark(tags=said.replace("#", " ").split() or None),
            )  # fmt: skip

    def action_note(self) -> None:
        if (item := self.seen.item) is not None:
            note = str(item.marks.get("note") or "")
            self.curator.ask("note", note, lambda said: self._mark(note=said.strip() or None))

    def _mark(self, **marks: Any) -> None:
        self.act("mark", lambda: self.session.mark(**marks))

    def action_reject_because(self) -> None:
        if self.seen.item is not None:
            self.curator.ask(
                "why not?", "", lambda said: self.decide("reject", reason=said.strip())
            )

    def action_edit(self, start: str) -> None:
        item = self.seen.item
        if item is None:
            return
        text = item.before if start == "old" else item.settled_as or item.after
        if start == "new" and item.draft is not None:
            text = item.draft
        if len(text) > EDITED_HERE:
            self.say(bars.remark("too long to edit here; E opens it in $EDITOR", self._columns))
            return
        self.curator.edit(item, text)

    def action_external_edit(self) -> None:
        item = self.seen.item
        if item is None:
            return
        text = item.draft if item.draft is not None else item.settled_as or item.after
        try:
            with self.curator.lent_terminal():
                written = editor.edited(text)
        except CuratorError as error:
            self.say(bars.remark(str(error), self.app.size.width))
            return
        if written == text:
            self.say(bars.remark("the text was left as it is; nothing was decided", self._columns))
        else:
            self.decide("edit", written)

    def action_cycle_view(self) -> None:
        self.view = self.view.turned()
        self.say(bars.remark(VIEW_NAMES[self.view.layout], self.app.size.width))
        self.draw(stay=True)

    def action_toggle_later(self) -> None:
        self.view = View(self.view.layout, not self.view.later, self.view.notes, self.view.blanks)
        self.draw(stay=True)
        if self.view.later and self.laid is not None:
            self.bring_up(self.laid.later_at)

    def action_toggle_notes(self) -> None:
        self.view = View(self.view.layout, self.view.later, not self.view.notes, self.view.blanks)
        self.draw(stay=True)

    def action_toggle_blanks(self) -> None:
        self.view = View(self.view.layout, self.view.later, self.view.notes, not self.view.blanks)
        self.draw(stay=True)

    def action_toggle_theme(self) -> None:
        self.curator.turn_theme()
        self.page.repaint()
        for bar in self.query(Bar):
            bar.refresh()

    def action_hunk(self, step: int) -> None:
        """To the next (or last) place where a change begins, put a third down the screen."""
        if self.laid is None or not self.laid.changes:
            return
        rows = self.page
        here = rows.scroll_offset.y + rows.size.height // 3
        found = [at for at in self.laid.changes if (at > here if step > 0 else at < here)]
        if found:
            self.bring_up(found[0] if step > 0 else found[-1])
        else:
            self.say(bars.remark("no further change that way", self.app.size.width))

    def action_help(self) -> None:
        self.curator.help()

    def action_leave(self) -> None:
        self.curator.farewell(self.seen)
