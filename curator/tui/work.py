"""The threads beside the screen: one writes, in order; one lays out ahead; one fetches ahead.

The screen never touches the session: it hands an act to the writer and is told, in a frozen
message, what there is to see when the act is done and durable.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from textual.message import Message

from curator.errors import CuratorError
from curator.filters.views import QueueSpec
from curator.review import Pace, ReviewItem, Session
from curator.review.line import WINDOW
from curator.stages.lean import give_back, give_back_code
from curator.tui.answers import View
from curator.tui.footnotes import known, leaks, rest
from curator.tui.ink import BAD, plain
from curator.tui.page import Page, page
from curator.tui.safe import safe_line
from curator.tui.wrapping import wrap

EVERYTHING = QueueSpec("all")
#: So many items ahead are laid out before they are asked for: the second one is there should the
#: screen ask for it while the first is still being decided on.
AHEAD = 2
#: While keys come one after the other, papers are fetched once fewer than so many are at hand;
#: when they rest, sooner: a fetch takes a tenth of a second and more of one core.
LEAST = WINDOW // 4
#: So long (seconds) looking ahead waits for the screen to be drawn: both need the interpreter.
DRAWN = 0.03
#: After so many seconds on one item its leaks are looked for, and those of the next ones: whoever
#: goes by faster does not read.
RESTING = 0.25


@dataclass(frozen=True)
class Seen:
    """What there is to see after an act."""

    item: ReviewItem | None
    pace: Pace
    unsaved: str | None
    say: Callable[[], list[str]]
    #: Where the queue is empty: how many rewrites there are at all.
    rewrites: int = 0
    #: And how many chats hold answers of their files that are no candidates.
    given: int = 0
    #: And how many chats there are.
    chats: int = 0

    @property
    def summary(self) -> tuple[str, ...]:
        """What was done in the session so far, in sentences."""
        return tuple(self.say())


class Done(Message):
    """An act has ended: what to see now, what the act returned, or why it failed."""

    def __init__(self, what: str, seen: Seen, result: Any, error: str | None) -> None:
        super().__init__()
        self.what = what
        self.seen = seen
        self.result = result
        self.error = error


class Laid(Message):
    """The page of an item, as it was when the work began, is ready for this width and view; `lit`
    says that it stood there before, without its leaks."""

    def __init__(
        self, item: ReviewItem, width: int, view: View, laid: Page, lit: bool = False
    ) -> None:
        super().__init__()
        self.item = item
        self.width = width
        self.view = view
        self.laid = laid
        self.lit = lit


class Work:
    """The writer, the reader and the fetcher of one session. `close` waits for what was begun."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._fetcher = ThreadPoolExecutor(1, thread_name_prefix="fetcher")
        self._fetching = False
        #: Somebody waits for the reader; the screen is at another item.
        self._hurry, self._moved = threading.Event(), threading.Event()
        #: How often it was asked to look ahead: only the last time counts.
        self._asked = self._looked = 0
        #: What there was to see after the last act.
        self._seen: Seen | None = None

    def see(self) -> Seen:
        """What there is to see now. It may wait for the store: not for the screen's thread once
        an act is under way."""
        session = self._session
        unsaved = session.unsaved.error if session.unsaved else None
        pace = session.progress
        if pace.total:
            return Seen(session.item, pace, unsaved, session.summary)
        desk = session.desk
        rewrites, given = desk.queues.count(EVERYTHING), desk.given()
        return Seen(session.item, pace, unsaved, session.summary, rewrites, given, desk.all_chats())

    def act(
        self, what: str, act: Callable[[], Any], then: Callable[[Message], Any] | None = None
    ) -> "Future[None]":
        """Have the writer do `act`, and then `then` with a `Done`."""

        def run() -> None:
            result, error = None, None
            try:
                result = act()
            except CuratorError as problem:
                error = str(problem)
            except Exception as problem:  # a full disk or a bug: nothing was acknowledged
                error = f"{type(problem).__name__}: {problem}"
            if then is None:
                return
            try:
                seen = self.see()
            except CuratorError as problem:  # the next item cannot be read: the keys stay alive
                seen, error = self._seen or _blind(self._session), error or str(problem)
            self._seen = seen
            then(Done(what, seen, result, error))

        return self._writer.submit(run)

    def look_ahead(
        self, here: ReviewItem, width: int, view: View, then: Callable[[Message], Any]
    ) -> None:
        """Have the reader lay out the items that come first, and the fetcher fetch those behind
        them; and, once the screen has rested at this one, look for leaks and tell `then` with a
        `Laid` of them."""
        self._asked += 1
        self._moved.set()
        asked = self._asked

        def run() -> None:
            try:
                if asked == self._asked:
                    self._moved.clear()
                    self._hurry.wait(DRAWN)
                    self._hurry.clear()
                    ahead = self._laid_ahead(width, view)
                    self._fetch(LEAST)
                    if asked == self._asked and not self._moved.wait(RESTING):
                        self._look_through((here, *ahead), width, view, then)
                        self._fetch(WINDOW // 2)
            finally:
                self._looked = asked

        self._reader.submit(run)

    @property
    def is_looking(self) -> bool:
        """Whether there is something to look at or to fetch still."""
        return self._fetching or self._looked != self._asked

    def _laid_ahead(self, width: int, view: View) -> list[ReviewItem]:
        """The items that come next, each with a page; they are waited for where none is here."""
        ahead = self._session.ahead(AHEAD)
        if len(ahead) < AHEAD:
            self._session.prefetch()
            ahead = self._session.ahead(AHEAD)
        for item in ahead:
            page(item, width, unlit(item, view))
        return ahead

    def _fetch(self, least: int) -> None:
        """Have the fetcher top up what is at hand, unless it is at it: to fetch takes longer than
        from key to key, and meanwhile pages are laid out."""
        if self._fetching:
            return
        self._fetching = True

        def run() -> None:
            try:
                if self._session.prefetch(least=least):
                    tidy()
            finally:
                self._fetching = False

        self._fetcher.submit(run)

    def _look_through(
        self,
        items: tuple[ReviewItem, ...],
        width: int,
        view: View,
        then: Callable[[Message], Any],
    ) -> None:
        for item in items:
            if known(item):
                continue
            found = leaks(item)
            laid = page_or_why_not(item, width, unlit(item, view))
            if found and item is items[0]:
                then(Laid(item, width, view, laid, lit=True))
            if self._moved.is_set():
                return

    def lay_out(
        self, item: ReviewItem, width: int, view: View, then: Callable[[Message], Any]
    ) -> None:
        """Have the reader make a page that is not there yet, and then `then` with a `Laid`."""
        self._hurry.set()
        self._moved.set()
        self._reader.submit(
            lambda: then(Laid(item, width, view, page_or_why_not(item, width, view)))
        )

    def read(self, read: Callable[[], Any]) -> None:
        """Have the reader do this, which looks something up and posts what it found."""
        self._hurry.set()
        self._moved.set()
        self._reader.submit(read)

    def keep(self) -> None:
        """Have the writer keep drafts and the place now: much may come before `close`, and whoever
        ends this process may not wait for it."""
        self.act("autosave", self._session.autosave)

    def close(self) -> None:
        """Wait for the writer; drop what the reader had not begun; keep drafts and the place.
        Raises what kept them from being written."""
        self._hurry.set()
        self._moved.set()
        for thread in (self._reader, self._fetcher):
            thread.shutdown(wait=True, cancel_futures=True)
        rest()
        last = self._writer.submit(self._session.autosave)
        self._writer.shutdown(wait=True)
        last.result()


def _blind(session: Session) -> Seen:
    """What there is to see where nothing could be read yet."""
    return Seen(None, session.progress, None, session.summary)


def tidy() -> None:
    """Give back what the store needed: it is asked again after a hundred keys or so."""
    give_back()
    give_back_code()


def unlit(item: ReviewItem, view: View) -> View:
    """The view in which an item can be shown at once: without its leaks, unless there are some
    that are known. So the page stays the same one where none are found."""
    return view if known(item) and leaks(item) else replace(view, hasty=True)


def page_or_why_not(item: ReviewItem, width: int, view: View) -> Page:
    """The page; where it cannot be laid out, a page that says so, so that the keys stay alive."""
    try:
        return page(item, width, view)
    except Exception as error:
        why = safe_line(repr(error))
        said = f"This item cannot be drawn ({why}); it can be decided on, or opened in $EDITOR."
        return Page(tuple(wrap(said, plain(said, BAD), width)), 0, 0, (), 0)
