"""Looking at an item from other sides: its views, its passport, the guidelines, a copy of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from textual import on
from textual.events import Click
from textual.message import Message

from curator.tui import asking
from curator.tui.answers import VIEW_NAMES
from curator.tui.ink import Row
from curator.tui.reading import Reading, or_why_not
from curator.tui.screens.modes import ModesScreen
from curator.tui.screens.sheet import NO_GUIDELINES, Sheet
from curator.tui.widgets import bars
from curator.tui.widgets.rows import Bar, Rows


class Told(Message):
    """What a sheet is to show, or why there is nothing to show."""

    def __init__(self, title: str, found: Any, why_not: str) -> None:
        super().__init__()
        self.title, self.found, self.why_not = title, found, why_not


class LookingScreen(ModesScreen):
    """The keys that change how an item is seen, or show more of it."""

    def hint(self) -> Row:
        laid = self.laid
        key = self.curator.called("hunk(1)")
        if laid is None or self.mode == "hunks":
            return ()
        panes = laid.panes if self.parted else None
        rows = self.query_one("#right" if panes else "#page", Rows)
        changes, first = panes.changes if panes else laid.changes, int(rows.scroll_offset.y)
        unseen = bars.unseen_change(changes, first, rows.room, key)
        shown = laid.around if self.parted and laid.around is not None else laid
        at = int(self.query_one("#page", Rows).scroll_offset.y)
        if not unseen and self.parted and not self.in_chat:
            below = shown.answers_at - 1 - at - self.query_one("#page", Rows).room
            unseen = bars.cut_question(below, self.curator.called("pane"))
        return unseen or bars.unseen_question(shown.opens_at, shown.answers_at, at)

    def action_cycle_view(self) -> None:
        if self.view.hunks is not None or self.barred() or self.seen.item is None:
            return
        self.view = self.view.turned(len(self.seen.item.candidates) > 1)
        self.remark(VIEW_NAMES[self.view.layout])
        self.draw(stay=True)

    def action_toggle_later(self) -> None:
        item = self.seen.item
        if item is None:
            return
        self.view = replace(self.view, later=not self.view.later)
        if self.view.later and item.later and not item.saw_later:
            self.curator.work.act("quiet", self.session.saw_later, self.post_message)
            self.remark("your verdict will say that you saw the later turns")
        self.in_chat = self.parted and self.view.later
        self.draw(stay=True)
        if self.view.later and self.laid is not None:
            around = self.laid.around if self.parted else None
            self.call_after_refresh(self.bring_up, (around or self.laid).later_at)

    def on_click(self, event: Click) -> None:
        """A click on the line of the later turns shows or folds them."""
        laid, rows = self.laid, self.query_one("#page", Rows)
        if laid is not None and event.widget is rows:
            shown = laid.around if self.parted and laid.around is not None else laid
            if event.screen_y - rows.region.y + rows.scroll_offset.y == shown.later_at:
                self.action_toggle_later()

    def action_toggle_notes(self) -> None:
        self.view = replace(self.view, notes=not self.view.notes)
        self.draw(stay=True)

    def action_toggle_blanks(self) -> None:
        raw, blanks = not (self.view.raw and self.view.blanks), self.view.raw
        self.view = replace(self.view, raw=raw, blanks=raw and blanks)
        told = "as written, blanks shown" if blanks else "as written" if raw else "rendered"
        self.remark(told)
        self.draw(stay=True)

    def action_toggle_theme(self) -> None:
        self.remark(f"theme: {self.curator.turn_theme()}")
        for rows in self.query(Rows):
            rows.repaint()
        for bar in self.query(Bar):
            bar.refresh()

    @property
    def reading(self) -> Reading | None:
        """What the house does for this room; None without a workspace."""
        return self.curator.reading

    def action_passport(self) -> None:
        if (item := self.seen.item) is not None and not self.barred():
            self._show("Passport of this turn", lambda reading: reading.passport(item))

    def action_guidelines(self) -> None:
        self._show("Guidelines", lambda reading: reading.guidelines() or NO_GUIDELINES)

    def _show(self, title: str, read: Callable[[Reading], Any]) -> None:
        """Read in the reader's thread, then put up a sheet."""
        reading = self.reading
        if reading is None:
            self.remark("there is no workspace to look it up in")
            return
        self.curator.work.read(
            lambda: self.post_message(Told(title, *or_why_not(lambda: read(reading))))
        )

    @on(Told)
    def _told(self, event: Told) -> None:
        if event.found is None:
            self.remark(event.why_not)
        else:
            self.curator.push_screen(Sheet(event.title, event.found))

    def action_copy(self) -> None:
        if (item := self.seen.item) is not None and not self.barred():
            text = item.settled_as or item.after
            if self.view.hunks is not None:
                text = self.view.hunks.text(rest=True)
            self._copy("the new answer", text)

    def action_copy_json(self) -> None:
        if (item := self.seen.item) is not None and not self.barred():
            self._copy("the item as JSON", asking.as_json(item))

    def _copy(self, what: str, text: str) -> None:
        if (reading := self.reading) is not None:
            said, why_not = or_why_not(
                lambda: reading.copy(what, text, self.curator.copy_to_clipboard)
            )
            self.remark(said or why_not)
