"""The live keys of a window over a room."""

from typing import Any

from textual.binding import BindingsMap
from textual.screen import Screen

from curator.tui.box_keys import BOXES
from curator.tui.keys import Key, bindings


def live_keys(screen: Screen[Any], box: str) -> tuple[Key, ...]:
    """The keys of a window, as the person has set them."""
    live = getattr(screen.app, "live", None)
    return live[box] if live is not None else BOXES[box]


def take_keys(screen: Screen[Any], box: str) -> None:
    """Bind them, before whatever has the focus, beside those that the screen has of its own."""
    own = [each for found in screen._bindings.key_to_bindings.values() for each in found]
    screen._bindings = BindingsMap([*own, *bindings(live_keys(screen, box), priority=True)])
