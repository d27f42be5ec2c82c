"""At most so many chats of each cluster: what keeps one theme from drowning the others."""

from collections.abc import Sequence

from curator.errors import DataError
from curator.store import Store
from curator.store.maps import LEVELS

#: The clusters that a quota is meant for.
LEVEL = "middle"


def within_quota(store: Store, ords: Sequence[int], quota: int) -> list[int]:
    """Those of the conversations (by `ord`, in order) that stay when no cluster may give more than
    `quota`: the least flagged first, then the most typical. Those on no map are one more cluster.

    Raises `DataError` where there is no map.
    """
    units = store.maps.units()
    if not units:
        raise DataError("--quota needs clusters: run `curator embed`, then `curator clusters`")
    points = store.maps.points(units[0])
    groups = points.groups[LEVELS.index(LEVEL)]
    flags = store.maps.flags()
    known: dict[int, tuple[int, int, float]] = {}
    for row, (ord_, id_) in enumerate(zip(points.ords.tolist(), points.conversations, strict=True)):
        rank = (int(groups[row]), flags.get(id_, 0), -float(points.typical[row]))
        known[ord_] = min(known.get(ord_, rank), rank)
    nowhere = (-1, 0, 0.0)
    taken: dict[int, int] = {}
    kept: set[int] = set()
    for ord_ in sorted(ords, key=lambda ord_: (known.get(ord_, nowhere), ord_)):
        group = known.get(ord_, nowhere)[0]
        if taken.get(group, 0) < quota:
            taken[group] = taken.get(group, 0) + 1
            kept.add(ord_)
    return [ord_ for ord_ in ords if ord_ in kept]
