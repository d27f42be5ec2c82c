"""The keys at the foot of a screen: those that fit, the ones that matter most first."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from textual.events import Click

from curator.tui.ink import ACCENT, BOLD, QUIET, Row, width_of
from curator.tui.keys import Key, name
from curator.tui.widgets.rows import Bar

if TYPE_CHECKING:
    from curator.tui.app import ReviewApp

#: What a screen always says, however narrow it is.
ALWAYS = ("help", "app.help", "back", "app.back", "leave")


class KeyBar(Bar):
    """The keys of a screen; a click on one does what the key does."""

    async def on_click(self, event: Click) -> None:
        app = cast("ReviewApp", self.app)
        table = getattr(self.screen, "table", None) or app.live["review"]
        if act := act_at(self.row, event.x, table):
            await app.run_action(act, self.screen)


def act_at(row: Row, x: int, keys: Iterable[Key]) -> str | None:
    """What the key at this cell of a footer does; None where none stands."""
    acts = {
        name(k): f"score({k})" if key.action == "score" else key.action
        for key in keys
        for k in key.keys
    }
    at = 0
    for key, label in zip(row[::2], row[1::2], strict=False):
        at += width_of((key, label))
        if x < at:
            return acts.get(key[0].strip())
    return None


def footer(keys: Iterable[Key], width: int) -> Row:
    """The keys with a rank, by rank; help and the way out always."""
    ranked = sorted((key for key in keys if key.footer and key.keys), key=lambda key: key.footer)
    kept = [key for key in ranked if key.action in ALWAYS]
    room = width - sum(_size(key) for key in kept)
    shown = []
    for key in ranked:
        if key not in kept and _size(key) <= room:
            shown.append(key)
            room -= _size(key)
    return tuple(chunk for key in [*shown, *kept] for chunk in _said(key))


def _said(key: Key) -> Row:
    return ((f" {name(key.keys[0])}", ACCENT | BOLD), (f" {key.label} ", QUIET))


def _size(key: Key) -> int:
    return width_of(_said(key))
