"""One text at a time in numpy: for few texts, for texts without a word, and where numba is not."""

from typing import TYPE_CHECKING

from curator import text
from curator.similarity import hashing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.similarity.batches import Lists, Sketches
    from curator.similarity.hashing import Hashes

#: Texts of up to so many words whose numbers differ are not twins: "12+35=" is not "12+53=".
NUMBERS_MATTER = 64
PERMUTATIONS = hashing.PERMUTATIONS


def words_of(plain: str) -> "Hashes":
    import numpy as np

    return np.array([hashing.word_hash(word) for word in plain.split(" ")], np.uint64)


def shingles_left(words: "Hashes", size: int, table: "Hashes") -> "Hashes":
    import numpy as np

    found = hashing.runs(words, size or text.shingle_size(len(words)))
    return found if len(table) < 2 else found[~np.isin(found, table)]


def sketch_one(place: int, plain: str, size: int, table: "Hashes", out: "Sketches") -> None:
    """Sketch one normalised text into its place."""
    words = plain.split(" ")
    hashes = words_of(plain)
    # ":-)" stays as it is in normalising, and is not a word for that.
    out.counts[place] = len(words) if text.words(" ".join(words[:2])) else 0
    for column, base in enumerate(hashing.BASES):
        out.names[place, column] = hashing.run_hash(hashes.tolist(), base)
    if len(words) <= NUMBERS_MATTER:
        numbers = {word for word in words if word[:1].isdecimal()}
        total = sum(hashing.mix(hashing.word_hash(word)) for word in numbers)
        out.numbers[place] = total & hashing.FULL
    if size < 0:
        return
    left = shingles_left(hashes, size, table)
    out.lefts[place] = len(left)
    if len(left):
        out.rows[place] = row_of(left)


def row_of(hashes: "Hashes") -> "NDArray[np.uint32]":
    """The MinHash row of shingle hashes: datasketch's affine32, in numpy."""
    import numpy as np

    upper = np.unique((hashes >> np.uint64(32)).astype(np.uint32))
    upper = (upper ^ upper >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    upper = (upper ^ upper >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    upper ^= upper >> np.uint32(16)
    factors, addends = hashing.permutations()
    row: NDArray[np.uint32] = np.full(PERMUTATIONS, 0xFFFFFFFF, np.uint32)
    # A long text at once would need 512 bytes a shingle.
    for first in range(0, len(upper), 4096):
        part = upper[first : first + 4096, None]
        np.minimum(row, (part * factors + addends).min(axis=0), out=row)
    return row


def likeness(lists: "Lists", pairs: "NDArray[np.int64]") -> "NDArray[np.float64]":
    """The exact Jaccard of each pair of places."""
    import numpy as np

    found = np.zeros(len(pairs))
    for place, (one, other) in enumerate(pairs.tolist()):
        a, b = (
            np.unique(lists.flat[lists.starts[p] : lists.starts[p] + lists.lengths[p]])
            for p in (one, other)
        )
        both = len(np.intersect1d(a, b, assume_unique=True))
        found[place] = both / max(1, len(a) + len(b) - both)
    return found
