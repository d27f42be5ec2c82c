"""What the points of a map may be coloured by: a code for each point, a name for each code."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from curator.store import Store
from curator.store.maps import LEVELS, Cluster, Points

#: Colours that can be told apart; the rest is `other`.
KINDS = 11
OTHER = "other"


@dataclass(frozen=True)
class Paint:
    """A way to colour: what by, an array with the code of each point, and the name of each code."""

    by: str
    codes: Any
    names: tuple[str, ...]


def by_cluster(points: Points, clusters: Sequence[Cluster], level: int) -> Paint:
    """The clusters of a level: the code is the cluster's number."""
    names = tuple(cluster.name for cluster in clusters if cluster.level == level)
    return Paint(f"{LEVELS[level]} cluster", points.groups[level], names)


def paint(store: Store, points: Points, by: str) -> Paint:
    """The points by what is known of their conversations: one of `ways`."""
    known, missing = (
        _signal(store, by.removeprefix("signal ")) if by.startswith("signal ") else _WAYS[by](store)
    )
    if by in ("source", "language"):
        return _painted(by, [known.get(int(ord_), missing) for ord_ in points.ords])
    return _painted(by, [known.get(id_, missing) for id_ in points.conversations])


def ways(store: Store) -> list[str]:
    """What `paint` can colour by in this workspace."""
    return [*_WAYS, *(f"signal {name}" for name in store.maps.signal_names())]


def _painted(by: str, values: Sequence[str]) -> Paint:
    """The most frequent values first; those past `KINDS` are one."""
    import numpy as np

    tally = Counter(values)
    order = sorted(tally, key=lambda value: (-tally[value], value))
    names = order if len(order) <= KINDS + 1 else [*order[:KINDS], OTHER]
    place = {value: min(rank, len(names) - 1) for rank, value in enumerate(order)}
    codes = np.fromiter((place[value] for value in values), np.int32, len(values))
    return Paint(by, codes, tuple(name or "unknown" for name in names))


def _verdicts(store: Store) -> tuple[dict[Any, str], str]:
    return dict(store.maps.verdicts()), "no rewrite"


def _sources(store: Store) -> tuple[dict[Any, str], str]:
    return {ord_: name.rsplit("/", 1)[-1] for ord_, name in store.maps.column("source").items()}, ""


def _languages(store: Store) -> tuple[dict[Any, str], str]:
    return dict(store.maps.column("language")), ""


def _flags(store: Store) -> tuple[dict[Any, str], str]:
    flags = store.maps.flags()
    return {id_: "1 flag" if n == 1 else "2 flags or more" for id_, n in flags.items()}, "no flag"


def _signal(store: Store, name: str) -> tuple[dict[Any, str], str]:
    known = store.maps.signal(name)
    return {id_: "flagged" if on else "fine" for id_, (_, on) in known.items()}, "not measured"


_WAYS: dict[str, Callable[[Store], tuple[dict[Any, str], str]]] = {
    "verdict": _verdicts,
    "source": _sources,
    "language": _languages,
    "flags": _flags,
}
