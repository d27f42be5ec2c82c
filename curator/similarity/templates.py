"""What so many texts of one source share that it says nothing about two of them: the frame of a
template, a preamble, a form of words. Document frequency decides: a run of words found in many of
the source's different texts is theirs together, and no sign that one was copied from another.
"""

from typing import TYPE_CHECKING, NamedTuple

from curator.similarity import plainly
from curator.similarity.batches import Batch
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
        lists = shingle_lists(
            batch.some(places), np.full(len(places), size, np.int8), None, compiled
        )
        spans = zip(lists.starts.tolist(), lists.lengths.tolist(), strict=True)
        flat = np.concatenate([lists.flat[start : start + length] for start, length in spans])
        texts = np.repeat(np.arange(len(places)), lists.lengths)
        found = _frequent(flat, texts, least)
        if not len(found):
            continue
        hashes[size] = found
        own_size = sizes_of(own.counts[places]) == size
        among = np.bincount(texts[holds(found, flat)], minlength=len(places))
        held = among >= TELLING * np.maximum(lists.lengths, 1)
        holding[places[own_size & held]] = True
    return Templates(hashes, int(holding.sum()), _example(batch, own, holding, hashes))


def _frequent(flat: "Hashes", texts: "NDArray[np.int64]", least: float) -> "Hashes":
    """The hashes that stand in `least` texts or more, sorted; `texts` says in which each stands."""
    import numpy as np

    order = np.lexsort((texts, flat))
    values, owners = flat[order], texts[order]
    new_value = np.concatenate([[True], values[1:] != values[:-1]])
    new_text = new_value | np.concatenate([[True], owners[1:] != owners[:-1]])
    begins = np.flatnonzero(new_value)
    counts = np.add.reduceat(new_text.astype(np.int64), begins)
    return values[begins][counts >= least]


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
