"""A visit to the app, from the first picture to the last word: what it did, and how it ended."""

import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curator.errors import Cancelled, CuratorError
from curator.tui import ground, thrift
from curator.tui.app import ReviewApp
from curator.tui.keymap import Keymap

if TYPE_CHECKING:
    from curator.review import Pace
    from curator.store import Store
    from curator.tui.house import House


@dataclass(frozen=True)
class SessionSummary:
    """What a session did: its numbers (None where nothing was reviewed), and the sentences that
    say them; the exit code, where something could not be kept."""

    pace: "Pace | None"
    said: tuple[str, ...]
    code: int = 0

    def lines(self) -> tuple[str, ...]:
        """The sentences to print when the screen is gone."""
        return self.said


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
        try:
            _end_reading(app)
        finally:
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
    lost: CuratorError | None = None
    try:
        app.run()
    finally:
        gc.enable()  # where no picture was ever drawn
        try:
            _end_reading(app)
        finally:
            try:
                if app.house is not None:
                    app.house.close()
            except CuratorError as error:
                lost = error
            thrift.let_go()
    app.lifeline.let_go()
    if app.failed is not None:
        raise app.failed
    _raise_what_ended(app)
    session = app.house.session if app.house is not None else None
    if lost is not None and session is None:
        raise lost
    if session is None:
        return SessionSummary(None, ())
    said = tuple(session.summary())
    if lost is None:
        return SessionSummary(session.progress, said)
    told = f"NOT kept: the place in the queue, and what was typed last and not saved ({lost})"
    return SessionSummary(session.progress, (*said, told), lost.exit_code)


def _end_reading(app: ReviewApp) -> None:
    """Wait for a reflection that is under way, with all that one would miss kept before."""
    app.lifeline.given_back()
    app.keep()
    if app.is_reflecting:
        with suppress(OSError):  # the terminal has gone
            print("ending the reflection that is under way", file=sys.stderr, flush=True)
    app.close_reading()


def _raise_what_ended(app: ReviewApp) -> None:
    """Nothing where the person quit by a key."""
    app.lifeline.let_go()
    if app.lifeline.told is not None:
        raise SystemExit(128 + app.lifeline.told)
    if app._exception is not None:
        raise app._exception
    if app.interrupted:
        raise Cancelled("the review was left; every decision shown as saved is in the workspace")
