"""Rows on the screen: a page that scrolls, and bars one row high. Strips are made once and kept."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollTo
from textual.strip import Strip
from textual.widget import Widget

from curator.tui.ink import PLAIN, Row
from curator.tui.palette import DARK, PALETTES, Palette, style

if TYPE_CHECKING:
    from curator.tui.frame import Pens


def strip(row: Row, width: int, palette: Palette) -> Strip:
    """A row as a strip exactly `width` cells wide."""
    segments = [Segment(text, style(what, palette)) for text, what in row]
    return Strip(segments).adjust_cell_length(width, style(PLAIN, palette))


def gated(widget: Widget, found: Strip) -> Strip:
    """The strip as the app's line filters let it out to the terminal."""
    ground = widget.background_colors[1]
    for gate in widget.app.get_line_filters():
        found = found.apply_filter(gate, ground)
    return found


def changed(widget: "Bar | Rows") -> None:
    """Have it painted anew: by its screen, where that paints by itself."""
    touch = getattr(widget.screen, "touch", None) if widget.is_mounted else None
    if touch is None:
        widget.refresh()
    else:
        touch(widget)


class Rows(ScrollView, can_focus=True, inherit_bindings=False):
    """A page of rows that scrolls; only the rows in sight are made into strips. It has no keys of
    its own: what scrolls, and by how much, is for the screen to say."""

    class Rolled(Message):
        """The mouse brought other rows into sight."""

        def __init__(self, rows: "Rows") -> None:
            super().__init__()
            self.rows = rows

    #: The scroll bar is always there, if only as a blank: one that comes and goes costs a layout.
    DEFAULT_CSS = """
    Rows { height: 1fr; width: 1fr; scrollbar-size-vertical: 1; overflow-y: scroll; }
    """

    def __init__(self, id: str, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: tuple[Row, ...] = ()
        self._strips: dict[int, Strip] = {}
        #: The same, filtered and as wide as the widget: what a repaint of the page takes.
        self._lines: dict[int, Strip] = {}
        #: The same as it is written to the terminal, by the pens that wrote it.
        self._written: dict[int, str] = {}
        self._pens: Pens | None = None

    #: Another number of rows is no reason to arrange the whole screen anew.
    virtual_size = Reactive(Size(0, 0), layout=False)

    @property
    def allow_vertical_scroll(self) -> bool:
        """Keys and the wheel are for the rows only where some do not fit."""
        return super().allow_vertical_scroll and self.virtual_size.height > self.size.height

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
        self._forget()
        # Without a word to anybody: the one paint that follows shows all of it.
        self.set_reactive(
            Rows.virtual_size, Size(max(self.scrollable_content_region.width, 1), len(rows))
        )
        if self.is_mounted:
            self._stand(self.scroll_y if first is None else first)
        changed(self)

    def _stand(self, first: float) -> None:
        """Have the row `first` at the top, as far as that goes, and the scroll bar say so."""
        # By the height it was given: Textual still goes by the one it had.
        at, bar = float(max(0, min(round(first), self.hidden))), self.vertical_scrollbar
        self.set_reactive(Rows.scroll_target_y, at)
        self.set_reactive(Rows.scroll_y, at)
        bar.set_reactive(ScrollBar.window_virtual_size, len(self.rows))
        bar.set_reactive(ScrollBar.window_size, self.container_size.height)
        bar.set_reactive(ScrollBar.position, at)
        # What Textual has kept of the bar's look, for when it paints it itself.
        bar._layout_cache.clear()
        bar._set_dirty()

    def _bar_look(self) -> tuple[Color, Color]:
        """The colours of the scroll bar and of its ground."""
        ground = self.background_colors[0] + self.styles.scrollbar_background
        return (ground + self.styles.scrollbar_color).rich_color, ground.rich_color

    def repaint(self) -> None:
        """Make all strips anew, as after a change of theme."""
        self._forget()
        self.refresh()

    def on_resize(self) -> None:
        self._forget()

    def on_mouse_scroll_down(self) -> None:
        self.post_message(self.Rolled(self))

    def on_mouse_scroll_up(self) -> None:
        self.post_message(self.Rolled(self))

    def on_scroll_to(self, event: ScrollTo) -> None:
        """The scroll bar is dragged: follow at once, where Textual would glide."""
        event.prevent_default().stop()
        self.scroll_to(y=event.y, animate=False, immediate=True)
        self.post_message(self.Rolled(self))

    def _forget(self) -> None:
        self._strips.clear()
        self._lines.clear()
        self._written.clear()

    def written(self, pens: "Pens") -> Iterator[str]:
        """The rows in sight with the scroll bar, each as it is written to the terminal."""
        if pens is not self._pens:
            self._pens, self._written = pens, {}
        width, height = self.size
        first, total, known = self.scroll_offset.y, len(self.rows), self._written
        bar = pens.thumb(height, total, self.scroll_y, self._bar_look())
        for at in range(first, first + height):
            line = known.get(at)
            if line is None:
                row = self.rows[at] if at < total else ()
                line = known[at] = pens.line(row, width - 1)
            yield line + bar[at - first]

    def render_lines(self, crop: Region) -> list[Strip]:
        # Without Textual's cache of styles: there is no border here, no padding and no opacity,
        # and it costs more than all the rest of a repaint.
        first = self.scroll_offset.y
        found = [self._line(y, first) for y in crop.line_range]
        left, right = crop.column_span
        if (left, right) != (0, self.size.width):
            found = [line.crop(left, right) for line in found]
        return found

    def _line(self, y: int, first: int) -> Strip:
        found = self._lines.get(y + first)
        if found is None:
            line = self.render_line(y)
            blank = style(PLAIN, self.palette)
            found = gated(self, line.adjust_cell_length(self.size.width, blank))
            self._lines[y + first] = found
        return found

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

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._row: Row = ()

    @property
    def row(self) -> Row:
        """What it says."""
        return self._row

    @row.setter
    def row(self, row: Row) -> None:
        if row != self._row:
            self._row = row
            changed(self)

    def written(self, pens: "Pens") -> Iterator[str]:
        """The row as it is written to the terminal."""
        yield pens.line(self.row, self.size.width)

    def render_line(self, y: int) -> Strip:
        del y
        return strip(self.row, self.size.width, PALETTES.get(self.app.theme, DARK))

    def render_lines(self, crop: Region) -> list[Strip]:
        line = gated(self, self.render_line(0))
        left, right = crop.column_span
        return [line if right - left == line.cell_length else line.crop(left, right)] * crop.height
