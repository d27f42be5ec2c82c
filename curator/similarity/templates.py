"""What so many texts of one source share that it says nothing about two of them: the frame of a
template, a preamble, a form of words. Document frequency decides: a run of words found in many of
the source's different texts is theirs together, and no sign that one was copied from another.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from curator.similarity import plainly
from curator.similarity.batches import Batch, Lists
from curator.similarity.hashing import holds, runs
from curator.similarity.pairs import SIZES, fits, sizes_of
from curator.similarity.sketching import shingle_lists
from curator.text import normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.similarity.batches import Sketches
    from curator.similarity.hashing import Hashes

#: A run of words is a template's when this share of a source's texts hold it, and so many at
#: least: fewer may well be copies of one another.
SHARE, LEAST = 0.02, 50
#: From this share of template a text is told to have one; everybody uses stock phrases.
TELLING = 0.2
#: Texts that are looked at to find out.
SAMPLE = 2000
#: Texts whose shingles are found at once: there is room for a shingle a byte.
AT_ONCE = 256
#: Hashes are counted in so many lots (a power of two).
FIRST_BITS = 3


class Templates(NamedTuple):
    """Template shingles by shingle size, how many of the texts are made of them to a fifth or
    more, and an example."""

    hashes: "dict[int, Hashes]"
    sharing: int
    example: str


def templates_in(
    batch: Batch, own: "Sketches", share_of: float, floor: float, compiled: bool | None = None
) -> Templates:
    """The templates of one source, from different texts that are `share_of` (to 1) of it, each
    sketched as `own`; `floor` is the smallest Jaccard that will be looked for."""
    import numpy as np

    least = max(LEAST * share_of, SHARE * len(batch), 2)
    hashes: dict[int, Hashes] = {}
    holding: NDArray[np.bool_] = np.zeros(len(batch), np.bool_)
    for size in SIZES:
        places = np.flatnonzero(fits(own.counts, size, floor))
        if len(places) < least:
            continue
        parts = [
            shingle_lists(batch.some(some), np.full(len(some), size, np.int8), None, compiled)
            for some in (places[at : at + AT_ONCE] for at in range(0, len(places), AT_ONCE))
        ]
        found = _frequent(parts, least)
        if not len(found):
            continue
        hashes[size] = found
        own_size = sizes_of(own.counts[places]) == size
        held = np.concatenate([_made_of(found, part) for part in parts]) >= TELLING
        holding[places[own_size & held]] = True
    return Templates(hashes, int(holding.sum()), _example(batch, own, holding, hashes))


def _frequent(parts: Sequence[Lists], least: float) -> "Hashes":
    """The hashes that stand in `least` texts or more, sorted."""
    import numpy as np

    once = [_once(part) for part in parts]
    found = []
    # By their first bits: all of them at once would be in memory four times over.
    for first in range(1 << FIRST_BITS):
        mine = [part[part >> np.uint64(64 - FIRST_BITS) == first] for part in once]
        values = np.sort(np.concatenate(mine))
        new = np.ones(len(values), np.bool_)
        new[1:] = values[1:] != values[:-1]
        begins = np.flatnonzero(new)
        counts = np.diff(np.append(begins, len(values)))
        found.append(values[begins[counts >= least]])
    return np.concatenate(found)


def _once(lists: Lists) -> "Hashes":
    """The hashes of the texts, each once a text."""
    import numpy as np

    new = np.ones(len(lists.flat), np.bool_)
    new[1:] = lists.flat[1:] != lists.flat[:-1]
    new[lists.starts[lists.lengths > 0]] = True
    return lists.flat[new]


def _made_of(found: "Hashes", lists: Lists) -> "NDArray[np.float64]":
    """The share of each text's hashes that is among these."""
    import numpy as np

    texts = np.repeat(np.arange(len(lists.lengths)), lists.lengths)
    among = np.bincount(texts[holds(found, lists.flat)], minlength=len(lists.lengths))
    return among / np.maximum(lists.lengths, 1)


def _example(
    batch: Batch, own: "Sketches", holding: "NDArray[np.bool_]", hashes: "dict[int, Hashes]"
) -> str:
    """The longest stretch of template words in one of the texts."""
    import numpy as np

    best = ""
    for place in np.flatnonzero(holding)[:50].tolist():
        size = int(sizes_of(own.counts[place : place + 1])[0])
        if size in hashes:
            found = _longest(normalise(batch.text(place)), size, hashes[size])
            best = max(best, found, key=len)
    return best


def _longest(plain: str, size: int, hashes: "Hashes") -> str:
    import numpy as np

    words = plain.split(" ")
    among = holds(hashes, runs(plainly.words_of(plain), size))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], among, [False]]).astype(np.int8)))
    if not len(edges):
        return ""
    starts, ends = edges[::2], edges[1::2]
    at = int(np.argmax(ends - starts))
    return " ".join(words[int(starts[at]) : int(ends[at]) + size - 1])
