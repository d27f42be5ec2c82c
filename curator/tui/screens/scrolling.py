"""What the scrolling keys do on any screen with a page of rows."""

from curator.tui.widgets.rows import Rows


class Scrolling:
    """The acts of the scrolling keys, for a screen that says which rows they move."""

    @property
    def page(self) -> Rows:
        """What the scrolling keys move."""
        raise NotImplementedError

    def roll(self, row: float) -> None:
        """Bring this row to the top."""
        self.page.scroll_to(y=row, animate=False, immediate=True)

    def action_scroll(self, lines: int) -> None:
        self.roll(self.page.scroll_offset.y + lines)

    def action_page(self, pages: int) -> None:
        rows = self.page
        self.roll(rows.scroll_offset.y + pages * max(rows.size.height - 3, 1))

    def action_top(self) -> None:
        self.roll(0)

    def action_bottom(self) -> None:
        self.roll(len(self.page.rows))
