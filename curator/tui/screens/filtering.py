"""The filter line: what is typed is completed, counted and found fault with while one types."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from curator.errors import Cancelled, CuratorError
from curator.filters import FilterError, Offer, complete, parse
from curator.filters.completing import apply
from curator.progress import Progress
from curator.tui.ink import ACCENT, BAD, BOLD, GOOD, PLAIN, QUIET, Row, clipped
from curator.tui.safe import safe_line
from curator.tui.widgets.rows import Bar, Rows

#: A count is asked for once nothing was typed for so long (seconds).
QUIET_FOR = 0.15
#: Offers in sight.
OFFERS = 6

#: Does something in a thread that may read.
Read = Callable[[Callable[[], None]], None]


class Counted(Message):
    """How many a filter finds, or why that cannot be said."""

    def __init__(self, text: str, said: str, wrong: bool) -> None:
        super().__init__()
        self.text, self.said, self.wrong = text, said, wrong


class Known(Message):
    """The values there are, for completion."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.values = values


class Typing:
    """The progress of a count that ends as soon as something else is typed: `stands` says whether
    that is still what is typed, and `tell` is told how far it is."""

    def __init__(self, stands: Callable[[], bool], tell: Callable[[str], object]) -> None:
        self._stands, self._tell = stands, tell
        self._what, self._total, self._done, self._told = "", 0, 0, -1

    def begin(self, total: int | None, what: str) -> None:
        """A stretch of work begins."""
        self._what, self._total, self._done = what, total or 1, 0

    def step(self, n: int = 1, note: str = "") -> None:
        """So much is done. Raises `Cancelled` where something else was typed."""
        del note
        if not self._stands():
            raise Cancelled("something else was typed")
        self._done += n
        if (share := 100 * self._done // self._total) != self._told:
            self._told = share
            self._tell(f"{self._what}: {share} %")


class FilterScreen(ModalScreen[str | None]):
    """One filter to type. Enter takes it, Esc goes back, Tab completes, ↑ ↓ choose an offer.

    `count` says how many a filter finds and `values` what there is to complete with; both are
    called in a thread, by `read`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", show=False, priority=True),
        Binding("tab", "complete", "complete", show=False, priority=True),
        Binding("down", "move(1)", "down", show=False, priority=True),
        Binding("up", "move(-1)", "up", show=False, priority=True),
    ]

    def __init__(
        self,
        text: str,
        read: Read,
        count: Callable[[str, Progress], str],
        values: Callable[[], Mapping[str, Sequence[str]]],
    ) -> None:
        super().__init__()
        self._text, self._read, self._count, self._known = text, read, count, values
        self._values: Mapping[str, Sequence[str]] = {}
        self._offers: list[Offer] = []
        self._at = 0
        self._timer: Any = None
        self._latest: str | None = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="filtering"):
            yield Bar(id="question")
            yield Input(safe_line(self._text), id="answer", select_on_focus=False)
            yield Bar(id="caret")
            yield Bar(id="found")
            yield Rows(id="offers-list")

    def on_mount(self) -> None:
        told = "  Enter shows it · Esc back · Tab completes · empty is everything"
        self.query_one("#question", Bar).row = ((" filter", BOLD | ACCENT), (told, QUIET))
        self.query_one(Rows).can_focus = False
        self._read(self._ask_for_values)
        self.call_after_refresh(self._typed)

    def _ask_for_values(self) -> None:
        try:
            self.post_message(Known(self._known()))
        except CuratorError:
            return  # names and choices are completed all the same

    @on(Known)
    def _learned(self, event: Known) -> None:
        self._values = event.values
        self._offer()

    @property
    def text(self) -> str:
        """What is typed now."""
        return self.query_one(Input).value

    @on(Input.Changed)
    def _typed(self) -> None:
        self._at = 0
        self._offer()
        try:
            parse(self.text)
        except FilterError as error:
            self._wrong(error)
            return
        self.query_one("#caret", Bar).row = ()
        self.query_one("#found", Bar).row = ((" …", QUIET),)
        if self._timer is not None:
            self._timer.stop()
        text = self._latest = self.text
        self._timer = self.set_timer(QUIET_FOR, lambda: self._read(lambda: self._counted(text)))

    def _wrong(self, error: FilterError) -> None:
        from rich.cells import cell_len

        line = self.query_one(Input)
        # The line may be scrolled; the caret goes by what is in sight, behind the line's edge.
        column = cell_len(safe_line(error.text[: error.column])) - round(line.scroll_offset.x)
        width = max(self.size.width, 10)
        self.query_one("#caret", Bar).row = ((" " * max(column + 1, 0) + "^", BAD | BOLD),)
        said = clipped(safe_line(error.sentence), width - 2)
        self.query_one("#found", Bar).row = ((f" {said}", BAD),)

    def _counted(self, text: str) -> None:
        if text != self._latest:
            return  # more was typed while an earlier count took its time
        told = Typing(lambda: text == self._latest, lambda said: self._tell_so_far(text, said))
        try:
            said, wrong = self._count(text, told), False
        except Cancelled:
            return
        except FilterError as error:
            said, wrong = error.sentence, True
        except CuratorError as error:
            said, wrong = str(error), True
        self.post_message(Counted(text, said, wrong))

    def _tell_so_far(self, text: str, said: str) -> None:
        self.post_message(Counted(text, said, False))

    def on_unmount(self) -> None:
        self._latest = None

    @on(Counted)
    def _tell(self, event: Counted) -> None:
        if event.text == self.text:
            look = BAD if event.wrong else GOOD
            self.query_one("#found", Bar).row = ((f" {safe_line(event.said)}", look),)

    # completion -----------------------------------------------------------------------------------

    def _offer(self) -> None:
        line = self.query_one(Input)
        self._offers = complete(line.value, line.cursor_position, self._values)
        self._at = min(self._at, max(len(self._offers) - 1, 0))
        self._draw()

    def _draw(self) -> None:
        rows = self.query_one(Rows)
        width = max(rows.size.width, 20)
        rows.show(tuple(self._row(at, width) for at in range(len(self._offers))))
        rows.scroll_to(y=max(self._at - OFFERS + 1, 0), animate=False, immediate=True)

    def _row(self, at: int, width: int) -> Row:
        offer, here = self._offers[at], at == self._at
        name = clipped(safe_line(offer.text), 40)
        about = clipped(offer.about, max(width - 46, 0))
        return (
            ((" ▸ " if here else "   "), ACCENT | BOLD),
            (f"{name:<20}", (ACCENT | BOLD) if here else PLAIN),
            (f"  {about}", QUIET),
        )

    def action_move(self, step: int) -> None:
        if self._offers:
            self._at = (self._at + step) % len(self._offers)
            self._draw()

    def action_complete(self) -> None:
        if self._offers:
            line = self.query_one(Input)
            line.value, line.cursor_position = apply(line.value, self._offers[self._at])

    @on(Input.Submitted)
    def _taken(self, event: Input.Submitted) -> None:
        try:
            parse(event.value)
        except FilterError as error:
            self._wrong(error)
            return
        self.dismiss(event.value.strip())
