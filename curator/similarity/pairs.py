"""Which texts are near twins: MinHash finds candidates, the exact Jaccard decides.

Broder 1997 (MinHash) with datasketch's sketches; 32 bands of 4 rows let a pair of Jaccard 0.7
through with probability 0.9998, and of what gets through every pair is compared for real: what is
reported is true, and next to nothing is missed.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from curator.text import normalise, shingle_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

PERMUTATIONS, BANDS, ROWS = 128, 32, 4
SEED = 1
#: In a bucket of more texts than this, each is compared with so many neighbours, not with all:
#: ten thousand rows of one template would make fifty million pairs.
CROWD = 64
#: Texts of up to so many words whose numbers differ are not twins: "12+35=" is not "12+53=".
NUMBERS_MATTER = 64


class Paper(NamedTuple):
    """A text as its hashed words, and its numbers."""

    words: "Hashes"
    numbers: frozenset[str]


class Pair(NamedTuple):
    """Two places in a list of papers and their exact Jaccard."""

    one: int
    other: int
    jaccard: float


def paper(text: str, seen: dict[str, int]) -> Paper:
    """The text normalised and hashed. `seen` remembers words between calls."""
    import numpy as np

    words = normalise(text).split(" ")
    hashes = []
    for word in words:
        found = seen.get(word)
        if found is None:
            found = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
            seen[word] = found
        hashes.append(found)
    numbers = frozenset(word for word in words if word[0].isdigit()) if words[0] else frozenset()
    return Paper(np.array(hashes, np.uint64), numbers)


def sketches_needed(papers: Sequence[Paper], threshold: float) -> int:
    """How often `twins` will call `tick`."""
    return sum(len(_sizes(len(each.words), threshold)) for each in papers)


def twins(
    papers: Sequence[Paper], threshold: float, tick: Callable[[int], None] = lambda _: None
) -> Iterator[list[Pair]]:
    """All pairs of Jaccard `threshold` or more, a list for each shingle size, in order. `tick(1)`
    is called for each text that was sketched.

    A text is compared under the shingle size of its length, and under that of the shortest twin
    it may have: two texts on either side of a limit are compared in the shorter one's shingles.
    """
    by_size: dict[int, list[int]] = {}
    for place, each in enumerate(papers):
        for size in _sizes(len(each.words), threshold):
            by_size.setdefault(size, []).append(place)
    done: set[tuple[int, int]] = set()
    for size in sorted(by_size):
        places = by_size[size]
        shingled = [shingle_hashes(papers[place].words, size) for place in places]
        found = []
        for i, j in candidates(signatures(shingled, tick)):
            one, other = places[i], places[j]
            fewest = min(len(papers[one].words), len(papers[other].words))
            if (one, other) in done or shingle_size(fewest) != size:
                continue
            if _other_numbers(papers[one], papers[other]):
                continue
            jaccard = exact(shingled[i], shingled[j])
            if jaccard >= threshold:
                done.add((one, other))
                found.append(Pair(one, other, jaccard))
        yield found


def shingle_hashes(words: "Hashes", size: int) -> "Hashes":
    """The distinct hashes of the runs of `size` words, sorted; of the whole where it is shorter."""
    import numpy as np

    size = min(size, len(words))
    rolled = np.zeros(len(words) - size + 1, np.uint64)
    for offset in range(size):
        # An odd factor each place, so that word order counts; wrapping is meant.
        rolled = rolled * np.uint64(0x9E3779B97F4A7C15) + words[offset : offset + len(rolled)]
        rolled ^= rolled >> np.uint64(29)
    return np.unique(rolled)


def signatures(
    shingled: Sequence["Hashes"], tick: Callable[[int], None] = lambda _: None
) -> "NDArray[np.uint32]":
    """A MinHash row of `PERMUTATIONS` values for each set of shingle hashes."""
    import numpy as np
    from datasketch import MinHash

    rows = np.empty((len(shingled), PERMUTATIONS), np.uint32)
    blank = MinHash(PERMUTATIONS, seed=SEED, hashfunc=int, scheme="affine32")
    for place, hashes in enumerate(shingled):
        sketch = blank.copy()
        sketch.update_batch((hashes >> np.uint64(32)).tolist())
        rows[place] = sketch.hashvalues
        tick(1)
    return rows


def candidates(rows: "NDArray[np.uint32]") -> list[tuple[int, int]]:
    """Pairs of places (smaller first) whose signatures agree in at least one whole band."""
    import numpy as np

    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        cut = np.ascontiguousarray(rows[:, band * ROWS : (band + 1) * ROWS])
        keys = cut.view(np.dtype((np.void, cut.itemsize * ROWS))).ravel()
        order = np.argsort(keys, kind="stable")
        edges = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
        for bucket in np.split(order, edges):
            if len(bucket) > 1:
                found.update(_within(bucket.tolist()))
    return sorted(found)


def exact(one: "Hashes", other: "Hashes") -> float:
    """The Jaccard of two sorted sets."""
    import numpy as np

    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


def _within(bucket: Sequence[int]) -> Iterable[tuple[int, int]]:
    for i, one in enumerate(bucket):
        for other in bucket[i + 1 : i + 1 + CROWD]:
            yield one, other


def _sizes(count: int, threshold: float) -> set[int]:
    return {shingle_size(count), shingle_size(math.floor(count * threshold))}


def _other_numbers(one: Paper, other: Paper) -> bool:
    short = max(len(one.words), len(other.words)) <= NUMBERS_MATTER
    return short and one.numbers != other.numbers
