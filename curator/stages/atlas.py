"""The map as a person walks on it: what stands where, what it says, and what is done with a part.

No terminal in sight; the screen holds an Atlas and asks it from its worker threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from curator.conversation import Conversation
from curator.stages.mapping import peopled, points_of
from curator.stages.painting import Paint, by_cluster, paint, ways
from curator.store import Store
from curator.store.maps import LEVELS, Cluster, Points


@dataclass(frozen=True)
class Said:
    """What a dot stands for: the item, the part of the conversation it is, and all of it."""

    item: str
    turn: int | None
    text: str
    conversation: Conversation


class Atlas:
    """The map of one unit of an open workspace, or of the part of it that a filter finds."""

    def __init__(self, store: Store, unit: str, reviewer: str, where: str = "") -> None:
        self._store = store
        self.unit = unit
        self.reviewer = reviewer
        #: The filter whose chats are on it, "" for all.
        self.where = where
        self.points: Points = points_of(store, unit, where)
        self.clusters: Sequence[Cluster] = store.maps.clusters(unit)
        self.ways: Sequence[str] = ["cluster", *ways(store)]

    @property
    def settled(self) -> list[Cluster]:
        """The clusters that have a point here."""
        return peopled(self.points, self.clusters)

    def level(self, level: int) -> list[Cluster]:
        """The clusters of a level, by number."""
        return [cluster for cluster in self.clusters if cluster.level == level]

    def paint(self, by: str, level: int = 0) -> Paint:
        """The points by one of `ways`; `level` is the clusters' level where it is `cluster`."""
        if by == "cluster":
            return by_cluster(self.points, self.clusters, min(level, len(LEVELS) - 1))
        return paint(self._store, self.points, by)

    def read(self, row: int) -> Said | None:
        """What a point stands for, or None where its conversation is gone."""
        item = self.points.items[row]
        id_, _, turn = item.partition("#")
        conversation = self._store.conversations.get(id_)
        if conversation is None:
            return None
        index = int(turn) if turn else _first_user(conversation)
        text = conversation.turns[index].content if index is not None else ""
        return Said(item, index, text, conversation)

    def search(self, text: str) -> Any:
        """The rows of the points whose conversation holds these words."""
        return self._rows_of(self._store.maps.holding(text))

    def filtered(self, expression: str) -> Any:
        """The rows of the points whose conversation a filter finds. Raises `ConfigError`."""
        return self._rows_of(set(self._store.selecting.conversations(expression)))

    def tag(self, rows: Sequence[int], tag: str) -> int:
        """Tag the conversations of some points; how many had not got it yet."""
        names = self.points.conversations
        ids = list(dict.fromkeys(names[row] for row in rows))
        return self._store.tags.add(ids, tag, self.reviewer)

    def export(self, rows: Sequence[int], out: str) -> str:
        """Export the conversations of some points, settled or not, and say what was written. They
        keep the tag `exported-from-map`, by which the same export can be repeated."""
        from curator.progress import Silent
        from curator.stages import exporting
        from curator.stages.runner import perform

        tag = "exported-from-map"
        before = [int(o) for o in self._store.selecting.conversations(f"tag:{tag}")]
        self._store.tags.remove_at(before, tag, self.reviewer)
        self.tag(rows, tag)
        config = exporting.Config(out=out, where=f"tag:{tag}", include=("settled", "untouched"))
        report = perform(self._store, exporting.STAGE, config, None, Silent())  # type: ignore[arg-type]
        return " · ".join(f"{name} {value}" for name, value in report.counts.items())

    def _rows_of(self, ords: set[int]) -> Any:
        import numpy as np

        wanted = np.fromiter(ords, np.int64, len(ords))
        return np.flatnonzero(np.isin(self.points.ords, wanted))


class Nowhere(Atlas):
    """A map of nothing, for as long as the real one is being opened."""

    def __init__(self) -> None:
        self.unit = self.reviewer = self.where = ""
        self.points = Points([], (), (), (), ((), (), ()), (), ())
        self.clusters, self.ways = (), ("cluster",)

    def read(self, row: int) -> None:
        """Nothing."""
        del row


NOWHERE = Nowhere()


def _first_user(conversation: Conversation) -> int | None:
    return next((i for i, turn in enumerate(conversation.turns) if turn.role == "user"), None)
