"""A window over the room that has a thread count first, and tells what it found."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from curator.errors import CuratorError
from curator.tui.boxed import live_keys, take_keys
from curator.tui.ink import BAD, QUIET, Row
from curator.tui.keys import Key, called
from curator.tui.safe import safe_line
from curator.tui.screens.filtering import Read
from curator.tui.widgets.rows import Rows

Seen = TypeVar("Seen")
Result = TypeVar("Result")


class Looked(Message):
    """What was counted, or why that cannot be said."""

    def __init__(self, seen: Any, why_not: str = "") -> None:
        super().__init__()
        self.seen, self.why_not = seen, why_not


class CountingScreen(ModalScreen[Result | None], Generic[Seen, Result]):
    """`look` counts in a thread, by `read`; `rows` is what is then shown. Nothing is done before
    the screen is left with a result."""

    BOX: ClassVar[str] = "bulk"
    #: The name of the table of its keys.
    BOX_KEYS: ClassVar[str] = "bulk"
    #: The fewest columns that rows are laid out for.
    NARROWEST: ClassVar[int] = 40

    def __init__(self, read: Read, look: Callable[[], Seen]) -> None:
        super().__init__()
        self._read, self._look = read, look
        self.seen: Seen | None = None
        self.why_not = ""

    def compose(self) -> ComposeResult:
        with Vertical(id=self.BOX):
            yield Rows(id="found")

    @property
    def table(self) -> tuple[Key, ...]:
        """The keys of this window as they are now."""
        return live_keys(self, self.BOX_KEYS)

    def key(self, action: str) -> str:
        """What the key of an act is called here."""
        return called(action, self.table)

    def on_mount(self) -> None:
        take_keys(self, self.BOX_KEYS)
        self._read(self._count)
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    def _count(self) -> None:
        try:
            self.post_message(Looked(self._look()))
        except CuratorError as error:
            self.post_message(Looked(None, str(error).split("\n")[0]))

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        self.seen, self.why_not = event.seen, event.why_not
        self.draw()
        if self.seen is not None:
            self.counted()

    def counted(self) -> None:
        """What is to be done once it is known how many there are."""

    def draw(self) -> None:
        """Show the rows, for the width there is."""
        rows = self.query_one(Rows)
        rows.show(tuple(self.rows(max(rows.size.width, self.NARROWEST))), 0)

    @abstractmethod
    def rows(self, width: int) -> list[Row]:
        """What is shown now."""

    def unseen(self) -> list[Row]:
        """That it is being counted, or why it cannot be."""
        said = self.why_not or "counting …"
        return [((f" {safe_line(said)}", BAD if self.why_not else QUIET),)]
