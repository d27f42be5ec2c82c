"""The library: every conversation, a line each; a million of them open as fast as ten."""

from typing import TYPE_CHECKING, Any, ClassVar

from curator.tui.ink import ACCENT, BAD, GOOD, PLAIN, QUIET, WARN, Chunk, Row, clipped, padded
from curator.tui.ink import width_of as cells
from curator.tui.safe import safe_line
from curator.tui.screens.hall import ListScreen

if TYPE_CHECKING:
    from curator.store.shelf import Card
    from curator.tui.house import House
    from curator.tui.keys import Key

#: How verdicts on a chat's rewrites read in its line, in this order.
SIGNS = (("pending", "·", QUIET), ("accept", "✓", GOOD), ("edit", "✎", GOOD), ("reject", "✗", BAD),
         ("skip", "→", WARN))  # fmt: skip


class LibraryScreen(ListScreen):
    """All conversations, or those that match a filter, in one of several orders."""

    ROOM: ClassVar[str] = "library"
    TITLE: ClassVar[str] = "library"

    def __init__(self, house: "House", table: "tuple[Key, ...]") -> None:
        super().__init__(house, table)
        self.asked = ""
        self.order = 0
        #: The `ord`s in the order shown; None: every one, by its number.
        self.ords: Any = None
        self._news = ""

    def fill(self) -> None:
        self.say("counting …")
        asked, order = self.asked, self.order
        self.look(lambda: self._read(asked, order), self._show)

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
        total, self.ords, name = read
        self.head(f"{total:,} conversations, {name}" + (f" · {self.asked}" if self.asked else ""))
        self.lines.begin(total)
        self.say("" if total else "nothing here; `curator import FILE` brings chats in")
        if self._news:
            self.done(self._news)
            self._news = ""

    def rows(self, first: int, last: int) -> tuple[Row, ...]:
        ords = range(first, last) if self.ords is None else self.ords[first:last].tolist()
        found = {card.ord: card for card in self.house.store.shelf.cards(ords)}
        width = self.columns
        return tuple(card_row(found[o], width) if o in found else () for o in ords)

    @property
    def here(self) -> int | None:
        """The `ord` under the cursor."""
        at = self.lines.cursor
        if at >= self.lines.total:
            return None
        return at if self.ords is None else int(self.ords[at])

    def _picked(self) -> list[int]:
        rows = sorted(self.lines.picked) or [self.lines.cursor]
        return rows if self.ords is None else [int(self.ords[at]) for at in rows]

    def action_open(self) -> None:
        if self.here is not None:
            self.curator.read(self.here, self)

    def neighbour(self, step: int) -> int | None:
        """Move the cursor; the `ord` there, None at an end."""
        before = self.lines.cursor
        self.lines.move(step)
        return self.here if self.lines.cursor != before else None

    def action_pick(self) -> None:
        self.lines.pick()
        self.lines.move(1)
        self.say(f"{len(self.lines.picked):,} picked" if self.lines.picked else "")

    def action_filter(self) -> None:
        self.curator.ask('filter, as in  lang:zh turns>4 "word"', self.asked, self._filter)

    def _filter(self, said: str) -> None:
        self.asked = said.strip()
        self.fill()

    def action_sort(self) -> None:
        from curator.store.shelf import ORDERS

        self.order = (self.order + 1) % len(ORDERS)
        self.fill()

    def action_hide(self) -> None:
        ords = self._picked() if self.lines.total else []
        if not ords:
            return
        many = f"{len(ords):,} conversation{'' if len(ords) == 1 else 's'}"
        self.curator.ask(
            f"take {many} out of sight? type yes; H takes it back", "",
            lambda said: self._hide(ords) if said.strip().lower() in ("y", "yes") else None,
        )  # fmt: skip

    def _hide(self, ords: list[int]) -> None:
        hiding = self.house.store.hiding

        def told(count: int) -> None:
            self._news = f"{count:,} out of sight; H, then u takes it back"
            self.fill()

        self.do(lambda: hiding.hide(ords, "by hand"), told)

    def action_copy_command(self) -> None:
        import shlex

        where = f" --where {shlex.quote(self.asked)}" if self.asked else ""
        command = f"curator export --format messages --include untouched settled{where}"
        self.app.copy_to_clipboard(command)
        self.say(f"copied: {command}")


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
    left += padded(tuple(signs), 6)
    if card.hidden:
        left.append((f"[{card.hidden}] ", QUIET))
    place = safe_line(card.source).rsplit("/", 1)[-1] + (f":{card.line}" if card.line else "")
    source = clipped(place, 28) if width >= 100 else ""
    room = width - cells(left) - (cells(((source, PLAIN),)) + 2 if source else 1)
    opening = clipped(" ".join(safe_line(card.opening).replace("␊", " ").split()), max(room, 0))
    row = (*left, *padded(((opening, dark or PLAIN),), max(room, 0)))
    return (*row, ("  " + source, ACCENT if not dark else QUIET)) if source else row
