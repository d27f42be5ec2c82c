"""The library: every conversation, a line each; a million of them open as fast as ten."""

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from curator.errors import CuratorError
from curator.filters.views import QueueSpec
from curator.tui.ink import ACCENT, BAD, GOOD, PLAIN, QUIET, WARN, Chunk, Row, clipped, padded
from curator.tui.ink import width_of as cells
from curator.tui.keys import hint
from curator.tui.safe import safe_line
from curator.tui.screens.picked import PickingScreen
from curator.tui.widgets.rows import Bar
from curator.wording import several

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from curator.filters.nodes import Words
    from curator.progress import Progress
    from curator.stages.base import Report
    from curator.store.queues import SavedView
    from curator.store.shelf import Card
    from curator.tui.house import House
    from curator.tui.keys import Key

#: How verdicts on a chat's rewrites read in its line, in this order.
SIGNS = (("pending", "·", QUIET), ("accept", "✓", GOOD), ("edit", "✎", GOOD), ("reject", "✗", BAD),
         ("skip", "→", WARN))  # fmt: skip
#: The cells of the verdicts; and of the source, from so many columns on.
VERDICTS, SOURCE, SOURCE_FROM = 9, 28, 100
LEGEND = "· pending ✓ taken ✎ edited ✗ refused → skipped"


class LibraryScreen(PickingScreen):
    """All conversations, or those that match a filter, in one of several orders."""

    ROOM: ClassVar[str] = "library"
    TITLE: ClassVar[str] = "library"

    def __init__(self, house: "House", table: "tuple[Key, ...]") -> None:
        super().__init__(house, table)
        #: The filter, and the one by which what is on the screen was found.
        self.asked = self._shown = ""
        self.order = 0
        self._total = 0
        self._news = ""

    def compose(self) -> "ComposeResult":
        above, *others = super().compose()
        yield above
        yield Bar(id="columns")
        yield from others

    def head(self, said: str | None = None) -> None:
        super().head(said)
        self.query_one("#columns", Bar).row = (("  ", QUIET), *column_heads(self.columns))

    def fill(self) -> None:
        words = bool(self.terms)
        self.say(f"searching … {self.house.indexed()}" if words else "counting …")
        asked, order = self.asked, self.order

        def read() -> tuple[int, Any, str]:
            try:
                return self._read(asked, order)
            except CuratorError:
                self.asked = self._shown  # what is on the screen is what acts are on
                raise

        self.look_long("words" if words else "library", read, self._show)

    def _read(self, asked: str, order: int) -> tuple[int, Any, str]:
        from curator.store.shelf import ORDERS

        store, name = self.house.store, tuple(ORDERS)[order]
        if not asked and order == 0:
            return store.shelf.size(), None, name
        ords = store.shelf.order(name)
        if asked:
            import numpy as np

            found = np.asarray(store.selecting.conversations(asked), dtype=ords.dtype)
            ords = ords[np.isin(ords, found)]
        return len(ords), ords, name

    def _show(self, read: tuple[int, Any, str]) -> None:
        self._total, self.ords, self._name = read
        self._shown = self.asked
        self.lines.begin(self._total)
        self.tell()
        self.say(self._nothing() if not self._total else self.house.indexed() * bool(self.terms))
        for notice in self.house.given_up() if self.terms else ():
            self.say(notice, WARN)
        if self._news:
            self.done(self._news)
            self._news = ""

    @property
    def terms(self) -> "tuple[Words, ...]":
        """The words that the list is filtered by, to be lit where a chat is read."""
        from curator.filters import parse
        from curator.filters.words import wanted

        return tuple(wanted(parse(self.asked).root))

    def tell(self) -> None:
        picked = f" · {len(self.picks):,} picked" if self.picks else ""
        asked = f" · {self.asked}" if self.asked else ""
        self.head(f"{several(self._total, 'conversation')}, {self._name}{picked}{asked}")

    def _nothing(self) -> str:
        if self.asked:
            return f"nothing is found; {self.called('filter')} changes the filter"
        return "nothing here; `curator import FILE` brings chats in"

    def rows(self, first: int, last: int) -> tuple[Row, ...]:
        ords = range(first, last) if self.ords is None else self.ords[first:last].tolist()
        found = {card.ord: card for card in self.house.store.shelf.cards(ords)}
        width = self.columns
        return tuple(card_row(found[o], width) if o in found else () for o in ords)

    def action_open(self) -> None:
        if self.here is not None:
            self.curator.read(self.here, self)

    def neighbour(self, step: int) -> int | None:
        """Move the cursor; the `ord` there, None at an end."""
        before = self.lines.cursor
        self.lines.move(step)
        return self.here if self.lines.cursor != before else None

    def action_filter(self) -> None:
        from curator.tui.screens.filtering import FilterScreen

        store = self.house.store

        def count(where: str, told: "Progress") -> str:
            with store.searching.telling(told):
                return several(store.selecting.count(where), "chat")

        def read(ask: Callable[[], Any]) -> None:
            self.house.look(ask, lambda *_: None)

        def taken(where: str | None) -> None:
            if where is not None:
                self._filter(where)

        self.app.push_screen(FilterScreen(self.asked, read, count, store.selecting.known), taken)

    def _filter(self, said: str) -> None:
        self.asked = said.strip()
        self.fill()

    def show_only(self, where: str) -> None:
        """Show what a filter finds."""
        self._filter(where)

    def action_views(self) -> None:
        """Choose a view whose chats are shown, or give the filter a name."""
        self.look(self.house.store.views.all, self._choose_view)

    def _choose_view(self, views: "list[SavedView]") -> None:
        from curator.tui.screens.viewing import KEEP, choices

        found, store = {view.name: view.spec.where for view in views}, self.house.store
        here = QueueSpec(where=self.asked)

        def keep(name: str) -> None:
            self.do(lambda: store.views.save(name, here), lambda _: self.done(f"kept as {name}"))

        def chosen(name: str) -> None:
            if name == KEEP:
                self.curator.ask("a name for this filter", "", keep, [*found])
            else:
                self._filter(found[name])

        self.curator.choose_act(choices(views, self.asked or "all chats"), chosen, "views")

    def action_sort(self) -> None:
        from curator.store.shelf import ORDERS

        self.order = (self.order + 1) % len(ORDERS)
        self.fill()

    def again(self, news: str) -> None:
        self._news = news
        self.fill()

    def _in_view(self) -> str | None:
        """The filter that finds the picks, or else all that is shown; None where that would be too
        long to read, which is said."""
        where = self.picks.where() if self.picks else self.asked
        if self.picks and not where:
            tags = hint(
                self.table, ("bulk('queue')", "gives it a tag"), ("bulk('tag')", "does, too")
            )
            self.say(f"too much is picked to be said as a filter{tags}")
            return None
        return where

    def action_mend(self) -> None:
        """Show what is out of order in the picks, or in all that is shown; then put it right."""
        from curator.progress import Silent
        from curator.stages import fixing
        from curator.tui.screens.fixing import FixScreen

        where = self._in_view()
        if where is None:
            return
        store = self.house.store

        def look() -> "Report":
            # A preview writes nothing, so it is no run.
            return fixing.mended(store, fixing.Config(where=where or ""), Silent())

        def read(ask: Callable[[], Any]) -> None:
            self.house.look(ask, lambda *_: None)

        def taken(wanted: bool | None) -> None:
            if wanted:
                words = ["fix", "--apply", *(["--where", where] if where else [])]
                self.start(shlex.join(words))

        part = safe_line(where) if where else "all chats"
        self.app.push_screen(FixScreen(read, look, part), taken)

    def action_copy_command(self) -> None:
        from curator.store.shelf import command

        where = self._in_view()
        if where is None:
            return
        said = command(where, self.house.store.path)
        self.app.copy_to_clipboard(said)
        self.say(f"copied: {said}")


def column_heads(width: int) -> Row:
    """What stands above the lines of `card_row`; the signs of the verdicts are explained where
    there is room."""
    left = f"{'chat':>8} {'turns':>5} {'in':<4}{'verdicts':<{VERDICTS}}"
    source = "from" if width >= SOURCE_FROM else ""
    room = max(width - len(left) - (SOURCE + 2 if source else 1), 0)
    opening = clipped(f"begins ({LEGEND})" if room >= len(LEGEND) + 9 else "begins", room)
    return ((f"{left}{opening:<{room}}  {source:>{SOURCE}}".rstrip(), QUIET),)


def card_row(card: "Card", width: int) -> Row:
    """One conversation as a line: number, verdicts, turns, language, opening, where from."""
    dark = QUIET if card.hidden else 0
    left: list[Chunk] = [(f"{card.ord + 1:>9,} ", QUIET), (f"{card.turns:>4} ", dark or PLAIN)]
    left.append((f"{safe_line(card.language)[:3]:<3} ", QUIET))
    signs: list[Chunk] = [
        (f"{sign}{card.words[word] if card.words[word] > 1 else ''}", dark or ink)
        for word, sign, ink in SIGNS
        if card.words.get(word)
    ]
    left += (*padded(tuple(signs), VERDICTS - 1), (" ", PLAIN))
    if card.hidden:
        left.append((f"[{card.hidden}] ", QUIET))
    place = safe_line(card.source).rsplit("/", 1)[-1] + (f":{card.line}" if card.line else "")
    source = clipped(place, SOURCE) if width >= SOURCE_FROM else ""
    room = width - cells(left) - (cells(((source, PLAIN),)) + 2 if source else 1)
    opening = clipped(" ".join(safe_line(card.opening).replace("␊", " ").split()), max(room, 0))
    row = (*left, *padded(((opening, dark or PLAIN),), max(room, 0)))
    return (*row, ("  " + source, ACCENT if not dark else QUIET)) if source else row
