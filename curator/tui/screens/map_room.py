"""The map as a room of the app."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from curator.filters.views import QueueSpec
from curator.stages.atlas import NOWHERE, Atlas
from curator.tui.keys import Key, hint
from curator.tui.screens.map import MapScreen
from curator.tui.widgets import map_bars

if TYPE_CHECKING:
    from curator.review.picks import Done, Handful
    from curator.tui.app import ReviewApp
    from curator.tui.house import House


class MapRoom(MapScreen):
    """The newest map of the workspace; its tags are the person's."""

    ROOM: ClassVar[str] = "map"

    def __init__(self, house: "House", table: tuple[Key, ...]) -> None:
        def load() -> Atlas:
            units = house.store.maps.units()
            return Atlas(house.store, units[0], house.reviewer) if units else NOWHERE

        super().__init__(load, table)
        self.house = house

    def action_bulk(self) -> None:
        """Show how many chats are chosen, and what can be done with all of them."""
        from curator.review.picks import look
        from curator.tui.screens.picking import PickedScreen

        ords = sorted({int(self.chart.points.ords[row]) for row in self._rows})
        if not ords:
            self.say(f"nothing is chosen{hint(self.table, *map_bars.TO_CHOOSE)}")
            return
        app, store = cast("ReviewApp", self.app), self.house.store

        def read(count: Callable[[], Any]) -> None:
            self.house.look(count, lambda *_: None)

        def ask(question: str, then: Callable[[str], None]) -> None:
            app.ask(question, "", then, list(store.tags.names()))

        app.push_screen(PickedScreen(read, lambda: look(store, ords), ask), self._act)

    def _act(self, chosen: "tuple[str, str, Handful] | None") -> None:
        from curator.review.picks import carry_out

        if chosen is None:
            return
        act, said, seen = chosen
        store, who, rows = self.house.store, self.house.reviewer, self._rows
        if act == "export":
            self._aside(lambda: self.atlas.export(rows, said), lambda told: self.say(f"✓ {told}"))
            return

        def acted(done: "Done") -> None:
            cast("ReviewApp", self.app).stale()
            if act == "queue":
                self.out(done.where)
            else:
                self.say(f"✓ {done.said}; the history takes it back")

        self._aside(lambda: carry_out(store, seen, act, who, said), acted)

    def out(self, where: str | None) -> None:
        """Back to the room before, or on to the review of what the filter finds."""
        app = cast("ReviewApp", self.app)
        if where is None:
            self.run_worker(app.action_back())
            return
        spec = QueueSpec(where=where)
        session = self.house.session
        if session is None:
            self.house.spec = spec
            app.room("review")
            return

        def turned(_: int) -> None:
            app.stale()
            app.room("review")

        self._aside(lambda: session.turn_to(spec), turned)
