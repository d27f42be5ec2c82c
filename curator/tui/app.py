"""The hall: opens the reading room, owns the workers, and sees that everybody leaves in order."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from textual.app import App, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.filter import LineFilter

from curator.errors import Cancelled, CuratorError
from curator.review import Pace, ReviewItem, Session, open_session
from curator.store import Store
from curator.tui.lifeline import Lifeline
from curator.tui.palette import DARK, LIGHT, PALETTES
from curator.tui.safe import one_for_one
from curator.tui.screens.review import ReviewScreen
from curator.tui.screens.small import AskScreen, EditScreen, Farewell, HelpScreen
from curator.tui.work import Seen, Work


@dataclass(frozen=True)
class SessionSummary:
    """What a session did: its numbers, and the sentences that say them."""

    pace: Pace
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
    """One session on the screen. The session is only ever touched by `work`."""

    CSS_PATH = "curator.tcss"
    TITLE = "curator"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "interrupt", "quit", show=False, priority=True)
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._filters.append(Inert())
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        self.theme = (LIGHT if _is_light() else DARK).name
        self.work = Work(session)
        self.lifeline = Lifeline(self.leave)
        self.interrupted = False
        self._session = session
        self._room = ReviewScreen(session, self.work.see())

    def on_mount(self) -> None:
        if not self.is_headless:
            self.lifeline.hold()
            self.set_interval(1.0, self.lifeline.check)
        self.push_screen(self._room)

    def _fatal_error(self) -> None:
        # Textual's own report prints the values of variables, which are somebody's chats.
        self._close_messages_no_wait()

    # what the reading room asks for ---------------------------------------------------------------

    def help(self) -> None:
        """Show all keys."""
        self.push_screen(HelpScreen())

    def ask(self, question: str, text: str, then: Callable[[str], Any]) -> None:
        """Ask for a line; `then` is told, unless the person went back."""
        self.push_screen(
            AskScreen(question, text), lambda said: then(said) if said is not None else None
        )

    def edit(self, item: ReviewItem, text: str) -> None:
        """Open the editor; what is saved settles the item, what is left is kept as a draft."""
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
        return self.screen.draft if isinstance(self.screen, EditScreen) else None

    @contextmanager
    def lent_terminal(self) -> Iterator[None]:
        """The terminal is another program's inside the block. Raises `CuratorError` where this
        terminal cannot be lent."""
        if self.is_headless:
            yield
            return
        try:
            with self.suspend():
                yield
        except SuspendNotSupported as error:
            raise CuratorError("this terminal cannot be lent to an editor; e edits here") from error

    def farewell(self, seen: Seen) -> None:
        """Show what was done, then quit."""
        self.push_screen(Farewell(seen), lambda quits: self.exit() if quits else None)

    def turn_theme(self) -> None:
        """Light to dark and back."""
        self.theme = (LIGHT if self.theme == DARK.name else DARK).name

    def action_interrupt(self) -> None:
        """Ctrl-C: leave at once; everything acknowledged is saved."""
        self.interrupted = True
        self.leave()

    def leave(self) -> None:
        """Go at once, with what is being typed kept as a draft."""
        if (draft := self.draft) is not None:
            self.work.act("draft", lambda: self._session.draft(draft))
        self.exit()


def run_review(store: Store, reviewer: str) -> SessionSummary:
    """Review until the person quits; what the session did.

    Raises `Cancelled` on Ctrl-C, and `SystemExit` with 128 + n when a signal n ended it. Every
    acknowledged decision is in the store in either case.
    """
    session = open_session(store.desk, reviewer)
    app = ReviewApp(session)
    try:
        app.run()
    finally:
        app.work.close()
    if app.lifeline.told is not None:
        raise SystemExit(128 + app.lifeline.told)
    if app._exception is not None:
        raise app._exception
    if app.interrupted:
        raise Cancelled("the review was left; every decision shown as saved is in the workspace")
    return SessionSummary(session.progress, tuple(session.summary()))


def _is_light() -> bool:
    """Whether the terminal says that its ground is light (COLORFGBG ends with 7 or 15)."""
    return os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
