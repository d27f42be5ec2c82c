"""The legend beside the map: letter, name and number of each kind in sight."""

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from curator.tui.ink import BOLD, PLAIN, QUIET, clipped
from curator.tui.kinds import Kind
from curator.tui.palette import DARK, PALETTES, style
from curator.tui.safe import safe_line
from curator.tui.widgets.scatter import swatch


class Legend(Widget):
    """As many kinds as there is room for, the most frequent first."""

    DEFAULT_CSS = "Legend { width: 30; height: 1fr; }"

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._kinds: list[Kind] = []
        self._whose = ""

    def show(self, kinds: list[Kind], whose: str) -> None:
        """Show these kinds."""
        self._kinds, self._whose = kinds, whose
        self.refresh()

    def render_line(self, y: int) -> Strip:
        palette = PALETTES.get(self.app.theme, DARK)
        width = self.size.width
        blank = style(PLAIN, palette)
        if y == 0:
            row = [Segment(f" {clipped(safe_line(self._whose), width - 2)}", style(BOLD, palette))]
        elif y - 1 < len(self._kinds):
            kind = self._kinds[y - 1]
            count = f" {kind.count:,}"
            name = clipped(safe_line(kind.name), max(width - 5 - len(count), 1))
            gap = " " * max(width - 4 - cell_len(name) - len(count), 0)
            row = [
                Segment(" ", blank),
                swatch(kind.code, f"{kind.letter}⣿", palette),
                Segment(f" {name}{gap}", blank),
                Segment(count, style(QUIET, palette)),
            ]
        else:
            row = []
        return Strip(row).adjust_cell_length(width, blank)
