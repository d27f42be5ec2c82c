"""Which texts are near twins: MinHash finds candidates, the exact Jaccard decides.

What is reported is true, and next to nothing is missed. A text is sketched under the shingle size
of its length, and under that of the shortest twin it may have: two texts on either side of a limit
are compared in the shorter one's shingles.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from curator.similarity.banding import candidates
from curator.similarity.batches import Batch, Sketches, packed
from curator.similarity.plainly import NUMBERS_MATTER
from curator.similarity.sketching import (
    likeness,
    nothing,
    shingle_lists,
    sketch,
    worth_compiling,
)
from curator.text import SHINGLES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.similarity.hashing import Hashes

    Flags = NDArray[np.bool_]
    Places = NDArray[np.int64]

#: All shingle sizes there are.
SIZES = tuple(sorted(size for _, size in SHINGLES))


class Pair(NamedTuple):
    """Two places in a list of texts and their exact Jaccard."""

    one: int
    other: int
    jaccard: float


def twins(
    texts: Sequence[str], threshold: float, against: int = 0, compiled: bool | None = None
) -> list[Pair]:
    """All pairs of texts of Jaccard `threshold` or more, in order, smaller place first.

    With `against`, the first so many texts are a set that the others are held against: only pairs
    of one of each are looked for.
    """
    import numpy as np

    batch = packed(texts)
    compiled = worth_compiling(batch) if compiled is None else compiled
    own = sketch(batch, compiled=compiled)
    fresh = np.arange(len(texts)) >= against
    found: list[Pair] = []
    for size in SIZES:
        places = np.flatnonzero(fits(own.counts, size, threshold))
        rows = rows_of(batch, own, places, size, compiled)
        pairs = places[candidates(rows, fresh[places], threshold)]
        pairs = pairs[comparable(own.counts, own.numbers, pairs, size)]
        if against:
            pairs = pairs[(pairs[:, 0] < against) & (pairs[:, 1] >= against)]
        jaccards = exact(batch, pairs, size, nothing(), compiled)
        near = jaccards >= threshold
        found += map(Pair, *pairs[near].T.tolist(), jaccards[near].tolist())
    return sorted(found)


def sizes_of(counts: "NDArray[np.int32]") -> "NDArray[np.int8]":
    """`curator.text.shingle_size` of many texts."""
    import numpy as np

    found = np.zeros(len(counts), np.int8)
    for least, size in reversed(SHINGLES):
        found[counts >= least] = size
    return found


def fits(counts: "NDArray[np.int32]", size: int, threshold: float) -> "Flags":
    """Which texts must be sketched under a shingle size, to find all twins of this threshold."""
    import numpy as np

    shortest = np.floor(counts * threshold).astype(np.int32)
    fitting: Flags = (counts > 0) & ((sizes_of(counts) == size) | (sizes_of(shortest) == size))
    return fitting


def rows_of(
    batch: Batch, own: Sketches, places: "Places", size: int, compiled: bool
) -> "NDArray[np.uint32]":
    """The rows of some texts under a shingle size: those that `own` does not hold are made."""
    import numpy as np

    rows = own.rows[places]
    other = np.flatnonzero(sizes_of(own.counts[places]) != size)
    if len(other):
        part = batch.some(places[other])
        rows[other] = sketch(part, np.full(len(other), size, np.int8), compiled=compiled).rows
    return rows


def comparable(
    counts: "NDArray[np.int32]", numbers: "Hashes", pairs: "Places", size: int
) -> "Flags":
    """Which pairs are to be compared under this shingle size: it is the shorter text's, and the
    numbers of short texts are the same."""
    import numpy as np

    one, other = pairs[:, 0], pairs[:, 1]
    fewest, most = np.minimum(counts[one], counts[other]), np.maximum(counts[one], counts[other])
    same_numbers = (most > NUMBERS_MATTER) | (numbers[one] == numbers[other])
    found: Flags = (sizes_of(fewest) == size) & same_numbers
    return found


def exact(
    batch: Batch, pairs: "Places", size: int, templates: "Hashes", compiled: bool
) -> "NDArray[np.float64]":
    """The exact Jaccard of each pair of places under a shingle size."""
    import numpy as np

    places, inverse = np.unique(pairs, return_inverse=True)
    sizes = np.full(len(places), size, np.int8)
    lists = shingle_lists(batch.some(places), sizes, templates, compiled)
    return likeness(lists, inverse.reshape(pairs.shape), compiled)
