"""A screen of rows and bars that repaints them by itself, where nothing lies over them."""

from typing import TYPE_CHECKING, Any, TypeVar

from textual.geometry import Size
from textual.screen import Screen
from textual.scrollbar import ScrollBar

from curator.tui.frame import Frame, Pens
from curator.tui.widgets.rows import Bar, Rows

if TYPE_CHECKING:
    from textual.widget import Widget

Result = TypeVar("Result")


class QuickScreen(Screen[Result]):
    """Repaints changed rows in one write. All else, and the first paint after anything else was
    painted, is Textual's: layout, another theme, other widgets, something that lies on top."""

    def __init__(self) -> None:
        super().__init__()
        self._pens: Pens | None = None
        #: What stands on the terminal by (row, column), as far as it was written here.
        self._stands: dict[tuple[int, int], str] = {}
        self._arranging = False

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        self._arranging = True
        try:
            super()._refresh_layout(size, scroll)
        finally:
            self._arranging = False

    def _compositor_refresh(self) -> None:
        dirty = self._painted_here()
        if not dirty:
            self._stands.clear()
            self._pens = None
            super()._compositor_refresh()
            return
        # Textual writes whatever is a `CompositorUpdate`, which its own types do not say.
        frame: Any = Frame(self._changed(dirty))
        self.app._display(self, frame)
        self._dirty_widgets.clear()
        self._compositor._dirty_regions.clear()
        self.app._update_mouse_over(self)

    def _painted_here(self) -> list[Bar | Rows]:
        """The widgets to repaint, where all of them can be painted here."""
        app = self.app
        plain = not (self._arranging or app._notifications or app.is_inline)
        if not plain or self is not app.screen or self.styles.background.a < 1:
            return []
        found: dict[Bar | Rows, None] = {}
        for widget in self._dirty_widgets:
            owner = _owner(widget)
            if owner is None:
                return []
            found[owner] = None
        return list(found)

    def _changed(self, dirty: list[Bar | Rows]) -> list[tuple[int, int, str]]:
        """The lines of these widgets that are not on the terminal yet."""
        pens = self._pens = self._pens or Pens(self.app)
        places, stands = self._compositor.visible_widgets, self._stands
        found = []
        for widget in dirty:
            if widget not in places:
                continue
            x, top = places[widget][0].offset
            for y, line in enumerate(widget.written(pens), top):
                if stands.get((y, x)) != line:
                    stands[y, x] = line
                    found.append((y, x, line))
        return found


def _owner(widget: "Widget") -> Bar | Rows | None:
    """The rows or the bar that a widget is or belongs to; None where it is painted by Textual."""
    if isinstance(widget, ScrollBar):
        if widget.mouse_over or widget.grabbed or not isinstance(widget.parent, Rows):
            return None
        return widget.parent
    return widget if isinstance(widget, Bar | Rows) else None
