"""Rows straight into what the terminal reads: what Textual would write, without its detour.

Textual makes every line into segments, strips and chops of strips anew; of a key press that
brings up another page, that is most of the cost. Here a row is a string, made once, and only rows
that differ from what stands on the screen are written.
"""

from collections.abc import Iterable
from math import ceil
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate

from curator.tui.ink import PLAIN, Row
from curator.tui.palette import DARK, PALETTES, style
from curator.tui.safe import one_for_one

if TYPE_CHECKING:
    from rich.console import Console
    from textual.app import App

#: The parts of a bar, from an eighth to all of a cell, as Textual's scroll bars have them.
EIGHTHS = ("▁", "▂", "▃", "▄", "▅", "▆", "▇", " ")


class Frame(CompositorUpdate):
    """Lines to write at (row, column), counted from 0."""

    def __init__(self, lines: Iterable[tuple[int, int, str]]) -> None:
        self._lines = lines

    def render_segments(self, console: "Console") -> str:
        del console
        return "".join(f"\x1b[{y + 1};{x + 1}H{text}" for y, x, text in self._lines)


class Pens:
    """What begins and ends each ink on the terminal of an app, in its theme and its colours."""

    def __init__(self, app: "App[object]") -> None:
        self._palette = PALETTES.get(app.theme, DARK)
        self._filters = app.get_line_filters()
        self._ground = app.screen.background_colors[1]
        self._system = app.console._color_system
        self._pens: dict[int, tuple[str, str]] = {}
        self._bars: dict[tuple[str, bool, Color, Color], str] = {}

    def line(self, row: Row, width: int) -> str:
        """The row, `width` cells wide: cut where it is longer, filled up where it is shorter."""
        found = []
        room = width
        for text, what in (*row, (" " * width, PLAIN)):
            begin, end = self._pens.get(what) or self._pen(what)
            narrow = text.isascii() and text.isprintable()
            if not narrow:
                text = one_for_one(text)
            cells = len(text) if narrow else cell_len(text)
            if cells >= room:
                last = text[:room] if narrow else set_cell_size(text, room)
                found.append(f"{begin}{last}{end}")
                break
            room -= cells
            found.append(f"{begin}{text}{end}")
        return "".join(found)

    def thumb(self, size: int, total: int, at: float, look: tuple[Color, Color]) -> list[str]:
        """A scroll bar `size` cells high over `total` rows of which `at` is at the top, in its
        colour and that of its ground: drawn to an eighth of a cell, as Textual draws it."""
        back = self._bar(" ", False, look)
        if total <= size or not size:
            return [back] * size
        length = max(1.0, size * size / total)
        start = int((size - length) * (int(at * 8) / 8) / (total - size) * 8)
        first, over = divmod(max(0, start), 8)
        last, under = divmod(max(0, start + ceil(length * 8)), 8)
        cells = [back] * size
        cells[first:last] = [self._bar(" ", True, look)] * (min(last, size) - first)
        if first < size and EIGHTHS[7 - over] != " ":
            cells[first] = self._bar(EIGHTHS[7 - over], False, look)
        if last < size and EIGHTHS[7 - under] != " ":
            cells[last] = self._bar(EIGHTHS[7 - under], True, look)
        return cells

    def _pen(self, what: int) -> tuple[str, str]:
        begin, _, end = self._written("x", style(what, self._palette)).partition("x")
        self._pens[what] = begin, end
        return begin, end

    def _bar(self, glyph: str, turned: bool, look: tuple[Color, Color]) -> str:
        key = (glyph, turned, *look)
        if key not in self._bars:
            bare = glyph == " " and not turned
            said = Style(color=None if bare else look[0], bgcolor=look[1], reverse=turned or None)
            self._bars[key] = self._written(glyph, said)
        return self._bars[key]

    def _written(self, text: str, look: Style) -> str:
        segments = [Segment(text, look)]
        for gate in self._filters:
            segments = gate.apply(segments, self._ground)
        return "".join(
            (said or Style.null()).render(part, color_system=self._system)
            for part, said, _ in segments
        )
