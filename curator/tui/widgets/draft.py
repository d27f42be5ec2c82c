"""The text area in which an answer is edited: what a terminal would obey is shown, not sent."""

from rich.text import Text
from textual.widgets import TextArea

from curator.tui.safe import one_for_one


class Draft(TextArea):
    """A text area whose text stays as it is, and whose screen shows a sign for each control
    character."""

    def get_line(self, line_index: int) -> Text:
        return Text(one_for_one(self.document.get_line(line_index)), end="", no_wrap=True)

    def _rewrap_and_refresh_virtual_size(self) -> None:
        """Textual wraps the whole text for each of the resizes and scroll bars of one opening; what
        is wrapped at this width already (an edit wraps the lines it changed) stays so."""
        wrapped = self.wrapped_document
        if (wrapped._width, wrapped._tab_width) == (self.wrap_width, self.indent_width):
            self._refresh_size()
        else:
            super()._rewrap_and_refresh_virtual_size()
