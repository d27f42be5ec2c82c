"""The keys that find: other queues, filters, words lit on the page, and one act on all of it."""

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec
from textual import on
from textual.message import Message

from curator.errors import CuratorError
from curator.filters import FilterError, both, parse
from curator.filters.nodes import Words
from curator.filters.views import QueueSpec
from curator.filters.words import wanted
from curator.review import bulk
from curator.tui.lighting import lit
from curator.tui.page import Page
from curator.tui.safe import safe_line
from curator.tui.screens.looking import LookingScreen
from curator.wording import several

if TYPE_CHECKING:
    from curator.tui.told import Told


class Sought(Message):
    """The chats that words were found in, how many of them are in the queue, or why they could not
    be sought."""

    def __init__(self, words: str, chats: frozenset[int], why_not: str = "", here: int = 0) -> None:
        super().__init__()
        self.words, self.chats, self.why_not, self.here = words, chats, why_not, here


class FindingScreen(LookingScreen):
    """Queues, filters and searching in the reading room."""

    #: What is lit on the page, the rows it is on, and the chats it is in.
    _terms: tuple[Words, ...] = ()
    _hits: tuple[int, ...] = ()
    _chats: frozenset[int] = frozenset()
    _hit = -1
    #: Whether what was found has been told: the first hit leaves that on the screen.
    _sought_for = True
    #: The way one came to an item by n or N, until it is drawn, and the item one came from.
    _arriving = 0
    _left: str | None = None
    #: The item that words were sought on, and the row it stood at, while its hits are walked.
    _before_hit: tuple[str | None, float] | None = None

    # queues and filters ---------------------------------------------------------------------------

    def action_queue(self) -> None:
        from curator.tui.screens.queues import QueueScreen

        self.curator.push_screen(
            QueueScreen(self.session.spec, self.curator.work.read, self.session.desk.queues.counts),
            self._turn_to,
        )

    def action_filter(self) -> None:
        from curator.tui.screens.filtering import FilterScreen

        spec, queues = self.session.spec, self.session.desk.queues

        def count(where: str, told: Any) -> str:
            with self.telling(told):
                rewrites, chats = queues.size(replace(spec, where=where))
            return f"{several(rewrites, f'{spec.state} rewrite')}, in {several(chats, 'chat')}"

        def taken(where: str | None) -> None:
            self._turn_to(None if where is None else replace(spec, where=where))

        screen = FilterScreen(spec.where, self.curator.work.read, count, queues.known)
        self.curator.push_screen(screen, taken)

    def _turn_to(self, spec: QueueSpec | None) -> None:
        # What users objected to may be weighed better by now: that order is drawn anew.
        if spec is not None and (spec != self.session.spec or spec.order == "objections"):
            self.leave_hunks()
            if spec.where:
                self._light(spec.where)
            self.act_on_many("queue", lambda told: self._turned(spec, told))

    def _turned(self, spec: QueueSpec, told: "Told") -> int:
        with self.telling(told):
            count = self.session.turn_to(spec)
        self.curator.weigh(spec)
        return count

    def action_copy_view(self) -> None:
        path = self.curator.workspace
        command = self.session.spec.command("" if path is None else str(path))
        self.curator.copy_to_clipboard(command)
        self.remark(f"copied: {command}")

    # all at once ----------------------------------------------------------------------------------

    def action_bulk(self) -> None:
        from curator.tui.screens.queues import BulkScreen

        session = self.session

        def said(word: bulk.Word | None) -> None:
            if word is not None:
                self.leave_hunks()
                self.act_on_many("bulk", lambda told: len(session.decide_all(word, told)))

        screen = BulkScreen(
            session.reviewer,
            self.curator.work.read,
            lambda: bulk.preview(session.desk, session.spec),
            lambda then: self.curator.ask("tags, with blanks between", "", then, session.tags()),
        )
        self.curator.push_screen(screen, said)

    # words ----------------------------------------------------------------------------------------

    def action_search(self) -> None:
        asked = f"search ({self._ways()}, nothing puts it out)"
        self.curator.ask(asked, "", self._search, does="searches")

    def _search(self, words: str) -> None:
        from curator.tui.told import Told

        try:
            self._light(words)
        except FilterError as error:
            self.remark(error.sentence)
            return
        self._hit = -1
        self.draw(stay=True)
        if not self._terms:
            self.remark("nothing is lit")
            return
        house = self.curator.house
        self.remark(f"searching … {house.indexed() if house is not None else ''}".rstrip())
        queues, spec = self.session.desk.queues, self.session.spec

        told = Told(f"/{words}")

        def seek() -> None:
            try:
                with self.telling(told):
                    here = queues.size(replace(spec, where=both(spec.where, words)))[1]
                    found = Sought(words, frozenset(queues.chats(words)), here=here)
            except CuratorError as error:
                found = Sought(words, frozenset(), str(error).split("\n")[0])
            told.ended = monotonic()
            self.post_message(found)

        self.curator.work.read(seek)
        self.follow(told)

    def _ways(self) -> str:
        """The keys from hit to hit."""
        return f"{self.curator.called('hit(1)')} next, {self.curator.called('hit(-1)')} last"

    @on(Sought)
    def _sought(self, event: Sought) -> None:
        self._chats = event.chats
        if event.why_not:
            self.remark(event.why_not)
            return
        say = several(len(event.chats), "chat says", "chats say")
        here = f", {event.here:,} of this queue" if event.chats else ""
        self.remark(f"{say} {safe_line(event.words)}{here} · {self._ways()}")
        self._sought_for = False
        if self._hits:
            self._before_hit = self._key_of(self.seen), self.page.scroll_offset.y
            self._to_hit(0)
        elif self._chats:
            self._arriving, self._left = 1, self._key_of(self.seen)
            seek = self.session.seek
            self.curator.work.act("quiet", lambda: seek(event.chats, 1), self.post_message)

    # the way back ---------------------------------------------------------------------------------

    def action_jump(self, step: int) -> None:
        """To where one was before the last jump, within the page first, and forward again."""
        if step < 0 and self._before_hit is not None:
            key, row = self._before_hit
            self._before_hit = None
            if key == self._key_of(self.seen) and row != self.page.scroll_offset.y:
                self._hit = -1
                self.roll(row)
                self.remark("back to where you searched")
                return
        self.leave_hunks()
        self._hit = -1
        self.act("forth" if step > 0 else "back", lambda: self.session.jump(step))

    def _light(self, words: str) -> None:
        self._terms = tuple(wanted(parse(words).root))

    def _put_up(self, laid: Page, stay: bool = False) -> None:
        self._hits = ()
        if self._terms:
            laid, self._hits = _lit_page(laid, self._terms)
        super()._put_up(laid, stay)
        if self._arriving and self._terms:
            self.call_after_refresh(self._arrive, self._arriving)
        self._arriving = 0

    def _arrive(self, step: int) -> None:
        """Bring the first (or last) hit of an item just reached into sight."""
        if self._key_of(self.seen) == self._left:
            return  # there was no further one, which is told
        if self._hits:
            self._to_hit(0 if step > 0 else len(self._hits) - 1)
        else:
            self.remark(
                f"it is said in the later turns; {self.curator.called('toggle_later')} shows them"
            )

    def action_hit(self, step: int) -> None:
        """To the next (or last) place that says the words: on this page, then in the queue."""
        if not self._terms:
            self.remark(f"nothing is sought; {self.curator.called('search')} does")
            return
        at = self._hit + step if self._hit >= 0 or step > 0 else -1
        if 0 <= at < len(self._hits):
            self._to_hit(at)
        else:
            self._next_item(step)

    def _to_hit(self, at: int) -> None:
        self._hit = at
        if self._sought_for:
            self.remark(f"hit {at + 1} of {len(self._hits)} in this item · {self._ways()}")
        self._sought_for = True
        self.in_chat = self.parted
        self.bring_up(self._hits[at])

    def _next_item(self, step: int) -> None:
        self._hit, self._arriving, self._left = -1, step, self._key_of(self.seen)
        self.act("move", lambda: self.session.seek(self._chats, step))


def _lit_page(laid: Page, terms: tuple[Words, ...]) -> tuple[Page, tuple[int, ...]]:
    """The page with the words lit, and the rows that they are on."""
    rows, hits = lit(laid.rows, terms)
    panes, around = laid.panes, laid.around
    if panes is not None:
        panes = msgspec.structs.replace(
            panes, left=lit(panes.left, terms)[0], right=lit(panes.right, terms)[0]
        )
    if around is not None:
        around = msgspec.structs.replace(around, rows=lit(around.rows, terms)[0])
    return msgspec.structs.replace(laid, rows=rows, panes=panes, around=around), hits
