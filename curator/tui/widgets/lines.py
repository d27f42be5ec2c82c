"""A list of any length: only what is in sight is fetched, in blocks, by whoever has the rows.

A million rows cost what forty do. A block that is not here yet is asked for once and drawn as
row numbers until it comes; the thread that draws never waits.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from curator.tui.ink import BOLD, HERE, QUIET, Row, padded
from curator.tui.palette import DARK, PALETTES
from curator.tui.widgets.rows import strip

BLOCK = 128
#: So many blocks are kept; far more than one leafs back and forth.
KEPT = 32


class Marks(Protocol):
    """Which rows are marked."""

    def __contains__(self, row: int, /) -> bool: ...
    def toggle(self, row: int, /) -> None: ...
    def clear(self) -> None: ...


class Numbers(set[int]):
    """Marks by the number of the row."""

    def toggle(self, row: int) -> None:
        """Mark a row, or let it go."""
        self.symmetric_difference_update({row})


class Lines(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows by number, and a cursor. `ask(block)` is told which block to fetch; `put` brings it.
    It has no keys of its own: arrows move the cursor, which the screen sees to."""

    DEFAULT_CSS = """
    Lines { height: 1fr; width: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    class Moved(Message):
        """The cursor stands elsewhere now."""

    class Opened(Message):
        """The row under the mouse was clicked while the cursor was on it."""

    def __init__(self, ask: Callable[[int], None], id: str) -> None:
        super().__init__(id=id)
        self.total = 0
        self.cursor = 0
        #: The rows that are marked; a screen that marks by something else puts its own here.
        self.picked: Marks = Numbers()
        self._ask = ask
        self._blocks: OrderedDict[int, tuple[Row, ...]] = OrderedDict()
        self._asked: set[int] = set()
        self._strips: dict[int, Strip] = {}

    def begin(self, total: int, cursor: int = 0) -> None:
        """Show a list of so many rows, all of them to be fetched."""
        self.total, self.cursor = total, max(0, min(cursor, total - 1))
        self.picked.clear()
        self._forget()
        self.virtual_size = Size(max(self.scrollable_content_region.width, 1), total)
        self._show_cursor()
        self.refresh()

    def put(self, block: int, rows: tuple[Row, ...]) -> None:
        """The rows of a block have come."""
        self._asked.discard(block)
        self._blocks[block] = rows
        self._blocks.move_to_end(block)
        while len(self._blocks) > KEPT:
            self._blocks.popitem(last=False)
        self._strips.clear()
        self.refresh()

    def forget(self) -> None:
        """Fetch everything in sight anew."""
        self._forget()
        self.refresh()

    def repaint(self) -> None:
        """Make all strips anew, as after a change of theme."""
        self._strips.clear()
        self.refresh()

    def move(self, step: int) -> None:
        """Move the cursor by so many rows."""
        self.go(self.cursor + step)

    def go(self, row: int) -> None:
        """Put the cursor on a row."""
        row = max(0, min(row, self.total - 1))
        if row == self.cursor or not self.total:
            return
        for at in (self.cursor, row):
            self._strips.pop(at, None)
            self.refresh(Region(0, at - self.scroll_offset.y, self.size.width, 1))
        self.cursor = row
        self._show_cursor()
        self.post_message(self.Moved())

    def pick(self) -> None:
        """Pick the row under the cursor, or let it go."""
        if self.total:
            self.picked.toggle(self.cursor)
            self._strips.pop(self.cursor, None)
            self.refresh()

    def on_resize(self) -> None:
        self._strips.clear()
        self._show_cursor()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a click on the cursor opens."""
        row = event.y + self.scroll_offset.y
        if row == self.cursor:
            self.post_message(self.Opened())
        elif row < self.total:
            self.go(row)

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        found = self._strips.get(at)
        if found is None:
            width = self.scrollable_content_region.width
            palette = PALETTES.get(self.app.theme, DARK)
            row = self._row(at)
            if at == self.cursor:
                row = padded(row, width, HERE)
            found = strip(row, width, palette)
            if self._here(at):
                if len(self._strips) > 4 * BLOCK:
                    self._strips.clear()
                self._strips[at] = found
        return found

    def _here(self, at: int) -> bool:
        return at >= self.total or at // BLOCK in self._blocks

    def _row(self, at: int) -> Row:
        if at >= self.total:
            return ()
        block = self._blocks.get(at // BLOCK)
        if block is None:
            if at // BLOCK not in self._asked:
                self._asked.add(at // BLOCK)
                self._ask(at // BLOCK)
            row: Row = ((f"   {at + 1:>9,}  …", QUIET),)
        else:
            within = at % BLOCK
            row = block[within] if within < len(block) else ()
        mark = "▶" if at == self.cursor else " "
        picked = "•" if at in self.picked else " "
        here = HERE if at == self.cursor else 0
        return ((mark + picked, here | BOLD), *((text, ink | here) for text, ink in row))

    def _show_cursor(self) -> None:
        """Scroll as little as brings the cursor into sight."""
        height = self.scrollable_content_region.height
        if height <= 0:
            return
        top = self.scroll_offset.y
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)

    def _forget(self) -> None:
        self._blocks.clear()
        self._asked.clear()
        self._strips.clear()
