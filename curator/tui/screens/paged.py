"""A screen with a page of rows that scrolls, for whoever shows one."""

from curator.tui.ink import Row
from curator.tui.screens.quick import QuickScreen, Result
from curator.tui.widgets.rows import Rows


class PagedScreen(QuickScreen[Result]):
    """The scrolling keys, for the `Rows` with the id `page`."""

    @property
    def page(self) -> Rows:
        """The page."""
        return self.query_one("#page", Rows)

    def roll(self, row: float) -> None:
        """Bring this row to the top."""
        self.page.scroll_to(y=row, animate=False, immediate=True)
        self.call_after_refresh(self.rolled)

    def bring_up(self, row: int) -> None:
        """Bring this row a third down the screen."""
        self.roll(max(row - self.page.size.height // 3, 0))

    def hint(self) -> Row:
        """What is out of sight and should be known of."""
        return ()

    def rolled(self) -> None:
        """The page stands elsewhere now."""

    def action_scroll(self, lines: int) -> None:
        self.roll(self.page.scroll_offset.y + lines)

    def action_page(self, pages: int) -> None:
        rows = self.page
        self.roll(rows.scroll_offset.y + pages * max(rows.size.height - 3, 1))

    def action_top(self) -> None:
        self.roll(0)

    def action_bottom(self) -> None:
        self.roll(len(self.page.rows))
