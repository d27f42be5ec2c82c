"""The map as a room of the app."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingsMap

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
        """Back to the room before; what was chosen is told by its tag."""
        if where is not None:
            self.say(f"tagged: F in the library or the review takes {where}")
            return
        self.run_worker(cast("ReviewApp", self.app).action_back())
