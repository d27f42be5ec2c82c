"""Pairs become groups, each around the text that stays.

Every member is a near twin of its keeper, not of a twin's twin: chains of small steps, which glue
unlike texts into one heap, cannot form. Texts that hang together in a large heap all the same are
named by `heaps`, so that a person looks before any of them goes.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from curator.similarity.pairs import Pair


class Twin(NamedTuple):
    """A member of a group: its place, and its Jaccard to the keeper."""

    place: int
    jaccard: float


def grouped(
    pairs: Iterable[Pair], order: Sequence[int]
) -> tuple[list[tuple[int, list[Twin]]], int]:
    """(keeper, its twins from most to least alike) for all places in `pairs`, and how many pairs
    were left out because a text of theirs had gone to a nearer keeper.

    `order` lists the places from the one most worth keeping to the least; a text goes to the
    first keeper it is a twin of.
    """
    near: dict[int, list[Twin]] = {}
    total = 0
    for one, other, jaccard in pairs:
        near.setdefault(one, []).append(Twin(other, jaccard))
        near.setdefault(other, []).append(Twin(one, jaccard))
        total += 1
    taken: set[int] = set()
    groups = []
    used = 0
    for keeper in order:
        if keeper in taken or keeper not in near:
            continue
        taken.add(keeper)
        members = [twin for twin in near[keeper] if twin.place not in taken]
        taken.update(twin.place for twin in members)
        used += len(members)
        if members:
            members.sort(key=lambda twin: (-twin.jaccard, twin.place))
            groups.append((keeper, members))
    return groups, total - used


def heaps(pairs: Iterable[tuple[int, int]], limit: int) -> dict[int, int]:
    """For each place in a heap of more than `limit` places that pairs connect, however indirectly,
    the smallest place of its heap."""
    parent: dict[int, int] = {}

    def root(place: int) -> int:
        found = place
        while (above := parent.setdefault(found, found)) != found:
            found = above
        while parent[place] != found:
            parent[place], place = found, parent[place]
        return found

    for one, other in pairs:
        a, b = root(one), root(other)
        parent[max(a, b)] = min(a, b)
    sizes: dict[int, int] = {}
    for place in parent:
        sizes[root(place)] = sizes.get(root(place), 0) + 1
    return {place: root(place) for place in parent if sizes[root(place)] > limit}
