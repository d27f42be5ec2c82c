"""Acts that may be on very many items: told while they go on, stopped by the key that leaves."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from curator.tui.screens.desk import DeskScreen
from curator.tui.widgets import bars
from curator.tui.widgets.rows import Bar

if TYPE_CHECKING:
    from curator.tui.told import Told

#: So long (seconds) an act has taken before it is told how far it is, and so often that is drawn.
LONG, DRAWN = 0.4, 0.2


class SweepingScreen(DeskScreen):
    """Tells of an act on many in the bar above the keys."""

    _sweeping: "Told | None" = None

    def act_on_many(self, what: str, act: "Callable[[Told], Any]") -> None:
        """`act` for what may be on very many; it is handed what it tells its progress to."""
        from curator.tui.told import Told

        told = Told(what)

        def run() -> Any:
            try:
                return act(told)
            finally:
                told.ended = time.monotonic()

        self.act(what, run)
        if what in bars.READS or not self.curator.read_only:
            self.follow(told)

    def follow(self, told: "Told") -> None:
        """Tell of this work while it goes on."""
        self._sweeping = told
        self.set_timer(LONG, self._tell_on)

    def telling(self, told: "Told") -> AbstractContextManager[None]:
        """Inside the block, `told` is told of texts that have to be read for words."""
        house = self.curator.house
        store = house.store if house is not None else self.curator.store
        return nullcontext() if store is None else store.searching.telling(told)

    def _tell_on(self) -> None:
        told = self._sweeping
        if told is None or not told.running:
            return
        if told.total:
            from curator.tui.screens.telling import told_row

            self.query_one("#notice", Bar).row = told_row(told, self.width)
        self.set_timer(DRAWN, self._tell_on)

    def stop_sweeping(self) -> bool:
        """Whether such work is under way, which is then to stop: nothing of it stays."""
        told = self._sweeping
        if told is None or not told.running or not told.total:
            return False
        told.note = "stopping"
        told.stop.set()
        return True
