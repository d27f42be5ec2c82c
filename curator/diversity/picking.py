"""k of many that stand for the rest: good ones first, then ones that differ.

A text's quality (0 to 1) weighs what it adds, so that of two that would add the same the better one
is taken (quality first, then diversity: DEITA, Liu et al. 2024, and Superfiltering.D put them in
the same order).
"""

import heapq
from typing import Any

from curator.diversity.neighbours import others

#: A text can stand for so many neighbours.
REACH = 48
#: A cosine below this is no likeness: two texts of different themes.
ALIKE = 0.2


def facility_location(vectors: Any, quality: Any, count: int) -> Any:
    """The rows of `count` texts that together lie nearest to all (Lin and Bilmes 2011), greedily,
    each text standing for its nearest neighbours; the first says the most."""
    import numpy as np

    size = len(vectors)
    near = others(vectors, REACH)
    best = np.zeros(size, np.float32)
    own = np.arange(size)[:, None]
    rows = np.concatenate([own, near.rows], axis=1)
    likeness = np.concatenate([np.ones((size, 1), np.float32), near.cosines], axis=1)
    likeness = np.maximum(likeness - ALIKE, 0) / (1 - ALIKE)
    likeness[rows < 0] = 0

    def gain(row: int) -> float:
        return float(quality[row] * np.maximum(likeness[row] - best[rows[row]], 0).sum())

    # Gains only fall, so a gain of an earlier round is a bound: most are never computed again.
    bounds = (likeness.sum(axis=1) * quality).tolist()
    heap = [(-bound, row) for row, bound in enumerate(bounds)]
    heapq.heapify(heap)
    chosen: list[int] = []
    while heap and len(chosen) < min(count, size):
        _, row = heapq.heappop(heap)
        now = gain(row)
        if heap and -heap[0][0] > now + 1e-9:
            heapq.heappush(heap, (-now, row))
            continue
        chosen.append(row)
        np.maximum.at(best, rows[row], likeness[row])
    return np.array(chosen, np.int64)


def k_centre(vectors: Any, quality: Any, count: int) -> Any:
    """The rows of `count` texts, each as far as can be from those before it (Gonzalez 1985), the
    distance weighed by quality; the first is the one nearest the middle of all."""
    import numpy as np

    size = len(vectors)
    if not size:
        return np.zeros(0, np.int64)
    middle = vectors.mean(axis=0)
    chosen = [int((vectors @ middle * quality).argmax())]
    far = 1 - vectors @ vectors[chosen[0]]
    taken = np.zeros(size, bool)
    taken[chosen[0]] = True
    while len(chosen) < min(count, size):
        worth = far * quality
        worth[taken] = -1
        row = int(worth.argmax())
        chosen.append(row)
        taken[row] = True
        np.minimum(far, 1 - vectors @ vectors[row], out=far)
    return np.array(chosen, np.int64)


def covered(vectors: Any, chosen: Any) -> float:
    """The mean cosine of every text to the nearest chosen one: 1 where all are chosen."""
    import numpy as np

    if not len(chosen):
        return 0.0
    best = np.full(len(vectors), -1, np.float32)
    for first in range(0, len(chosen), 512):
        block = vectors[chosen[first : first + 512]]
        np.maximum(best, (vectors @ block.T).max(axis=1), out=best)
    return float(best.mean())


PICKERS = {"facility": facility_location, "centre": k_centre}
