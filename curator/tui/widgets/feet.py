"""The keys at the foot of a hall: those that fit, the ones that matter most first."""

from collections.abc import Iterable

from curator.tui.ink import ACCENT, BOLD, QUIET, Row, width_of
from curator.tui.keys import Key, name

#: What a screen always says, however narrow it is.
ALWAYS = ("help", "app.help", "back", "app.back", "leave")


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
