"""A sheet of text over the reading room: the passport of a row, the guidelines."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from curator.tui.answers import MEASURE
from curator.tui.ink import ACCENT, BOLD, PLAIN, QUIET, Row, clipped, plain
from curator.tui.markup import markdown
from curator.tui.safe import safe, safe_line
from curator.tui.screens.paged import PagedScreen
from curator.tui.widgets.rows import Rows
from curator.tui.wrapping import wrap

#: Cells of the column of names in a passport.
NAMES = 20
NO_GUIDELINES = """\
# No guidelines yet

Write what your reviewers should agree on into **guidelines.md** beside the workspace; it is shown
here. Until then, the question is always the same one:

- Is the new answer better than the old one, *for this question*, without knowing what came later?
- Accept it if you would rather have trained on it; reject it if it says what nobody could know yet.
- Edit it if one sentence is all that is wrong; flag what another person should look at.
"""


class Sheet(PagedScreen[None]):
    """A title and a page that scrolls; Esc goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i,I,question_mark", "dismiss", "back", show=False),
    ]

    def __init__(self, title: str, said: Iterable[tuple[str, str]] | str) -> None:
        super().__init__()
        self._said_title = title
        self._said = said if isinstance(said, str) else tuple(said)

    def compose(self) -> ComposeResult:
        yield Rows(id="page")

    def on_mount(self) -> None:
        self.leaf(self.BINDINGS)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        width = min(max(self.app.size.width - 4, 20), MEASURE)
        title: Row = (
            (f"  {safe_line(self._said_title)}", BOLD | ACCENT),
            ("   Esc goes back", QUIET),
        )
        body = (
            markdown_rows(self._said, width)
            if isinstance(self._said, str)
            else passport_rows(self._said, width)
        )
        self.query_one(Rows).show((title, (), *((("  ", PLAIN), *row) for row in body)), None)


def markdown_rows(text: str, width: int) -> list[Row]:
    """A Markdown text, rendered."""
    text = safe(text)
    return wrap(text, markdown(text), width)


def passport_rows(said: Iterable[tuple[str, str]], width: int) -> list[Row]:
    """Names and what is said of them, in two columns."""
    rows: list[Row] = []
    for name, value in said:
        text = safe(value)
        for number, row in enumerate(wrap(text, plain(text), max(width - NAMES, 10))):
            called = clipped(safe_line(name), NAMES - 2) if number == 0 else ""
            rows.append(((f"{called:<{NAMES}}", QUIET), *row))
    return rows
