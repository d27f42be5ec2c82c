"""Where a reviewer was before each jump, and the way back and forth between these places."""

from typing import NamedTuple

from curator.filters.views import QueueSpec
from curator.review.items import Ticket

#: So many places are kept.
MOST = 100


class Place(NamedTuple):
    """A queue and an item in it; None is its end."""

    spec: QueueSpec
    ticket: Ticket | None


class Jumps:
    """The places on both sides of where one is, nearest last. As in an editor's list of jumps, a
    jump from a place that one came back to forgets what lay ahead of it."""

    def __init__(self) -> None:
        self._behind: list[Place] = []
        self._ahead: list[Place] = []

    def leave(self, here: Place) -> None:
        """A jump begins here."""
        self._ahead.clear()
        if self._behind[-1:] != [here]:
            self._behind = [*self._behind[1 - MOST :], here]

    def nearest(self, step: int, here: Place) -> Place | None:
        """The place that lies next behind (or ahead, with a step of +1) and is another one than
        `here`; None where there is none."""
        way = self._ahead if step > 0 else self._behind
        return next((place for place in reversed(way) if place != here), None)

    def went(self, step: int, here: Place, there: Place) -> None:
        """One went from `here` to the nearest place."""
        to, away = (self._ahead, self._behind) if step > 0 else (self._behind, self._ahead)
        while to and to.pop() != there:
            pass
        away.append(here)

    @property
    def ways(self) -> tuple[int, int]:
        """How many places lie behind and ahead."""
        return len(self._behind), len(self._ahead)
