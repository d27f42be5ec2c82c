"""The hall: opens the rooms, owns the workers, and sees that everybody leaves in order.

What is needed for the first picture is imported here; everything else when it is asked for, so
that a person sees the app before the workspace is open.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual.app import App
from textual.binding import Binding, BindingsMap, BindingType
from textual.color import Color
from textual.events import Event
from textual.events import Key as KeyPress
from textual.filter import LineFilter, Monochrome

from curator.errors import Cancelled, CuratorError
from curator.tui import ground
from curator.tui.keymap import Keymap, keymap
from curator.tui.keys import Key, bindings, called, hint, hints
from curator.tui.lifeline import Lifeline
from curator.tui.palette import DARK, LIGHT, MONO, PALETTES, Uncoloured
from curator.tui.safe import one_for_one
from curator.tui.screens.opening import OpeningScreen

if TYPE_CHECKING:
    from pathlib import Path

    from textual.screen import Screen

    from curator.review import Pace, ReviewItem, Session
    from curator.store import Store
    from curator.tui.house import House
    from curator.tui.reading import Reading
    from curator.tui.screens.hall import HallScreen
    from curator.tui.screens.library import LibraryScreen
    from curator.tui.work import Seen, Work


#: Seconds after the first picture at which the search index is looked at.
INDEX_AFTER = 2.0


@dataclass(frozen=True)
class SessionSummary:
    """What a session did: its numbers (None where nothing was reviewed), and the sentences that
    say them."""

    pace: "Pace | None"
    said: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        """The sentences to print when the screen is gone."""
        return self.said


class Inert(LineFilter):
    """The last gate before the terminal: no control character gets out of any widget."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background
        return [
            segment
            if segment.control or (segment.text.isascii() and segment.text.isprintable())
            else Segment(one_for_one(segment.text), segment.style)
            for segment in segments
        ]


class ReviewApp(App[None]):
    """The rooms of one workspace. Made with a session it begins at the review; made with `begin`,
    which opens the house, it shows itself first and opens the house in a thread."""

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
        self._dress(_first_theme())
        self.live = live or keymap()
        self.lifeline = Lifeline(self.leave)
        self.interrupted = False
        self.house: House | None = None
        #: The workspace, where there is no house.
        self.store: Store | None = None
        self._reading: Reading | None = None
        #: Why the house could not be opened.
        self.failed: Exception | None = None
        self._begin, self._first = begin, first
        self._is_stale = False
        if session is not None:
            from curator.tui.work import Work

            self._sit_down(session, Work(session))

    def _sit_down(self, session: "Session", work: "Work") -> None:
        from curator.tui.screens.review import ReviewScreen

        self._session, self.work = session, work
        self._room = ReviewScreen(session, work.see())
        self._room._bindings = BindingsMap(bindings(self.live["review"]))
        self._room.view = replace(self._room.view, hints=hints(self.live["review"]))

    def on_mount(self) -> None:
        if not self.is_headless:
            # The screen must not wait long for a thread that lays out the next page.
            sys.setswitchinterval(0.001)
            self.lifeline.hold()
            self.set_interval(1.0, self.lifeline.check)
        if self._begin is None:
            self.push_screen(self._room)
        else:
            self.push_screen(OpeningScreen())

    def _fatal_error(self) -> None:
        # Textual's own report prints the values of variables, which are somebody's chats.
        self._close_messages_no_wait()

    # the house ------------------------------------------------------------------------------------

    def open_house(self) -> None:
        """Open the workspace in a thread, once the first picture is on the screen."""
        self.run_worker(self._open_house, thread=True, exit_on_error=False)

    def _open_house(self) -> None:
        assert self._begin is not None
        try:
            self.house = house = self._begin()
            if self._first == "review":
                house.review()
        except Exception as error:
            self.failed = error
            self.call_from_thread(self.exit)
            return
        self.call_from_thread(self._move_in)

    def _move_in(self) -> None:
        self.pop_screen()
        self.room(self._first)
        if self.house is not None:
            # Once the first picture stands: nothing waits for an index.
            self.set_timer(INDEX_AFTER, self.house.refresh_index)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, KeyPress) and self.house is not None and self.house.indexing:
            self.house.indexing.typed = time.monotonic()
        await super().on_event(event)

    # going about ----------------------------------------------------------------------------------

    def room(self, name: str) -> None:
        """Go to a room: back to it where it is open, else into it."""
        house = self.house
        if house is None:
            self.bell()
        elif any(_room_of(screen) == name for screen in self.screen_stack):
            while _room_of(self.screen) != name:
                self.pop_screen()
            self._wake(name)
        elif name == "review":
            self._to_review(house)
        else:
            self.push_screen(_made(name, house, self.live))

    def _to_review(self, house: "House") -> None:
        say = getattr(self.screen, "say", lambda _: None)
        say("opening the review …")

        def ready(found: Any, error: str | None) -> None:
            self.call_from_thread(enter, found, error)

        def enter(found: Any, error: str | None) -> None:
            say("")
            if error is not None or not found:
                self.notify(error or "the review cannot be opened", severity="error", markup=False)
                return
            if not hasattr(self, "_room"):
                self._sit_down(*found)
            self.push_screen(self._room)
            self._wake("review")

        house.look(house.review, ready)

    def _wake(self, name: str) -> None:
        """Draw the queue anew where it was touched from another room."""
        if name == "review" and self._is_stale:
            self._is_stale = False
            self.work.act("move", self._again, self._room.post_message)

    def _again(self) -> bool:
        self._session.begin()
        return True

    def stale(self) -> None:
        """Something changed what is due."""
        self._is_stale = True

    def action_room(self, name: str) -> None:
        self.room(name)

    def action_next_room(self) -> None:
        from curator.tui.rooms import ROOMS

        names = [*ROOMS, "review"]
        here = _room_of(self.screen)
        self.room(names[(names.index(here) + 1) % len(names)] if here in names else "home")

    async def action_back(self) -> None:
        """Out of this room; out of the first one, out of the app."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        elif self.house is not None and self.house.session is not None:
            self.farewell(self.work.see())
        else:
            self.exit()

    def action_commands(self) -> None:
        """Every act of this screen by its name."""
        from curator.tui.screens.choosing import commands

        screen, table = self.screen, self._table()
        self.choose_act(commands(table), lambda act: self._perform(act, screen))

    def _perform(self, act: str, screen: "Screen[Any]") -> None:
        async def perform() -> None:
            await self.run_action(act, screen)

        self.call_later(perform)

    def choose_act(self, choices: Any, then: Callable[[str], Any]) -> None:
        """Show choices to pick one of by typing; `then` is told its name."""
        from curator.tui.screens.choosing import ChoosingScreen

        self.push_screen(
            ChoosingScreen(choices), lambda said: then(said) if said is not None else None
        )

    def choose(
        self, question: str, choices: tuple[tuple[str, str], ...], then: Callable[[str], Any]
    ) -> None:
        """Pick one of (name, what it is)."""
        from curator.tui.screens.choosing import Choice

        del question
        self.choose_act([Choice(name, name, about, "") for name, about in choices], then)

    def read(self, ord_: int, library: "LibraryScreen | None" = None) -> None:
        """Open one conversation."""
        from curator.tui.screens.chat import ChatScreen

        assert self.house is not None
        self.push_screen(ChatScreen(self.house, self.live["conversation"], ord_, library))

    def text(self, title: str, make: Callable[[int], Any]) -> None:
        """Open a page that `make(width)` makes in a thread."""
        from curator.tui.screens.history import TextScreen

        assert self.house is not None
        self.push_screen(TextScreen(self.house, self.live["text"], title, make))

    # what the reading room asks for ---------------------------------------------------------------

    def _table(self) -> tuple[Key, ...]:
        """The keys of the screen that is up."""
        return getattr(self.screen, "table", None) or self.live["review"]

    def action_help(self) -> None:
        self.help()

    def help(self) -> None:
        """Show all keys of this screen."""
        from curator.tui.screens.small import HelpScreen

        self.push_screen(HelpScreen(self._table()))

    def ask(
        self, question: str, text: str, then: Callable[[str], Any], known: Sequence[str] = ()
    ) -> None:
        """Ask for a line, offering what is `known`; `then` is told, unless the person went back."""
        from curator.tui.screens.small import AskScreen

        self.push_screen(
            AskScreen(question, text, known), lambda said: then(said) if said is not None else None
        )

    def edit(self, item: "ReviewItem", text: str) -> None:
        """Open the editor; what is saved settles the item, what is left is kept as a draft."""
        from curator.tui.screens.small import EditScreen

        screen = EditScreen(item, text)

        def ended(written: str | None) -> None:
            if written is not None:
                self._room.decide("edit", written)
            elif (draft := screen.draft) is not None:
                self._room.keep_draft(draft)

        self.push_screen(screen, ended)

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

    def farewell(self, seen: "Seen") -> None:
        """Show what was done, then quit; from a review that was entered from another room, only
        go back there."""
        from curator.tui.screens.small import Farewell

        if _room_of(self.screen) == "review" and len(self.screen_stack) > 2:
            self.pop_screen()
            return
        self.push_screen(Farewell(seen), lambda quits: self.exit() if quits else None)

    def called(self, action: str) -> str:
        """What the key of an act of the reading room is called here."""
        return called(action, self.live["review"])

    def turn_theme(self) -> str:
        """Dark, light, high contrast, no colour; the name of the one that is on now."""
        names = list(PALETTES)
        at = names.index(self.theme) if self.theme in names else -1
        self._dress(names[(at + 1) % len(names)])
        return self.theme.removeprefix("curator-")

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
        if (draft := self.draft) is not None:
            self.work.act("draft", lambda: self._session.draft(draft))
        self.exit()


def _room_of(screen: "Screen[Any]") -> str:
    return getattr(screen, "ROOM", "")


def _made(name: str, house: "House", live: Keymap) -> "HallScreen":
    from curator.tui.rooms import made

    return made(name, house, live)


def run_review(store: "Store", reviewer: str) -> SessionSummary:
    """Review until the person quits; what the session did. The store stays open.

    Raises `Cancelled` on Ctrl-C, and `SystemExit` with 128 + n when a signal n ended it. Every
    acknowledged decision is in the store in either case.
    """
    from curator.review import open_session

    ground.check()
    session = open_session(store.desk, reviewer)
    app = ReviewApp(session)
    app.store = store
    try:
        app.run()
    finally:
        app.close_reading()
        app.work.close()
    _raise_what_ended(app)
    return SessionSummary(session.progress, tuple(session.summary()))


def run_app(
    begin: "Callable[[], House]", first: str = "home", live: Keymap | None = None
) -> SessionSummary:
    """Open a workspace at one of its rooms until the person quits; what was reviewed.

    Raises what `run_review` raises, and what `begin` raised. The house is closed at the end.
    """
    ground.check()
    app = ReviewApp(begin=begin, first=first, live=live)
    try:
        app.run()
    finally:
        app.close_reading()
        if app.house is not None:
            app.house.close()
    if app.failed is not None:
        raise app.failed
    _raise_what_ended(app)
    session = app.house.session if app.house is not None else None
    if session is None:
        return SessionSummary(None, ())
    return SessionSummary(session.progress, tuple(session.summary()))


def _raise_what_ended(app: ReviewApp) -> None:
    """Nothing where the person quit by a key."""
    if app.lifeline.told is not None:
        raise SystemExit(128 + app.lifeline.told)
    if app._exception is not None:
        raise app._exception
    if app.interrupted:
        raise Cancelled("the review was left; every decision shown as saved is in the workspace")


def _first_theme() -> str:
    """The theme to begin with: the one that HINDSIGHT_THEME names, no colour under NO_COLOR, light
    where the terminal's ground is, else dark."""
    named = f"curator-{os.environ.get('HINDSIGHT_THEME', '')}"
    if named in PALETTES:
        return named
    if os.environ.get("NO_COLOR"):
        return MONO.name
    return (LIGHT if _is_light() else DARK).name


def _is_light() -> bool:
    """Whether the terminal says that its ground is light (COLORFGBG ends with 7 or 15)."""
    return os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
