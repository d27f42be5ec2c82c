"""Which texts mean nearly the same: all pairs of vectors whose cosine reaches a floor, no others.

Exact at any size, by a bound: the vectors are turned so that their first few numbers hold most of
them, and what those say, plus the product of what is left of both (Cauchy and Schwarz), is never
less than the cosine. Only pairs whose bound reaches the floor are compared in full; among texts
that have little to do with each other that is one pair in some hundred thousand.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

#: Vectors that the turning is learned from, and the numbers it may keep.
LEARNED, KEPT = 4096, (16, 32, 48, 64, 96, 128, 192, 256)
#: A pair compared in full costs as much as so many numbers of a bound: it is fetched from afar.
FULLY = 50_000
#: Rows and columns of a block: what it says of all its pairs stays in the processor's cache.
ROWS, COLUMNS = 512, 4096
#: Of the earlier texts near one text, so many of the first and so many of the nearest are kept: a
#: thousand texts of one meaning would otherwise make half a million pairs.
FIRST, NEAREST = 32, 64
#: Rounding may not lose a pair.
SLACK = 1e-4


class Close(NamedTuple):
    """Pairs of rows (smaller first, in order), their cosines, and how many rows had more near
    ones than are kept."""

    pairs: "Whole"
    cosines: "NDArray[np.float32]"
    crowded: int


#: Whether pairs (columns of smaller and larger rows) may be twins at all.
Allowed = Callable[["Whole", "Whole"], "Flags"]
#: Called with the number of rows that are done.
Step = Callable[[int], None]


def close(
    vectors: "Vectors", floor: float, fresh: int = 0, allowed: Allowed | None = None,
    step: Step = lambda _: None,
) -> Close:  # fmt: skip
    """All pairs of unit vectors of cosine `floor` or more of which at least one is a row from
    `fresh` on. Holds some hundred numbers a vector beside the vectors, which may lie on disk."""
    import numpy as np

    from curator.similarity.sketching import cores

    with _one_thread():
        heads = _heads(vectors, floor)
    search = _Search(vectors, heads, floor, allowed)
    spans = [(at, min(at + ROWS, len(vectors))) for at in range(fresh, len(vectors), ROWS)]
    found: list[tuple[Whole, NDArray[np.float32], int]] = []
    with _one_thread(), ThreadPoolExecutor(cores(), thread_name_prefix="meaning") as pool:
        try:
            for span, part in zip(spans, pool.map(search.rows, spans), strict=True):
                found.append(part)
                step(span[1] - span[0])
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if not found:
        return Close(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), 0)
    pairs = np.concatenate([part[0] for part in found])
    cosines = np.concatenate([part[1] for part in found])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return Close(pairs[order], cosines[order], sum(part[2] for part in found))


def across(
    vectors: "Vectors", asked: "Vectors", floor: float, allowed: Allowed | None = None
) -> Close:
    """All pairs of a row of `vectors` and one of `asked` (its place after theirs) of cosine
    `floor` or more."""
    import numpy as np

    border = len(vectors)
    found: list[tuple[Whole, NDArray[np.float32]]] = []
    for first, block in _slices(vectors, COLUMNS):
        cosines = block @ np.asarray(asked).T
        one, other = np.nonzero(cosines >= floor)
        pairs = np.stack([one + first, other + border], axis=1)
        kept = np.ones(len(pairs), np.bool_) if allowed is None else allowed(*pairs.T)
        found.append((pairs[kept], cosines[one, other][kept]))
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *(part[0] for part in found)])
    cosines = np.concatenate([np.zeros(0, np.float32), *(part[1] for part in found)])
    return Close(pairs, cosines, 0)


class _Search:
    """One search; its blocks are done by several threads."""

    def __init__(
        self, vectors: "Vectors", heads: "Vectors", floor: float, allowed: Allowed | None
    ) -> None:
        self._vectors, self._heads, self._floor, self._allowed = vectors, heads, floor, allowed

    def rows(self, span: tuple[int, int]) -> "tuple[Whole, NDArray[np.float32], int]":
        """The pairs of these rows with all rows before them."""
        import numpy as np

        later, last = span
        parts = [(np.zeros((0, 2), np.int64), np.zeros(0, np.float32))]
        seen = np.zeros(last - later, np.int64)
        crowded = np.zeros(last - later, np.bool_)
        for first in range(0, last, COLUMNS):
            end = min(first + COLUMNS, last)
            bounds = self._heads[later:last] @ self._heads[first:end].T
            hits = np.flatnonzero(bounds >= self._floor - SLACK)
            del bounds
            one, other = first + hits % (end - first), later + hits // (end - first)
            before = one < other
            one, other, cosines = self._exact(one[before], other[before])
            kept = _thinned(other - later, cosines, seen)
            crowded[np.unique(other[~kept] - later)] = True
            parts.append((np.stack([one, other], axis=1)[kept], cosines[kept]))
        pairs = np.concatenate([part[0] for part in parts])
        return pairs, np.concatenate([part[1] for part in parts]), int(crowded.sum())

    def _exact(self, one: "Whole", other: "Whole") -> "tuple[Whole, Whole, NDArray[np.float32]]":
        """Those of the pairs that are allowed and near enough, and their cosines."""
        import numpy as np

        if self._allowed is not None and len(one):
            kept = self._allowed(one, other)
            one, other = one[kept], other[kept]
        cosines = np.empty(len(one), np.float32)
        for first in range(0, len(one), COLUMNS):
            part = slice(first, first + COLUMNS)
            cosines[part] = np.einsum(
                "ij,ij->i", self._vectors[one[part]], self._vectors[other[part]]
            )
        near = cosines >= self._floor
        return one[near], other[near], cosines[near]


def _thinned(rows: "Whole", cosines: "NDArray[np.float32]", seen: "Whole") -> "Flags":
    """Which of a block's pairs are kept; `rows` says whose they are, in order, and `seen` how many
    each had before (and is brought up to date)."""
    import numpy as np

    counts = np.bincount(rows, minlength=len(seen))
    few = (seen + counts <= FIRST + NEAREST)[rows]
    kept = few
    if not few.all():
        by_nearness = np.lexsort((-cosines, rows))
        begins = np.cumsum(counts) - counts
        rank = np.empty(len(rows), np.int64)
        rank[by_nearness] = np.arange(len(rows)) - begins[rows[by_nearness]]
        place = np.arange(len(rows)) - begins[rows] + seen[rows]
        kept = few | (rank < NEAREST) | (place < FIRST)
    seen += counts
    return kept


def _heads(vectors: "Vectors", floor: float) -> "Vectors":
    """A few numbers of each vector whose products are never less than the cosines."""
    import numpy as np

    count, wide = vectors.shape
    if not count:
        return np.zeros((0, 1), np.float32)
    places = np.sort(np.random.default_rng(1).permutation(count)[:LEARNED])
    sample = np.asarray(vectors[places], np.float32)
    _, turned = np.linalg.eigh((sample.T @ sample).astype(np.float64))
    axes = np.ascontiguousarray(turned[:, ::-1].astype(np.float32))
    sizes = [size for size in (*KEPT, wide) if size <= wide]
    kept = min(sizes, key=partial(_cost, sample, axes, floor))
    heads = np.empty((count, kept + 1), np.float32)
    for first, block in _slices(vectors, COLUMNS):
        heads[first : first + len(block)] = _headed(block, axes[:, :kept])
    return heads


def _cost(sample: "Vectors", axes: "Vectors", floor: float, kept: int) -> float:
    """What a pair costs on average where bounds are made of so many numbers."""
    import numpy as np

    heads = _headed(sample, axes[:, :kept])
    bounds = heads[: LEARNED // 4] @ heads.T
    passing = max(np.count_nonzero(bounds >= floor) / bounds.size - 1 / len(sample), 0)
    return kept + FULLY * passing


def _headed(vectors: "Vectors", axes: "Vectors") -> "Vectors":
    """The vectors along these axes, and the length of what is left of each."""
    import numpy as np

    heads = vectors @ axes
    left = (vectors**2).sum(axis=1) - (heads**2).sum(axis=1)
    return np.concatenate([heads, np.sqrt(np.maximum(left, 0))[:, None]], axis=1)


def _slices(vectors: "Vectors", size: int) -> "Iterator[tuple[int, Vectors]]":
    import numpy as np

    for first in range(0, len(vectors), size):
        yield first, np.asarray(vectors[first : first + size], np.float32)


def _one_thread() -> Any:
    """Linear algebra by one thread: the blocks are shared out already."""
    from contextlib import nullcontext

    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1)
