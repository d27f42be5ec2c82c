"""Chats whose turns are out of order: how many and some of them, before they are put right."""

from collections.abc import Callable
from typing import ClassVar

from curator.stages.base import Report
from curator.tui.ink import ACCENT, BOLD, GOOD, PLAIN, QUIET, Row, clipped, padded
from curator.tui.safe import safe_line
from curator.tui.screens.counting import CountingScreen
from curator.tui.screens.filtering import Read
from curator.wording import several

#: What the preview of the stage counts all of them as.
COUNTED = "chats to put right"
#: Cells of a kind and of a place; samples shown.
KIND, PLACE, SAMPLES = 20, 26, 6


class FixScreen(CountingScreen[Report, bool]):
    """The preview of `curator fix`; left with True, the fix is wanted."""

    BOX_KEYS: ClassVar[str] = "fix"

    def __init__(self, read: Read, look: Callable[[], Report], part: str) -> None:
        super().__init__(read, look)
        self._part = part

    def action_take(self) -> None:
        if self.seen is not None and self.seen.counts.get(COUNTED):
            self.dismiss(True)

    def rows(self, width: int) -> list[Row]:
        """How many of which kind, some of them as letters and lengths, and what Enter does."""
        if (seen := self.seen) is None:
            return self.unseen()
        count = int(seen.counts.get(COUNTED, 0))
        head = f" {several(count, 'chat')} with turns out of order"
        shown: list[Row] = [((head, BOLD | ACCENT), (f"  of {self._part}", QUIET))]
        kinds = ", ".join(f"{n:,} {name}" for name, n in seen.counts.items() if name != COUNTED)
        shown += [((clipped(f" {kinds}", width), QUIET),), ()]
        room = max((width - KIND - PLACE - 4) // 2, 8)
        for kind, place, before, after in seen.rows[:SAMPLES]:
            named: Row = ((f" {kind}", PLAIN),)
            came = clipped(safe_line(str(place)).rsplit("/", 1)[-1], PLACE - 2)
            sides: Row = (
                (clipped(before, room), QUIET),
                (" → ", ACCENT),
                (clipped(after, room), 0),
            )
            shown.append((*padded(named, KIND), *padded(((came, QUIET),), PLACE), *sides))
        legend = next((line for line in seen.lines if line.startswith("S ")), "")
        return [*shown, ((clipped(f" {legend}", width), QUIET),), self._promise(count, width)]

    def _promise(self, count: int, width: int) -> Row:
        back = self.key("dismiss(None)")
        if not count:
            return ((f" nothing is to be put right here; {back} goes back", GOOD),)
        does = f"puts {several(count, 'chat')} right as a run; the originals are kept, one undo"
        return ((clipped(f" {self.key('take')}: {does} takes it back", width), GOOD),)
