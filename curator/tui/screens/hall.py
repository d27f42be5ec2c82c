"""What all halls have in common: bars, a page or a list, and reads that never hold up a key."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.message import Message
from textual.screen import Screen

from curator.tui.at_work import in_short
from curator.tui.ink import ACCENT, BAD, BOLD, GOOD, QUIET, Row, clipped, padded
from curator.tui.keys import Key, bindings, called
from curator.tui.safe import safe_line
from curator.tui.screens.scrolling import Scrolling
from curator.tui.widgets import feet
from curator.tui.widgets.lines import BLOCK, Lines
from curator.tui.widgets.rows import Bar, Rows

if TYPE_CHECKING:
    from curator.tui.app import ReviewApp
    from curator.tui.house import House

Result = TypeVar("Result")


class Found(Message):
    """What a thread has read or done, on its way to whoever asked."""

    def __init__(self, then: Callable[[Any], Any], result: Any, error: str | None) -> None:
        super().__init__()
        self.then, self.result, self.error = then, result, error


class HallScreen(Screen[None]):
    """A bar above, something that scrolls, a line for words, and the keys."""

    ROOM: ClassVar[str] = "text"
    TITLE: ClassVar[str] = ""

    def __init__(self, house: "House", table: tuple[Key, ...]) -> None:
        super().__init__()
        self.house = house
        self.table = table
        self._bindings = BindingsMap(bindings(table))
        self._said = ""

    @property
    def curator(self) -> "ReviewApp":
        """The app, as what it is."""
        return cast("ReviewApp", self.app)

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield self.body()
        yield Bar(id="notice")
        yield feet.KeyBar(id="keys")

    def body(self) -> Lines | Rows:
        """What scrolls."""
        return Rows(id="page")

    def on_mount(self) -> None:
        self.head()
        self.query_one("#page").focus()
        self.call_after_refresh(self.fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        self.repaint()

    def repaint(self) -> None:
        """Draw everything anew, as after a change of theme."""
        page = self.query_one("#page")
        if isinstance(page, Lines | Rows):
            page.repaint()
        for bar in self.query(Bar):
            bar.refresh()

    def head(self, said: str | None = None) -> None:
        """Put the room's name and a word (None: the last one) in the bar above, the keys below."""
        said = self._said = self._said if said is None else said
        width = self.app.size.width
        row: Row = ((" curator ", ACCENT | BOLD), (f" {self.TITLE}  ", BOLD))
        work = in_short(self.house.told) if self.ROOM != "runs" else ""
        room = width - len(self.TITLE) - 12 - (len(work) + 2 if work else 0)
        row = (*row, (clipped(safe_line(said), room), QUIET))
        if work:
            row = (*padded(row, width - len(work) - 1), (work, ACCENT))
        self.query_one("#head", Bar).row = row
        self.query_one("#keys", Bar).row = feet.footer(self.table, width)

    def say(self, text: str, ink: int = QUIET) -> None:
        """Put a word in the bar above the keys."""
        self.query_one("#notice", Bar).row = ((f" {clipped(safe_line(text), 400)}", ink),)

    def tell_work(self) -> None:
        """Say in the bar above how far the stage at work is."""
        self.head()

    def news(self) -> None:
        """A stage has ended: bring up to date what it may have changed."""
        self.head()

    def fill(self) -> None:
        """Read what is to be shown."""

    def redraw(self) -> None:
        """Lay out anew, for another width."""

    # threads --------------------------------------------------------------------------------------

    def look(self, read: Callable[[], Any], then: Callable[[Any], Any]) -> None:
        """Have a thread read; `then` gets the result here, unless something went wrong."""
        self.house.look(read, lambda result, error: self._send(then, result, error))

    def do(self, act: Callable[[], Any], then: Callable[[Any], Any]) -> None:
        """The same for what writes."""
        self.house.do(act, lambda result, error: self._send(then, result, error))

    def _send(self, then: Callable[[Any], Any], result: Any, error: str | None) -> None:
        self.post_message(Found(then, result, error))

    @on(Found)
    def _found(self, event: Found) -> None:
        if event.error is not None:
            self.say(f"✗ {event.error}", BAD | BOLD)
        elif self.is_mounted:
            event.then(event.result)

    def called(self, action: str) -> str:
        """What the key of an act is called in this room."""
        return called(action, self.table)

    def done(self, text: str) -> None:
        """Say that something is done."""
        self.say(f"✓ {text}", GOOD | BOLD)

    # keys -----------------------------------------------------------------------------------------

    def action_theme(self) -> None:
        self.curator.turn_theme()
        self.repaint()


class PageScreen(Scrolling, HallScreen):
    """A hall that is a page of rows."""

    @property
    def page(self) -> Rows:
        return self.query_one("#page", Rows)

    @property
    def columns(self) -> int:
        """The cells a row may take."""
        return max(self.page.scrollable_content_region.width or self.app.size.width - 1, 20)


class ListScreen(HallScreen):
    """A hall that is a list, fetched in blocks."""

    #: The name of the row to which the cursor goes when the list has been read anew; "" stays.
    wanted = ""

    def body(self) -> Lines:
        return Lines(self._ask, id="page")

    @property
    def lines(self) -> Lines:
        """The list."""
        return self.query_one("#page", Lines)

    @property
    def columns(self) -> int:
        """The cells a row may take."""
        measured = self.lines.scrollable_content_region.width
        return max((measured or self.app.size.width - 1) - 2, 20)

    @abstractmethod
    def rows(self, first: int, last: int) -> tuple[Row, ...]:
        """The rows from `first` to before `last`. Called in a thread."""

    def redraw(self) -> None:
        self.head()
        self.lines.forget()

    def _ask(self, block: int) -> None:
        first = block * BLOCK
        last = min(first + BLOCK, self.lines.total)
        self.look(lambda: self.rows(first, last), lambda rows: self.lines.put(block, rows))

    @on(Lines.Opened)
    def _clicked(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Open the row under the cursor."""

    def action_move(self, step: int) -> None:
        self.lines.move(step)

    def action_page(self, pages: int) -> None:
        self.lines.move(pages * max(self.lines.size.height - 2, 1))

    def action_top(self) -> None:
        self.lines.go(0)

    def action_bottom(self) -> None:
        self.lines.go(self.lines.total - 1)
