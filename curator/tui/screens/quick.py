"""A screen of rows and bars that repaints them by itself, where nothing lies over them."""

import asyncio
from collections.abc import Callable
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
    painted, is Textual's: layout, another theme, other widgets, something that lies on top.

    Rows and bars say by `touch` that they changed: Textual would send three messages for each, and
    wait for its next frame."""

    def __init__(self) -> None:
        super().__init__()
        self._pens: Pens | None = None
        #: What stands on the terminal by (row, column), as far as it was written here.
        self._stands: dict[tuple[int, int], str] = {}
        self._arranging = False
        #: What changed since the last paint, and what waits for the next one.
        self._touched: dict[Bar | Rows, None] = {}
        self._then: list[Callable[[], None]] = []
        self._painting = self._rearranged = False

    def touch(self, widget: Bar | Rows) -> None:
        """Have a widget painted as soon as this act is over, together with the others."""
        self._touched[widget] = None
        self._paint_soon()

    def once_painted(self, then: Callable[[], None]) -> None:
        """Call `then` when what was touched stands on the screen."""
        self._then.append(then)
        self._paint_soon()

    def rearranged(self) -> None:
        """Widgets come, go or take another height: the next paint is Textual's."""
        self._rearranged = True

    async def hear(self, key: str) -> bool:
        """Do at once what a key does on this screen; whether it does anything. Textual would offer
        it to the widget, the screen and the app in turn, which is for fields that take letters."""
        focused = self.focused
        own = focused._bindings.key_to_bindings if isinstance(focused, Rows) else {}
        if key in own or not (focused is None or isinstance(focused, Rows)):
            return False
        for binding in self._bindings.key_to_bindings.get(key, ()):
            if await self.app.run_action(binding.action, self):
                return True
        return False

    def _paint_soon(self) -> None:
        if not self._painting:
            self._painting = True
            asyncio.get_running_loop().call_soon(self._paint)

    def _paint(self) -> None:
        touched, then = list(self._touched), self._then[:]
        self._touched.clear()
        self._then.clear()
        self._painting = False
        if not self.is_running:
            return
        try:
            if self._is_calm(touched):
                self._write(touched)
                for act in then:
                    act()
            else:
                for widget in touched:
                    widget.refresh()
                for act in then:
                    self.call_after_refresh(act)
        except Exception as error:  # as Textual does for what it calls itself
            self.app._handle_exception(error)
        self._rearranged = False

    def _is_calm(self, touched: list[Bar | Rows]) -> bool:
        """Whether nothing is about to change but these widgets."""
        return (
            self._is_ours()
            and not (self._rearranged or self._layout_required or self._repaint_required)
            and not (self._dirty_widgets or self.app._batch_count)
            and not any(widget._layout_required for widget in touched)
        )

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
        self._write(dirty)
        self._dirty_widgets.clear()
        self._compositor._dirty_regions.clear()
        self.app._update_mouse_over(self)

    def _write(self, dirty: list[Bar | Rows]) -> None:
        # Textual writes whatever is a `CompositorUpdate`, which its own types do not say.
        frame: Any = Frame(self._changed(dirty))
        self.app._display(self, frame)

    def _is_ours(self) -> bool:
        """Whether the whole terminal is this screen's and nothing lies over it."""
        app = self.app
        plain = not (self._arranging or app._notifications or app.is_inline)
        return plain and self is app.screen and self.styles.background.a >= 1

    def _painted_here(self) -> list[Bar | Rows]:
        """The widgets to repaint, where all of them can be painted here."""
        if not self._is_ours():
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
