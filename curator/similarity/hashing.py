"""What a word, a run of words and a text hash to: said once in plain Python, so that anybody's
MinHash can be fed the same; `kernels` says the same in machine code.

A word is mixed over its code points (FNV-1a's step, then MurmurHash3's finaliser); a run of words
is a polynomial of its words' hashes, finished the same way; `shingle_hash` is its upper half.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

FULL = 0xFFFFFFFFFFFFFFFF
START, STEP = 0xCBF29CE484222325, 0x100000001B3
#: The base of the polynomial, and of the two that tell whole texts apart.
BASE = 0x9E3779B97F4A7C15
BASES = (0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
FACTORS = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)

PERMUTATIONS, SEED = 128, 1


def mix(number: int) -> int:
    """MurmurHash3's 64-bit finaliser."""
    number = (number ^ number >> 33) * FACTORS[0] & FULL
    number = (number ^ number >> 33) * FACTORS[1] & FULL
    return number ^ number >> 33


@lru_cache(1 << 16)
def word_hash(word: str) -> int:
    """64 bits of a word of a normalised text."""
    number = START
    for sign in word:
        number = (number ^ ord(sign)) * STEP & FULL
    return mix(number)


def run_hash(words: Sequence[int], base: int = BASE) -> int:
    """64 bits of a run of word hashes."""
    number = 0
    for word in words:
        number = (number * base + word) & FULL
    return mix(number)


def shingle_hash(shingle: bytes) -> int:
    """32 bits of a shingle as `curator.text.shingles` gives it, in UTF-8: datasketch's `hashfunc`
    under which its MinHash (affine32) holds bit for bit what `sketch` computes."""
    words = shingle.decode("utf-8", "surrogatepass").split(" ")
    return run_hash([word_hash(word) for word in words]) >> 32


def permutations() -> "NDArray[np.uint32]":
    """Factors and addends of the 128 permutations: those of `datasketch.MinHash(128, seed=1)`
    under its scheme affine32."""
    import numpy as np

    draw = np.random.RandomState(SEED)
    factors = draw.randint(0, 1 << 31, PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return np.array([factors, draw.randint(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)])


def mixed(numbers: "Hashes") -> "Hashes":
    """`mix` of many."""
    import numpy as np

    shift, (first, second) = np.uint64(33), map(np.uint64, FACTORS)
    numbers = (numbers ^ numbers >> shift) * first
    numbers = (numbers ^ numbers >> shift) * second
    return numbers ^ numbers >> shift


def runs(words: "Hashes", size: int) -> "Hashes":
    """`run_hash` of every run of `size` words; of the whole where it is shorter."""
    import numpy as np

    size = min(size, len(words))
    count = len(words) - size + 1
    numbers = np.zeros(count, np.uint64)
    for offset in range(size):
        numbers = numbers * np.uint64(BASE) + words[offset : offset + count]
    return mixed(numbers)


def holds(ordered: "Hashes", hashes: "Hashes") -> "NDArray[np.bool_]":
    """Which hashes are among the sorted ones."""
    import numpy as np

    if not len(ordered):
        return np.zeros(len(hashes), np.bool_)
    at = np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)
    among: NDArray[np.bool_] = ordered[at] == hashes
    return among
