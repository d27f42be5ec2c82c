"""The map on the screen: braille dots (or letters), names over them, the cursor, a rectangle."""

from typing import TYPE_CHECKING, Any, Literal

from rich.cells import split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from curator.tui.kinds import LETTERS
from curator.tui.palette import DARK, PALETTES, Palette
from curator.tui.safe import safe_line

if TYPE_CHECKING:
    from textual.events import Click, Resize

    from curator.tui.chart import Chart

Glyphs = Literal["dots", "letters"]
#: Colours that can be told apart on either ground, then what is dim and what is lit.
ON_DARK = (
    "#7fb2f0", "#f2a65e", "#7fd18b", "#f07f8f", "#c79bf2", "#d8c15a", "#5fd0cf", "#f29bd0",
    "#a8b86a", "#b89274", "#9aa7f5", "#8fd9b0", "#4a525e", "#ffffff",
)  # fmt: skip
ON_LIGHT = (
    "#1f5fb0", "#b35900", "#1a7f37", "#b3261e", "#7a3fb0", "#7a6500", "#00757a", "#a8327d",
    "#5a6b12", "#6e4a2e", "#3d45b0", "#1d6b52", "#c3c6cc", "#000000",
)  # fmt: skip
#: From so many points in a cell its letter is a capital.
CROWD = 4
CURSOR, RECTANGLE, NAME, DIM, LIT = -2, -3, -4, -5, -6
#: What has a ground of its own, so that a blank beside it is not part of it.
_GROUNDED = (CURSOR, NAME)


class Moved(Message):
    """The mouse pointed at a cell."""

    def __init__(self, column: int, row: int) -> None:
        super().__init__()
        self.column, self.row = column, row


class Scatter(Widget, can_focus=True):
    """Draws a chart; every change of it is followed by `redraw`."""

    DEFAULT_CSS = "Scatter { height: 1fr; width: 1fr; }"

    def __init__(self, chart: "Chart", glyphs: Glyphs, id: str) -> None:
        super().__init__(id=id)
        self.chart = chart
        self.glyphs: Glyphs = glyphs
        self._rows: list[list[tuple[str, int]]] = []

    def redraw(self) -> None:
        """Draw the chart anew."""
        self._rows = rows_of(self.chart, self.glyphs)
        self.refresh()

    def on_resize(self, event: "Resize") -> None:
        self.chart.resize(event.size.width, event.size.height)
        self.redraw()

    def on_click(self, event: "Click") -> None:
        self.post_message(Moved(event.x, event.y))

    def render_line(self, y: int) -> Strip:
        palette = PALETTES.get(self.app.theme, DARK)
        row = self._rows[y] if y < len(self._rows) else []
        segments = [Segment(text, _style(what, palette)) for text, what in row]
        return Strip(segments).adjust_cell_length(self.size.width, _style(DIM, palette))


def rows_of(chart: "Chart", glyphs: Glyphs) -> list[list[tuple[str, int]]]:
    """The frame as rows of (text, what it is): a colour's code, or CURSOR, RECTANGLE, NAME."""
    frame, dim = chart.frame(), chart.dim
    signs = _dots(frame) if glyphs == "dots" else _letters(frame, dim)
    special = {dim: DIM, dim + 1: LIT}
    codes = [[special.get(code, code) for code in row] for row in frame.codes.tolist()]
    grid = [list(zip(row, code, strict=True)) for row, code in zip(signs, codes, strict=True)]
    for label in chart.labels():
        _write(grid[label.row], label.column, label.text)
    if chart.corner is not None:
        _outline(grid, chart.box)
    column, row = chart.cursor
    if row < len(grid) and column < len(grid[row]):
        _free(grid[row], column)
        sign = grid[row][column][0]
        grid[row][column] = ("+" if sign in (" ", "") else sign, CURSOR)
    return [_runs(row) for row in grid]


def _dots(frame: Any) -> list[list[str]]:
    import numpy as np

    signs = np.where(frame.bits > 0, frame.bits.astype(np.uint32) + 0x2800, 0x20)
    return [[chr(sign) for sign in row] for row in signs.tolist()]


def _letters(frame: Any, dim: int) -> list[list[str]]:
    def sign(code: int, count: int) -> str:
        if not count:
            return " "
        letter = {dim: "·", dim + 1: "*"}.get(code) or LETTERS[code % len(LETTERS)]
        return letter.upper() if count >= CROWD else letter

    return [
        [sign(code, count) for code, count in zip(codes, counts, strict=True)]
        for codes, counts in zip(frame.codes.tolist(), frame.counts.tolist(), strict=True)
    ]


def _write(row: list[tuple[str, int]], column: int, text: str) -> None:
    """Lay a name over a row; a wide character takes two cells."""
    line = safe_line(text)
    for start, stop, cells in split_graphemes(line)[0]:
        if cells < 1 or column + cells > len(row):
            continue
        row[column] = (line[start:stop], NAME)
        for further in range(column + 1, column + cells):
            row[further] = ("", NAME)
        column += cells


def _free(row: list[tuple[str, int]], column: int) -> None:
    """Break up a wide character at this cell, so that another sign can stand there."""
    if row[column][0] == "" and column:
        row[column - 1] = (" ", row[column - 1][1])
        row[column] = (" ", row[column][1])
    elif column + 1 < len(row) and row[column + 1][0] == "":
        row[column + 1] = (" ", row[column + 1][1])


def _outline(grid: list[list[tuple[str, int]]], box: tuple[int, int, int, int]) -> None:
    left, right, top, bottom = box
    for row in range(max(top, 0), min(bottom + 1, len(grid))):
        edge = row in (top, bottom)
        for column in range(max(left, 0), min(right + 1, len(grid[row]))):
            if edge or column in (left, right):
                _free(grid[row], column)
                sign = "─" if edge and left < column < right else "│"
                if edge and column in (left, right):
                    sign = "┼"
                grid[row][column] = (sign, RECTANGLE)


def _runs(row: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The row with neighbours of one colour joined; blanks join whatever is before them."""
    made: list[tuple[str, int]] = []
    for sign, what in row:
        if made and (
            made[-1][1] == what
            or (sign == " " and what not in _GROUNDED and made[-1][1] not in _GROUNDED)
        ):
            made[-1] = (made[-1][0] + sign, made[-1][1])
        else:
            made.append((sign, what))
    return made


def _style(what: int, palette: Palette) -> Style:
    found = _STYLES.get((what, palette.name))
    if found is None:
        found = _STYLES[what, palette.name] = _made(what, palette)
    return found


def _made(what: int, palette: Palette) -> Style:
    if what == CURSOR:
        return Style(color=palette.text, bgcolor=palette.ground, reverse=True, bold=True)
    if what == RECTANGLE:
        return Style(color=palette.warn, bgcolor=palette.ground, bold=True)
    if what == NAME:
        return Style(color=palette.text, bgcolor=palette.code_ground, bold=True)
    colours = ON_DARK if palette.dark else ON_LIGHT
    colour = colours[{DIM: -2, LIT: -1}.get(what, what % (len(colours) - 2))]
    return Style(color=colour, bgcolor=palette.ground, bold=what == LIT)


_STYLES: dict[tuple[int, str], Style] = {}


def swatch(code: int, text: str, palette: Palette) -> Segment:
    """A piece of the legend in the colour of its kind."""
    return Segment(text, _style(code, palette))
