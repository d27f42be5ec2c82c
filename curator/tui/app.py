"""The hall: opens the rooms, owns the workers, and sees that everybody leaves in order.

What is needed for the first picture is imported here; everything else when it is asked for, so
that a person sees the app before the workspace is open.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.events import Event
from textual.events import Key as KeyPress
from textual.filter import Monochrome
from textual.screen import Screen

from curator.errors import CuratorError
from curator.tui import thrift
from curator.tui.doors import Doors
from curator.tui.inert import Inert
from curator.tui.keymap import Keymap, keymap
from curator.tui.keys import hint
from curator.tui.lifeline import Lifeline
from curator.tui.palette import MONO, PALETTES, Uncoloured, first_theme
from curator.tui.safe import safe_line
from curator.tui.screens.opening import OpeningScreen

if TYPE_CHECKING:
    from pathlib import Path

    from curator.filters.views import QueueSpec
    from curator.review import Session
    from curator.store import Store
    from curator.tui.house import House
    from curator.tui.reading import Reading
    from curator.tui.told import Told

#: Seconds after the first picture at which memory is put in order, at which the search index is
#: looked at, and at which all of the opening is over.
SETTLE_AFTER, INDEX_AFTER, OVER_AFTER = 0.3, 2.0, 3.0


class ReviewApp(Doors):
    """The rooms of one workspace. Made with a session it begins at the review; made with `begin`,
    which opens the house, it shows itself first and opens the house in a thread. `first` is a room;
    "due" is the review where there is anything to review, else home."""

    CSS_PATH = "curator.tcss"
    TITLE = "curator"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "interrupt", "quit", show=False, priority=True),
        # Not in a text field, where it takes back what was typed.
        Binding("ctrl+z", "suspend_process", "suspend", show=False),
    ]

    def __init__(
        self,
        session: "Session | None" = None,
        begin: "Callable[[], House] | None" = None,
        first: str = "review",
        live: Keymap | None = None,
    ) -> None:
        super().__init__()
        # Textual would make greys of a NO_COLOR terminal's own colours.
        self._filters = [f for f in self._filters if not isinstance(f, Monochrome)]
        self._filters += [Inert(), uncoloured := Uncoloured(enabled=False)]
        self._uncoloured = uncoloured
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        self._dress_first(first_theme())
        self.live = live or keymap()
        self.lifeline = Lifeline(self.leave, self.keep)
        self.interrupted = False
        self.house: House | None = None
        #: The workspace, where there is no house.
        self.store: Store | None = None
        self._reading: Reading | None = None
        #: Why the house could not be opened.
        self.failed: Exception | None = None
        self._begin, self._first = begin, first
        if session is not None:
            from curator.tui.work import Work

            self._sit_down(session, Work(session))

    def on_mount(self) -> None:
        if not self.is_headless:
            # The screen must not wait long for a thread that lays out the next page.
            sys.setswitchinterval(0.001)
            self.lifeline.hold(self._driver)
            self.set_interval(1.0, self.tell_work)
        if self._begin is None:
            self.push_screen(self._room)

    def get_default_screen(self) -> Screen[Any]:
        """What lies under all rooms: where the house is still to be opened, the first picture."""
        return OpeningScreen() if self._begin is not None else super().get_default_screen()

    def _handle_exception(self, error: Exception) -> None:
        # Who quits by two keys leaves while the farewell is being put up: it finds nothing of
        # itself any more, and nobody would see it.
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own report prints the values of variables, which are somebody's chats.
        self._close_messages_no_wait()

    # the house ------------------------------------------------------------------------------------

    def open_house(self) -> None:
        """Open the workspace in a thread, once the first picture is on the screen."""
        gc.enable()
        self.run_worker(self._open_house, thread=True, exit_on_error=False)

    def _open_house(self) -> None:
        from curator.stages.lean import share_heap

        assert self._begin is not None
        # Before DuckDB and the house begin threads of theirs.
        share_heap()
        try:
            self.house = house = self._begin()
            if self._first == "due":
                self._first = "review" if house.store.rewrites.count() else "home"
            if self._first == "review":
                house.review()
                self.weigh(house.spec)
        except Exception as error:
            self.failed = error
            self.call_from_thread(self.exit)
            return
        self.call_from_thread(self._move_in)

    def _move_in(self) -> None:
        if self.house is not None:
            self.house.when_ended = lambda told: self.call_later(self.stage_ended, told)
        self.room(self._first)
        if not self.is_headless:
            self.set_timer(SETTLE_AFTER, thrift.settle)
            self.set_timer(OVER_AFTER, thrift.forget_opening)
        if self.house is not None:
            # Home has them on its page.
            for notice in self.house.store.notices if self._first == "review" else ():
                self.notify(safe_line(notice), markup=False, timeout=12)
            # Once the first picture stands: nothing waits for an index.
            self.set_timer(INDEX_AFTER, self.house.refresh_index)
            if self.house.store.read_only:
                for notice in self.house.store.notices:
                    self.notify(safe_line(notice), title="read-only", markup=False, timeout=8)

    def weigh(self, spec: "QueueSpec | None") -> None:
        """Have what an order goes by completed beside the screen, and say so. It asks the store:
        not for the screen's thread."""
        if self.house is None or spec is None or spec.order != "objections":
            return
        if (told := self.house.weigh_objections(self._weighed)) is not None:
            self.notify(
                f"{told.total:,} rewrites were not weighed yet: they come last, as they were made, "
                f"and are weighed beside the screen; {self.called('queue')} draws the order anew",
                title="objections first", markup=False, timeout=8,
            )  # fmt: skip

    @property
    def read_only(self) -> str:
        """Why nothing can be decided here, in a sentence; "" where it can."""
        why = self.house.store.read_only if self.house is not None else ""
        return f"nothing can be decided: open only for reading ({why})" if why else ""

    def label(self, spec: "QueueSpec") -> str:
        """What a queue is called; while its order is not weighed through, how far that is."""
        house = self.house if spec.order == "objections" else None
        weighed = house.weighed() if house is not None else ""
        parts = ("read-only" * bool(self.read_only), weighed, spec.label())
        return " · ".join(part for part in parts if part)

    def _weighed(self, told: "Told") -> None:
        said = told.error or f"all is weighed; {self.called('queue')} draws the order anew"
        self.notify(safe_line(said), title="objections first", markup=False, timeout=8)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, KeyPress) and not event.is_forwarded:
            if self.house is not None:
                self.house.hear()
            # One key in many is for the app, or for a field: those go Textual's way.
            hear = getattr(self.screen, "hear", None) if self.screen_stack else None
            known = event.key in self._bindings.key_to_bindings
            if hear is not None and self.app_focus and not known and await hear(event.key):
                return
        await super().on_event(event)

    @property
    def draft(self) -> str | None:
        """What is being typed over an item right now, if it differs from what was begun with."""
        # Only the editor has a draft; no other screen need be imported to know.
        return getattr(self.screen, "draft", None) if self.screen_stack else None

    @contextmanager
    def lent_terminal(self) -> Iterator[None]:
        """The terminal is another program's inside the block. Raises `CuratorError` where this
        terminal cannot be lent."""
        from textual.app import SuspendNotSupported

        if self.is_headless:
            yield
            return
        failed: CuratorError | None = None
        try:
            with self.suspend():
                try:
                    yield
                except CuratorError as error:  # Textual would not take the terminal back
                    failed = error
        except SuspendNotSupported as error:
            here = hint(self.live["review"], ("edit('new')", "edits here"))
            raise CuratorError(f"this terminal cannot be lent to an editor{here}") from error
        if failed is not None:
            raise failed

    def turn_theme(self) -> str:
        """Dark, light, high contrast, no colour; the name of the one that is on now."""
        names = list(PALETTES)
        at = names.index(self.theme) if self.theme in names else -1
        self._dress(names[(at + 1) % len(names)])
        return self.theme.removeprefix("curator-")

    def _dress_first(self, theme: str) -> None:
        """The same before anything was drawn: to set the theme, as Textual takes it, would have all
        styles read a second time."""
        self._uncoloured.enabled = theme == MONO.name and bool(os.environ.get("NO_COLOR"))
        self.set_reactive(ReviewApp.theme, theme)
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode", update=False)
        self.set_class(not dark, "-light-mode", update=False)
        self._refresh_truecolor_filter(self.ansi_theme)

    def _dress(self, theme: str) -> None:
        self._uncoloured.enabled = theme == MONO.name and bool(os.environ.get("NO_COLOR"))
        self.theme = theme

    @property
    def reading(self) -> "Reading | None":
        """What the house does for the reading room; None where there is no workspace at hand."""
        store = self.house.store if self.house is not None else self.store
        if self._reading is None and store is not None:
            from curator.tui.reading import Reading

            self._reading = Reading(store, self.house.doing if self.house is not None else None)
        return self._reading

    @property
    def workspace(self) -> "Path | None":
        """The file of the workspace; None where there is none at hand."""
        store = self.house.store if self.house is not None else self.store
        return store.path if store is not None else None

    @property
    def is_reflecting(self) -> bool:
        """Whether a reflection is under way."""
        return self._reading is not None and self._reading.is_reflecting

    def close_reading(self) -> None:
        """Wait for what is being reflected on."""
        if self._reading is not None:
            self._reading.close()

    def action_interrupt(self) -> None:
        """Ctrl-C: leave at once; everything acknowledged is saved."""
        self.interrupted = True
        self.leave()

    def leave(self) -> None:
        """Go at once, with what is being typed kept as a draft."""
        self.keep()
        self.exit()

    def keep(self) -> None:
        """Have what is being typed and the place kept now, where anything is under review."""
        if (draft := self.draft) is not None:
            self.work.act("draft", lambda: self._session.draft(draft))
        if (work := getattr(self, "work", None)) is not None:
            work.keep()
