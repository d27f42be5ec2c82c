"""The desk of the reading room: draws what there is to see, and hands the writer the next act."""

import asyncio
from dataclasses import replace
from time import monotonic
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult

from curator.conversation import Verdict
from curator.review import Session
from curator.tui.answers import View
from curator.tui.at_work import in_short
from curator.tui.ink import Row
from curator.tui.keys import Held
from curator.tui.page import Page
from curator.tui.screens.keeping import SAVED_EVERY, KeepingScreen
from curator.tui.screens.nothing import nothing_left
from curator.tui.widgets import bars
from curator.tui.widgets.feet import KeyBar
from curator.tui.widgets.rows import Bar, Rows
from curator.tui.work import Done, Laid, Seen, page_or_why_not, unlit

#: Of a small screen, the chat above the two answers has this share, and at least so many rows.
CHAT_SHARE, CHAT_LEAST = 4, 2
#: Texts up to this size (characters) are laid out at once; longer ones by the reader.
AT_ONCE = 20_000
#: An act that is durable within so many seconds is told once: an earlier word costs a repaint.
TOLD_AFTER = 0.05


class DeskScreen(KeepingScreen):
    """Shows what the writer last said there is to see, and hands it the next act.

    Where both answers cannot be in sight on one page, they stand in two panes below the chat,
    which scroll together; Tab goes between the chat and them.
    """

    AUTO_FOCUS = "#page"
    ROOM: ClassVar[str] = "review"

    def __init__(self, session: Session, seen: Seen) -> None:
        super().__init__(session)
        self.seen = seen
        self.view = View()
        self.laid: Page | None = None
        self.held = Held(monotonic)
        #: An act that decides is under way, or its successor has not been drawn yet.
        self.busy = False
        #: The answers stand in panes, and it is the chat above them that scrolls.
        self.parted = False
        self.in_chat = False
        self._notice: Row = ()
        self._failed = ""
        self._waiting: tuple[str, asyncio.TimerHandle] | None = None

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Rows(id="page")
        for side in ("left", "right"):
            yield Bar(id=f"{side}-title", classes="pane")
            yield Rows(id=side, classes="pane")
        yield Bar(id="notice")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.set_interval(SAVED_EVERY, self._autosave)
        self.say(bars.remark(f"reviewing as {self.session.reviewer}", self.app.size.width))

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    def on_screen_resume(self) -> None:
        self.page.repaint()

    # drawing --------------------------------------------------------------------------------------

    @property
    def width(self) -> int:
        """The cells of a bar."""
        return self.app.size.width

    @property
    def _columns(self) -> int:
        # Not what the page measures: that is nothing yet where the app was just brought back.
        return max(self.width - 1, 20)

    @property
    def _height(self) -> int:
        return max(self.app.size.height - 3, 1)

    def draw(self, stay: bool = False) -> None:
        """Draw what there is to see; the page is laid out by the reader where it is not ready."""
        self.tell_work()
        absent = () if self.seen.item is None or self.seen.item.later else ("toggle_later",)
        keys = bars.footer(self.curator.live["review"], self.width, self.mode, absent)
        self.query_one("#keys", Bar).row = keys
        item = self.seen.item
        if item is None:
            where = self.session.spec.where
            page = nothing_left(self.seen, self._columns, self.curator.called, where)
            self._put_up(page, stay)
            return
        view, room = self.view, self._columns
        if len(item.before) + len(item.after) < AT_ONCE:
            self._put_up(page_or_why_not(item, room, unlit(item, view)), stay)
        else:
            self.curator.work.lay_out(item, room, view, self.post_message)
        plain = replace(view, hunks=None) if view.hunks is not None else view
        self.curator.work.look_ahead(item, room, plain, self.post_message)

    def tell_work(self) -> None:
        """Draw the bar above: progress, and how far the stage at work is."""
        house, queue = self.curator.house, self.curator.label(self.session.spec)
        work = in_short(house.told) if house is not None else ""
        head = bars.heading(self.seen.item, self.seen.pace, self.width, queue, self.view.blind)
        self.query_one("#head", Bar).row = bars.with_work(head, work, self.width)

    @property
    def mode(self) -> str:
        """How the item is judged: hunks, blind, or plainly (""); or that there is nothing."""
        if self.seen.item is None:
            return "nothing"
        return "hunks" if self.view.hunks is not None else "blind" if self.view.blind else ""

    @on(Laid)
    def _laid(self, event: Laid) -> None:
        item = self.seen.item
        wanted = (self._columns, self.view)
        if item is None or (event.width, event.view) != wanted:
            return
        if item == event.item:
            self._put_up(event.laid, stay=event.lit)
        elif item.rewrite_id == event.item.rewrite_id:
            # It was noted, flagged or edited meanwhile: the page is of before.
            self.draw(stay=event.lit)

    def _put_up(self, laid: Page, stay: bool = False) -> None:
        self.laid = laid
        height = self._height
        self.parted = laid.panes is not None and not laid.fits(height) and height >= 12
        self.in_chat = self.in_chat and stay
        self._arrange(height)
        shown = laid.around if self.parted and laid.around is not None else laid
        first = shown.opens_at if self.parted else laid.first_row(height)
        self.query_one("#page", Rows).show(shown.rows, None if stay else first)
        if self.parted and laid.panes is not None:
            for side in ("left", "right"):
                self.query_one(f"#{side}-title", Bar).row = getattr(laid.panes, f"{side}_title")
                rows = getattr(laid.panes, side)
                self.query_one(f"#{side}", Rows).show(rows, None if stay else 0)
        if self.view.hunks is not None:
            self.once_painted(self.follow_hunk)
        self._say_more()
        self.once_painted(self._drawn)

    def _arrange(self, height: int) -> None:
        """Give the chat and the panes their rows."""
        if self.parted != self.has_class("parted"):
            self.set_class(self.parted, "parted")
            self.rearranged()
        page = self.query_one("#page", Rows)
        if not self.parted or self.laid is None or self.laid.panes is None:
            page.styles.height = height
            return
        question = self.laid.answers_at - self.laid.opens_at - 1
        chat = max(CHAT_LEAST, min(question, height // CHAT_SHARE))
        if self.in_chat:  # it is being read: the answers make room
            chat = max(height * 2 // 3, chat)
        room = height - chat - 2
        left, right = len(self.laid.panes.left), len(self.laid.panes.right)
        half = room // 2
        above = left if left <= half else room - right if right <= room - half else half
        for name, rows in (("#page", chat), ("#left", above), ("#right", room - above)):
            self.query_one(name, Rows).styles.height = max(rows, 1)

    def follow_hunk(self) -> None:
        """Bring the present piece into sight."""

    def _drawn(self) -> None:
        self.busy = False
        self._say_more()
        self.keep_if_due()

    # scrolling ------------------------------------------------------------------------------------

    @property
    def page(self) -> Rows:
        """What the scrolling keys move."""
        if not self.parted or self.in_chat:
            return self.query_one("#page", Rows)
        left, right = self.query_one("#left", Rows), self.query_one("#right", Rows)
        return left if left.hidden > right.hidden else right

    def roll(self, row: float) -> None:
        page = self.page
        page.scroll_to(y=row, animate=False, immediate=True)
        self._level(page, row)
        self.call_after_refresh(self.rolled)

    def _level(self, page: Rows, row: float) -> None:
        """Where one pane stands at this row, bring the other one level with it."""
        if page.id in ("left", "right"):
            other = self.query_one("#right" if page.id == "left" else "#left", Rows)
            share = max(0.0, min(row / max(page.hidden, 1), 1.0))
            other.scroll_to(y=round(share * other.hidden), animate=False, immediate=True)

    @on(Rows.Rolled)
    def _rolled_by_hand(self, event: Rows.Rolled) -> None:
        self._level(event.rows, event.rows.scroll_offset.y)
        self.call_after_refresh(self.rolled)

    def show_right(self, at: int) -> None:
        """Bring this row of the right pane a third down, the left one level with it."""
        right, page = self.query_one("#right", Rows), self.page
        row = max(at - right.room // 3, 0)
        if page is right:
            self.roll(row)
        else:
            self.roll(round(row / max(right.hidden, 1) * page.hidden))

    def action_pane(self) -> None:
        self.in_chat = self.parted and not self.in_chat
        self._arrange(self._height)
        where = "the chat, the criticism" if self.in_chat else "the answers"
        both = "everything is on one page" if not self.parted else where
        self.say(bars.remark(both, self.width))

    def rolled(self) -> None:
        self._say_more()

    # saying and acting ----------------------------------------------------------------------------

    def say(self, row: Row) -> None:
        """Put a word in the bar above the keys."""
        self._notice = row
        self._say_more()

    def remark(self, text: str) -> None:
        """Put a word that is no verdict in the bar above the keys."""
        self.say(bars.remark(text, self.width))

    def _say_more(self) -> None:
        rows = self.page
        below = len(rows.rows) - rows.scroll_offset.y - rows.room
        above = int(rows.scroll_offset.y)
        notice = bars.with_more(self._notice, above, below, self.width, self.hint())
        self.query_one("#notice", Bar).row = notice

    def act(self, what: str, act: Any) -> None:
        """Have the writer do this; the screen says "…" where it is not durable at once."""
        if what not in bars.READS and (why := self.curator.read_only):
            self.busy = False
            self.remark(why)
            return
        saving = bars.saving(what, self.width)
        self._waiting = what, asyncio.get_running_loop().call_later(TOLD_AFTER, self.say, saving)
        self.curator.work.act(what, act, self.post_message)

    @on(Done)
    def _done(self, event: Done) -> None:
        if self._waiting is not None and self._waiting[0] == event.what:
            self._waiting[1].cancel()
        moved = self._key_of(event.seen) != self._key_of(self.seen)
        several = event.seen.item.candidates if event.seen.item is not None else ()
        same_turn = self._key_of(self.seen) in {n.rewrite_id for n in several}
        self.seen = event.seen
        if moved:
            self.left_item(same_turn)
        if event.seen.unsaved is not None:
            self._failed = event.what
        if event.what != "quiet":
            error = event.seen.unsaved or event.error
            self.say(bars.outcome(event.what, event.result, error, self.width, self.curator.called))
        self.draw(stay=not moved)

    def left_item(self, same_turn: bool) -> None:
        """Another item is on the desk, of the same turn or not: what belonged to the last one is
        put away."""

    @staticmethod
    def _key_of(seen: Seen) -> str | None:
        return seen.item.rewrite_id if seen.item else None

    def decide(
        self,
        verdict: Verdict,
        content: str | None = None,
        reason: str = "",
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Settle the item; where the last verdict could not be saved, try that one again."""
        if self.busy or self.seen.item is None:
            return
        self.busy = True
        self._decided = monotonic()
        if self.seen.unsaved is not None and self._failed == verdict and content is None:
            self.act(verdict, self.session.retry)
            return
        self.session.give_up()
        self.act(verdict, lambda: self.session.decide(verdict, content, reason, extra))
