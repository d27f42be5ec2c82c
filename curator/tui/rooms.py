"""The rooms one can go to: a name, the screen behind it, and the table of its keys.

To add a room: its screen, a table in `hall_keys`, a way to it in `GO`, and one line here.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curator.tui.house import House
    from curator.tui.keymap import Keymap
    from curator.tui.screens.hall import HallScreen

#: name: (module under `screens`, class, table of keys)
ROOMS: dict[str, tuple[str, str, str]] = {
    "home": ("home", "HomeScreen", "home"),
    "library": ("library", "LibraryScreen", "library"),
    "runs": ("runs", "RunsScreen", "runs"),
    "history": ("history", "HistoryScreen", "history"),
    "map": ("map_room", "MapRoom", "map"),
    "twins": ("twins", "TwinsScreen", "twins"),
    "stats": ("home", "StatsScreen", "text"),
}


def made(name: str, house: "House", live: "Keymap") -> "HallScreen":
    """A fresh screen for a room."""
    module, kind, table = ROOMS[name]
    screen = getattr(import_module(f"curator.tui.screens.{module}"), kind)
    found: HallScreen = screen(house, live[table])
    return found
