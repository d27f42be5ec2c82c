"""Work that takes its time, told while it goes on: a meter, numbers, and how long it will take."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from curator.tui.ink import ACCENT, BAD, BOLD, GOOD, QUIET, RULE, WARN, Row, clipped
from curator.tui.safe import safe_line
from curator.tui.screens.hall import ListScreen
from curator.tui.widgets.rows import Bar
from curator.wording import clock

if TYPE_CHECKING:
    from textual.timer import Timer

    from curator.tui.told import Told

STATES = {"finished": ("✓", GOOD), "failed": ("✗", BAD), "cancelled": ("■", WARN),
          "running": ("▷", ACCENT)}  # fmt: skip
METER = 24
#: So often (seconds) what is told is drawn.
DRAWN = 0.2


class TellingScreen(ListScreen):
    """A list whose acts may take long: they are told in the bar above the keys, and what leaves the
    room stops them first, after the act in hand."""

    _acting: "Told | None" = None
    _drawing: "Timer | None" = None

    def do_long(self, line: str, act: "Callable[[Told], Any]", then: Callable[[Any], Any]) -> None:
        """`do` for such an act, which is handed what it tells its progress to."""
        self._acting = self.house.do_long(
            line, act, lambda result, error: self._send(then, result, error)
        )
        if self._drawing is None:
            self._drawing = self.set_interval(DRAWN, self._tell_on)
        self._tell_on()

    def look_long(self, line: str, read: Callable[[], Any], then: Callable[[Any], Any]) -> None:
        """`look` for what may have to read texts for words, which is told and can be stopped."""
        from curator.tui.told import Told

        told = self._acting = Told(line, shy=True)

        def looked() -> Any:
            try:
                with self.house.store.searching.telling(told):
                    return read()
            finally:
                told.ended = time.monotonic()

        self.look(looked, then)
        if self._drawing is None:
            self._drawing = self.set_interval(DRAWN, self._tell_on)

    def _tell_on(self) -> None:
        told = self._acting
        if told is not None and told.running and told.shy and told.total is None:
            return
        if told is not None and told.running:
            self.query_one("#notice", Bar).row = told_row(told, self.app.size.width)
        elif self._drawing is not None:
            self._drawing.stop()
            self._drawing = None

    async def action_back(self) -> None:
        """Stop what is at work here, else leave the room."""
        told = self._acting
        if told is not None and told.running and not told.stop.is_set():
            told.stop.set()
            told.note = "stopping after the act in hand"
            self._tell_on()
            return
        await self.curator.action_back()


def told_row(told: "Told", width: int) -> Row:
    """A stage at work: a meter, numbers, time; or how it ended."""
    name = clipped(safe_line(told.line), 30)
    if not told.running:
        if told.error is not None:
            sign, ink = STATES["cancelled" if told.stop.is_set() else "failed"]
            return ((f" {sign} {name}: {clipped(safe_line(told.error), width - 36)}", ink | BOLD),)
        said = clipped(safe_line(", ".join(told.said)), max(width - 40, 10))
        return ((f" ✓ {name}", GOOD | BOLD), (f"  {said}  {clock(told.seconds)}", QUIET))
    share = min(told.done / told.total, 1.0) if told.total else 0.0
    full = round(share * METER)
    count = f"{told.done:,}" + (f" of {told.total:,}" if told.total else "")
    speed = f", {pace(told.rate)}" if told.done else f" · {clock(told.seconds)}"
    left = ""
    if told.total and told.done:
        left = f", about {clock((told.total - told.done) / told.rate)} left"
    text = f" {safe_line(told.what)} {count}{speed}{left}  {safe_line(told.note)}"
    row: Row = ((f" ▷ {name} ", ACCENT | BOLD), ("━" * full, ACCENT), ("─" * (METER - full), RULE))
    return (*row, (clipped(text, max(width - METER - len(name) - 5, 4)), QUIET))


def pace(rate: float) -> str:
    """So much a second; what is slower than that, a minute."""
    return f"{rate:,.1f} a second" if rate >= 1 else f"{60 * rate:,.1f} a minute"
