"""One chat of the map, read where it was found."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from curator.stages.atlas import Said
from curator.tui.ink import ACCENT, BOLD, PLAIN, QUIET, Row, clipped
from curator.tui.keys import KEYS, bindings
from curator.tui.markup import markdown
from curator.tui.safe import safe, safe_line
from curator.tui.screens.paged import PagedScreen
from curator.tui.widgets.rows import Bar, Rows
from curator.tui.wrapping import wrap

#: Characters of a chat that are laid out when it is read here.
READ_HERE = 60_000


class ChatScreen(PagedScreen[None]):
    """One chat, from its first turn, opened at the turn that its dot stands for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "back", show=False),
        *bindings(k for k in KEYS if k.action.startswith(("scroll", "page", "top", "bottom"))),
    ]

    def __init__(self, said: Said) -> None:
        super().__init__()
        self._chat = said

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Rows(id="page")

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        origin = self._chat.conversation.origin
        where = safe_line(f"{origin.source}:{origin.line}" if origin.line else origin.source)
        room = max(self.app.size.width - 40, 10)
        self.query_one("#head", Bar).row = (
            (f" {self._chat.item[:8]} ", ACCENT | BOLD), (clipped(where[-room:], room), PLAIN),
            ("   Esc goes back to the map", QUIET),
        )  # fmt: skip
        width = max(self.page.scrollable_content_region.width - 2, 10)
        rows, at = chat_rows(self._chat, width)
        self.page.show(rows, at)


def chat_rows(said: Said, width: int) -> tuple[tuple[Row, ...], int]:
    """The turns of a chat as rows, and the row where the dot's turn begins."""
    rows: list[Row] = []
    at, left = 0, READ_HERE
    for index, turn in enumerate(said.conversation.turns):
        if index == said.turn:
            at = len(rows)
        mark = "▶" if index == said.turn else " "
        rows.append(((f"{mark}{turn.role}", ACCENT | BOLD),))
        text = safe(turn.content[:left])
        left -= len(text)
        rows += [((" ", PLAIN), *row) for row in wrap(text, markdown(text), width)]
        rows.append(())
        if left <= 0:
            rows.append(((" … the rest is too long for this page", QUIET),))
            break
    return tuple(rows), at
