"""Texts as counts of their character runs, hashed; and what a collection teaches about the counts.

The counts need no model and no network. Where there are texts enough to learn from, rare runs weigh
more (idf) and the counts are brought to their strongest directions by a truncated singular value
decomposition (latent semantic analysis, Deerwester et al. 1990; the randomised way of Halko et al.
2011), so that texts are near which share runs that are used alike.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.text import CJK, normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SIZES = (1, 2, 3)
#: What runs of one, two and three characters weigh.
CJK_WEIGHTS = {1: 1.4, 2: 1.0, 3: 0.5}
#: Characters that any sentence is held together by: a run with one of them says little. (Without
#: them twice as many neighbours of translated questions are those of the English originals.)
GLUE = frozenset(
    "的了是在我你他她它们这那有和与或不也就都而及着把被让给到对为以于从吗呢吧啊呀么之其所个些什怎请能会可要"
    "のはがをにへとでもやか은는이가을를의에"
)
#: Counts that a fit tells apart; more find no more neighbours.
BUCKETS = 1 << 14
#: Directions that are kept. (Of 2,957 translated questions, neighbours shared with the English
#: originals: 256 directions 25 %, 384 26 %, 512 27 %, all of the counts 28 %.)
DIRECTIONS = 384
#: Passes over the counts after the first; a second changes nothing.
PASSES = 2
#: How much a run that no text of the fit had weighs, in the weight of a usual run.
UNSEEN = 2.0
#: Places of runs that are remembered.
REMEMBERED = 1_000_000

_BETWEEN_CJK = re.compile(rf"(?<=[{CJK}]) (?=[{CJK}])")


class Fit(NamedTuple):
    """What a collection taught: for each bucket it had (`buckets`, ascending) its idf times its
    place on the directions (`axes`, half floats), learned from so many texts."""

    buckets: Any
    axes: Any
    texts: int

    @property
    def name(self) -> str:
        """8 hex digits that stand for the fit."""
        digest = blake2b(self.buckets.tobytes(), digest_size=4)
        digest.update(self.axes.tobytes())
        return digest.hexdigest()

    @property
    def directions(self) -> int:
        """Numbers of a vector."""
        return int(self.axes.shape[1])

    def table(self) -> "Floats":
        """What a count in each bucket adds to a text's vector. A bucket that the fit has not seen
        adds to one direction, drawn by its number: new texts of new words are told apart."""
        import numpy as np

        made = np.zeros((BUCKETS, self.directions), np.float32)
        made[self.buckets] = self.axes
        unseen = np.setdiff1d(np.arange(BUCKETS), self.buckets)
        usual = float(np.median(np.linalg.norm(made[self.buckets], axis=1)))
        draw = np.random.default_rng(1)
        places = draw.integers(self.directions, size=BUCKETS)
        signs = draw.choice(np.array([-1, 1], np.float32), BUCKETS)
        made[unseen, places[unseen]] = UNSEEN * usual * signs[unseen]
        return made


class Counter:
    """Counts the runs of texts in so many buckets, each run with a sign (Weinberger 2009)."""

    def __init__(self, buckets: int) -> None:
        self._buckets = buckets
        self._places: dict[str, tuple[int, float]] = {}

    def counts(self, texts: Sequence[str]) -> Any:
        """A sparse float32 matrix of a row for each text: damped, weighted, signed counts."""
        import numpy as np
        from scipy.sparse import csr_array

        places: list[int] = []
        values: list[float] = []
        ends = [0]
        for text in texts:
            tally: dict[str, int] = {}
            for gram in runs(text):
                tally[gram] = tally.get(gram, 0) + 1
            for gram, count in tally.items():
                place, sign = self._place(gram)
                places.append(place)
                values.append(sign * _weight(gram) * (1 + float(np.log(count))))
            ends.append(len(places))
        shape = (len(texts), self._buckets)
        made = csr_array((np.array(values, np.float32), np.array(places, np.int32), ends), shape)
        made.sum_duplicates()
        return made

    def _place(self, gram: str) -> tuple[int, float]:
        found = self._places.get(gram)
        if found is None:
            if len(self._places) > REMEMBERED:
                self._places.clear()
            hashed = int.from_bytes(blake2b(gram.encode(), digest_size=4).digest(), "little")
            found = (hashed >> 1) % self._buckets, 1.0 if hashed & 1 else -1.0
            self._places[gram] = found
        return found


def fit(texts: Sequence[str], seed: int = 0, directions: int = DIRECTIONS) -> Fit:
    """What these texts teach; the same for the same texts and seed."""
    import numpy as np

    counts = Counter(BUCKETS).counts(texts)
    used, columns = np.unique(counts.indices, return_inverse=True)
    frequency = np.bincount(columns, minlength=len(used))
    idf = np.log((1 + len(texts)) / (1 + frequency)).astype(np.float32)
    weighted = counts[:, used].multiply(idf[None, :]).tocsr()
    lengths = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    weighted = weighted.multiply(1 / np.maximum(lengths, 1e-9)[:, None]).tocsr()
    axes = _directions(weighted.astype(np.float32), directions, seed)
    made = np.zeros((len(used), directions), np.float16)
    made[:, : axes.shape[1]] = axes * idf[:, None]
    return Fit(used.astype(np.int32), made, len(texts))


def _directions(matrix: Any, wanted: int, seed: int) -> "Floats":
    """The right singular vectors of the largest singular values, as columns, signs fixed."""
    import numpy as np

    wanted = min(wanted, *matrix.shape)
    width = min(wanted + 10, *matrix.shape)
    drawn = np.random.default_rng(seed).normal(size=(matrix.shape[1], width))
    span = matrix @ drawn.astype(np.float32)
    for _ in range(PASSES):
        span = matrix @ (matrix.T @ np.linalg.qr(span)[0])
    small = (matrix.T @ np.linalg.qr(span)[0]).astype(np.float64)
    values, turned = np.linalg.eigh(small.T @ small)
    strongest = np.argsort(-values)[:wanted]
    axes = small @ turned[:, strongest] / np.sqrt(np.maximum(values[strongest], 1e-12))
    largest = np.abs(axes).argmax(axis=0)
    return np.asarray(axes * np.sign(axes[largest, np.arange(axes.shape[1])]), np.float32)


def runs(text: str) -> Iterable[str]:
    """The runs of a text that are counted, with repetitions."""
    joined = _BETWEEN_CJK.sub("", normalise(text))  # CJK characters together; other words apart
    for size in SIZES:
        for i in range(len(joined) - size + 1):
            gram = joined[i : i + size]
            if " " not in gram and GLUE.isdisjoint(gram):
                yield gram


def _weight(gram: str) -> float:
    """A longer run of letters says more; of characters that are words themselves, a short one."""
    return CJK_WEIGHTS[len(gram)] if gram[0] >= "\u3040" else float(len(gram))
