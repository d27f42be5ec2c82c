"""The map as a room of the app."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingsMap

from curator.filters.views import QueueSpec
from curator.stages.atlas import NOWHERE, Atlas
from curator.tui.keys import Key, bindings
from curator.tui.screens.map import MapScreen

if TYPE_CHECKING:
    from curator.tui.app import ReviewApp
    from curator.tui.house import House


class MapRoom(MapScreen):
    """The newest map of the workspace; its tags are the person's."""

    ROOM: ClassVar[str] = "map"

    def __init__(self, house: "House", table: tuple[Key, ...]) -> None:
        def load() -> Atlas:
            units = house.store.maps.units()
            return Atlas(house.store, units[0], house.reviewer) if units else NOWHERE

        super().__init__(load)
        self.house = house
        self.table = table
        self._bindings = BindingsMap(bindings(table))

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
