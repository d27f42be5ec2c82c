"""The stage at work, and how it ended, in a few words for whoever is in another room."""

from typing import TYPE_CHECKING

from curator.tui.ink import clipped
from curator.tui.safe import safe_line

if TYPE_CHECKING:
    from curator.tui.told import Told

#: Characters of how a stage ended.
LONGEST = 200


def in_short(told: "Told | None") -> str:
    """Which stage is at work and how far it is; "" where none is."""
    if told is None or not told.running:
        return ""
    share = f" {told.done:,} of {told.total:,}" if told.total else ""
    return f"▷ {name(told)}{share}"


def how_it_ended(told: "Told") -> str:
    """What a stage did, or why it did not, in a sentence."""
    said = told.error or ", ".join(told.said[:4]) or "nothing was to be done"
    return clipped(safe_line(said), LONGEST)


def name(told: "Told") -> str:
    """The stage's name."""
    return safe_line(told.line.split()[0])
