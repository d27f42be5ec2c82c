"""A screen with a page of rows that scrolls, for whoever shows one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.binding import BindingsMap

from curator.tui.ink import Row
from curator.tui.keys import KEYS, Key, bindings
from curator.tui.screens.quick import QuickScreen, Result
from curator.tui.screens.scrolling import Scrolling
from curator.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from textual.binding import BindingType


def leafing(keys: "Iterable[Key]") -> "list[BindingType]":
    """The keys of a table that leaf through a page, as bindings."""
    ways = ("scroll", "page", "top", "bottom")
    return bindings(key for key in keys if key.action.startswith(ways))


class PagedScreen(Scrolling, QuickScreen[Result]):
    """The scrolling keys, for the `Rows` with the id `page`."""

    @property
    def page(self) -> Rows:
        return self.query_one("#page", Rows)

    def roll(self, row: float) -> None:
        super().roll(row)
        self.call_after_refresh(self.rolled)

    def bring_up(self, row: int) -> None:
        """Bring this row a third down the screen."""
        self.roll(max(row - self.page.size.height // 3, 0))

    def hint(self) -> Row:
        """What is out of sight and should be known of."""
        return ()

    def rolled(self) -> None:
        """The page stands elsewhere now."""

    def leaf(self, own: "Iterable[BindingType]") -> None:
        """Leaf through the page with the keys of the reading room as they are now, beside those
        of its own."""
        live = getattr(self.app, "live", None)
        self._bindings = BindingsMap([*own, *leafing(live["review"] if live else KEYS)])
