"""Groups of texts that are about the same, on three levels: each level joins groups of the finer.

Spherical k-means by faiss (33 times as fast as scikit-learn's here) makes the finest level; its
centres are then joined by Ward's rule, weighted by nothing but their place, so that a theme of many
texts does not swallow a small one. (evoc takes 88 s to be imported the first time and fast-hdbscan
36 s, and both leave a third of a chat collection without a group.)
"""

from typing import Any, NamedTuple

from curator.diversity.library import library

#: Groups on each level at most, coarse to fine.
MOST = (9, 32, 120)
#: A group of the finest level should hold so many texts or more.
LEAST = 6
ROUNDS = 20
#: Texts that k-means learns from, for each group.
PER_CENTRE = 256


class Grouping(NamedTuple):
    """`levels` holds an array for each level, coarse to fine: the group of each text, groups
    numbered from 0 by size, the largest first. `centres` are the unit centres of the finest."""

    levels: tuple[Any, ...]
    centres: Any


def group(vectors: Any, seed: int = 0) -> Grouping:
    """The groups of these unit vectors, the same for the same seed."""
    import numpy as np

    count = len(vectors)
    if count == 0:
        return Grouping((np.zeros(0, np.int32),) * 3, np.zeros((0, 0), np.float32))
    sizes = level_sizes(count)
    finest, centres = _finest(vectors, sizes[-1], seed)
    joined = [_joined(centres, size)[finest] for size in sizes[:-1]]
    levels = tuple(_by_size(level) for level in (*joined, finest))
    return Grouping(levels, centres_of(vectors, levels[-1]))


def level_sizes(count: int) -> tuple[int, ...]:
    """How many groups each of the three levels has for so many texts, coarse to fine; levels of
    a small collection may be the same."""
    finest = min(MOST[2], max(1, round(0.55 * count**0.5)), max(1, count // LEAST))
    middle = min(MOST[1], max(round(finest / 2.2), min(finest, 5)))
    coarse = min(MOST[0], max(round(middle / 2.4), min(middle, 5)))
    return coarse, middle, finest


def assign(vectors: Any, centres: Any) -> Any:
    """The nearest centre of each vector."""
    import numpy as np

    return np.asarray((vectors @ centres.T).argmax(axis=1), np.int32)


def centres_of(vectors: Any, groups: Any) -> Any:
    """The mean of each group's vectors, of length 1."""
    import numpy as np

    sums = np.zeros((int(groups.max()) + 1, vectors.shape[1]), np.float64)
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(len(sums)))
    sums[:] = np.add.reduceat(vectors[order], starts, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    return np.asarray(sums / lengths, np.float32)


def _finest(vectors: Any, wanted: int, seed: int) -> tuple[Any, Any]:
    import numpy as np

    if wanted < 2:
        return np.zeros(len(vectors), np.int32), vectors.mean(axis=0, keepdims=True)
    faiss = library("faiss")
    vectors = np.ascontiguousarray(vectors, np.float32)
    kmeans = faiss.Kmeans(
        vectors.shape[1], wanted, niter=ROUNDS, seed=seed, spherical=True,
        min_points_per_centroid=1, max_points_per_centroid=PER_CENTRE,
    )  # fmt: skip
    kmeans.train(vectors)
    found = assign(vectors, kmeans.centroids)
    used, renumbered = np.unique(found, return_inverse=True)
    return renumbered.astype(np.int32), kmeans.centroids[used]


def _joined(centres: Any, wanted: int) -> Any:
    """Which of at most `wanted` groups each centre belongs to."""
    import numpy as np

    if len(centres) <= wanted:
        return np.arange(len(centres), dtype=np.int32)
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(np.asarray(centres, np.float64), "ward")
    return (fcluster(tree, wanted, "maxclust") - 1).astype(np.int32)


def _by_size(groups: Any) -> Any:
    """The same groups, numbered by size, the largest 0."""
    import numpy as np

    sizes = np.bincount(groups)
    rank = np.empty(len(sizes), np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes), dtype=np.int32)
    return rank[groups]
