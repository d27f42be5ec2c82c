"""What is done with chats picked by hand: how many and some of them, one key, and Enter."""

from collections.abc import Callable
from typing import ClassVar

from curator.review.picks import ACTS, BY_NAME, Handful, touched
from curator.text import snippet
from curator.tui.ink import ACCENT, BAD, BOLD, GOOD, PLAIN, QUIET, Row, clipped, padded
from curator.tui.safe import safe_line
from curator.tui.screens.counting import CountingScreen
from curator.tui.screens.filtering import Read
from curator.wording import counted, several

#: The act that was chosen, what was typed for it, and the chats.
Chosen = tuple[str, str, Handful]


class PickedScreen(CountingScreen[Handful, Chosen]):
    """Nothing is done before it is said again; whoever goes back keeps the picks."""

    BOX_KEYS: ClassVar[str] = "picked"

    def __init__(
        self, read: Read, look: Callable[[], Handful],
        ask: Callable[[str, Callable[[str], None]], None], act: str = "",
    ) -> None:  # fmt: skip
        super().__init__(read, look)
        self._ask = ask
        self._act, self._said = "", ""
        self._first = act

    def counted(self) -> None:
        """Go on with the act that was asked for."""
        if self._first:
            self.action_choose(self._first)

    def action_choose(self, act: str) -> None:
        wish = BY_NAME[act]
        if not wish.asks:
            self._act, self._said = act, ""
            self.draw()
            return

        def typed(said: str) -> None:
            self._act, self._said = (act, said.strip()) if said.strip() else ("", "")
            self.draw()

        self._ask(wish.asks, typed)

    def action_take(self) -> None:
        if self.seen is not None and self._act and touched(self._act, self.seen)[0]:
            self.dismiss((self._act, self._said, self.seen))

    def rows(self, width: int) -> list[Row]:
        """How many and some of them, the acts with their keys, and what Enter does."""
        if (seen := self.seen) is None:
            return self.unseen()
        head = f" {several(len(seen.ords), 'chat')} picked"
        more = f", with {seen.pending:,} pending of {several(seen.rewrites, 'rewrite')}"
        shown: list[Row] = [((clipped(head + more, width), BOLD | ACCENT),), ()]
        for place, opening in seen.samples:
            named: Row = ((" " + clipped(safe_line(place.rsplit("/", 1)[-1]), 26), QUIET),)
            text = clipped(safe_line(snippet(opening, width)), max(width - 30, 10))
            shown.append((*padded(named, 29), (text, PLAIN)))
        if len(seen.ords) > len(seen.samples):
            shown.append(((f" … and {len(seen.ords) - len(seen.samples):,} more", QUIET),))
        return [*shown, (), *self._keys(width), self._promise(seen, width)]

    def _keys(self, width: int) -> list[Row]:
        """The acts with their keys, in as many rows as they take."""
        rows: list[Row] = [()]
        used = 0
        for act in ACTS:
            if not (key := self.key(f"choose('{act.name}')")):
                continue
            cells = len(key) + len(act.label) + 3
            if used + cells > width:
                rows, used = [*rows, ()], 0
            lit = BOLD if act.name == self._act else QUIET
            rows[-1] = (*rows[-1], (f" {key}", ACCENT | BOLD), (f" {act.label} ", lit))
            used += cells
        return rows

    def _promise(self, seen: Handful, width: int) -> Row:
        if not self._act:
            return ((f" choose an act; nothing is done before {self.key('take')}", QUIET),)
        act = BY_NAME[self._act]
        count, what = touched(self._act, seen)
        if not count:
            return ((f" none of them has {what}; choose another act", BAD),)
        said = f" {safe_line(self._said)}" if self._said else ""
        does = f"{act.promise}{said} ({counted(count, what)}); one undo takes it back"
        text = f" {self.key('take')}: {does}"
        return ((clipped(text, width), GOOD),)
