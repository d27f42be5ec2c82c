"""Rows on the screen: a page that scrolls, and bars one row high. Strips are made once and kept."""

from rich.segment import Segment
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from curator.tui.ink import PLAIN, Row
from curator.tui.palette import DARK, PALETTES, Palette, style


def strip(row: Row, width: int, palette: Palette) -> Strip:
    """A row as a strip exactly `width` cells wide."""
    segments = [Segment(text, style(what, palette)) for text, what in row]
    return Strip(segments).adjust_cell_length(width, style(PLAIN, palette))


class Rows(ScrollView, can_focus=True):
    """A page of rows that scrolls; only the rows in sight are made into strips."""

    DEFAULT_CSS = """
    Rows { height: 1fr; width: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    def __init__(self, id: str, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: tuple[Row, ...] = ()
        self._strips: dict[int, Strip] = {}

    @property
    def palette(self) -> Palette:
        """The colours of the theme that is on."""
        return PALETTES.get(self.app.theme, DARK)

    @property
    def room(self) -> int:
        """How many rows it shows; where it was just given another height, by that."""
        height = self.styles.height
        return int(height.value) if height is not None and height.is_cells else self.size.height

    @property
    def hidden(self) -> int:
        """How many rows do not fit."""
        return max(len(self.rows) - self.room, 0)

    def show(self, rows: tuple[Row, ...], first: int | None = None) -> None:
        """Put up these rows, `first` at the top; None stays at the present row."""
        self.rows = rows
        self._strips.clear()
        self.virtual_size = Size(max(self.scrollable_content_region.width, 1), len(rows))
        if first is not None:
            self.scroll_to(y=first, animate=False, immediate=True, force=True)
        self.refresh()

    def repaint(self) -> None:
        """Make all strips anew, as after a change of theme."""
        self._strips.clear()
        self.refresh()

    def on_resize(self) -> None:
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        found = self._strips.get(at)
        if found is None:
            row = self.rows[at] if at < len(self.rows) else ()
            found = strip(row, self.scrollable_content_region.width, self.palette)
            self._strips[at] = found
        return found


class Bar(Widget):
    """One row at the edge of the screen."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    row: reactive[Row] = reactive(())

    def render_line(self, y: int) -> Strip:
        del y
        return strip(self.row, self.size.width, PALETTES.get(self.app.theme, DARK))
