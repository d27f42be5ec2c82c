"""`curator map`: the map by itself."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from curator.stages.atlas import Atlas
from curator.store import Store
from curator.tui import ground
from curator.tui.inert import Inert
from curator.tui.keys import Key
from curator.tui.lifeline import Lifeline
from curator.tui.map_keys import MAP_KEYS
from curator.tui.palette import DARK, LIGHT, PALETTES, first_theme
from curator.tui.screens.map import MapScreen


class MapApp(App[str | None]):
    """Holds one map screen; its result is a filter to review, or None."""

    CSS_PATH = "curator.tcss"
    TITLE = "curator map"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "exit_now", "quit", show=False, priority=True)
    ]

    def __init__(self, load: Callable[[], Atlas], table: tuple[Key, ...] = MAP_KEYS) -> None:
        super().__init__()
        self._filters.append(Inert())
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        self.theme = first_theme()
        self.room = MapScreen(load, table)
        self.lifeline = Lifeline(self.action_exit_now)

    def on_mount(self) -> None:
        if not self.is_headless:
            self.lifeline.hold(self._driver)
        self.push_screen(self.room, self.exit)

    def turn_theme(self) -> None:
        """Light to dark and back."""
        self.theme = (LIGHT if self.theme == DARK.name else DARK).name

    def action_exit_now(self) -> None:
        """Ctrl-C: everything that was said to be saved is."""
        self.exit(None)

    def _fatal_error(self) -> None:
        # Textual's own report prints the values of variables, which are somebody's chats.
        self._close_messages_no_wait()


def run_map(
    store: Store, part: tuple[str, str], reviewer: str, table: tuple[Key, ...]
) -> str | None:
    """Show the map of a unit and of the chats that a filter finds (`part`) until the person leaves
    it; the filter of what they want to review, or None."""
    ground.check()
    app = MapApp(lambda: Atlas(store, part[0], reviewer, part[1]), table)
    try:
        chosen = app.run()
    finally:
        app.lifeline.let_go()
    if app.lifeline.told is not None:
        raise SystemExit(128 + app.lifeline.told)
    if app._exception is not None:
        raise app._exception
    return chosen
