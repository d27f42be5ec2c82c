"""Vectors to points in the plane, and new vectors among points that stay where they are.

PaCMAP (Wang et al. 2021) keeps both neighbours and the large shape, and takes a third of the time
of UMAP here. Above `LANDMARKS` a seeded sample is laid out and the others take their places among
their nearest landmarks: the time then grows with n, not with n x neighbours x rounds.
"""

import logging
import os
import warnings
from typing import Any

from curator.diversity.library import library
from curator.diversity.neighbours import index_of, nearest

#: So many points are laid out by PaCMAP itself.
LANDMARKS = 20_000
#: Fewer points than this have no neighbourhoods to keep: principal axes show them as they are.
FEW = 48
#: Components kept before neighbours are looked for; the layout does not change with more.
COMPONENTS = 64
#: A placed point stands at the weighted middle of so many neighbours.
AMONG = 4
#: How much nearer neighbours count for more: weights are exp(cosine / this).
SHARPNESS = 0.05


def layout(vectors: Any, seed: int = 0, landmarks: int = LANDMARKS) -> Any:
    """A point for each vector, float32 of shape (n, 2), the middle of the cloud at 0, most of it
    within -1..1. The same vectors and seed give the same points."""
    import numpy as np

    count = len(vectors)
    if count < 3:
        return np.array([[0.0, 0.0], [0.5, 0.0]], np.float32)[:count]
    reduced = components(vectors, COMPONENTS)
    if count < FEW:
        return _scaled(_spread(reduced, seed))
    first, copy_of = _different(reduced)
    if len(first) < count:
        # A hundred copies have no neighbours but each other, and would drift off as an island.
        few = len(first) < FEW
        own = (
            _scaled(_spread(reduced[first], seed)) if few
            else _laid_out(reduced[first], seed, landmarks)
        )  # fmt: skip
        points = own[copy_of]
        later = np.setdiff1d(np.arange(count), first)
        points[later] += np.random.default_rng(seed).normal(size=(len(later), 2)) * 0.004
        return points
    return _laid_out(reduced, seed, landmarks)


def _laid_out(reduced: Any, seed: int, landmarks: int) -> Any:
    import numpy as np

    count = len(reduced)
    if count <= landmarks:
        return _scaled(_pacmap(reduced, seed))
    chosen = np.sort(np.random.default_rng(seed).permutation(count)[:landmarks])
    points = np.empty((count, 2), np.float32)
    points[chosen] = _scaled(_pacmap(reduced[chosen], seed))
    rest = np.setdiff1d(np.arange(count), chosen)
    points[rest] = place(reduced[rest], reduced[chosen], points[chosen], seed)
    return points


def place(new: Any, known: Any, points: Any, seed: int = 0) -> Any:
    """Points for new vectors among known ones, which stay where they are: the weighted middle of
    the nearest, moved by less than those lie apart, so that equals do not hide each other."""
    import numpy as np

    if not len(new):
        return np.zeros((0, 2), np.float32)
    if not len(known):
        return layout(new, seed)
    among = min(AMONG, len(known))
    near = nearest(index_of(_unit(known), LANDMARKS), _unit(new), among)
    anchor = points[near.rows[:, 0]]
    around = points[near.rows]
    apart = np.linalg.norm(around - anchor[:, None], axis=2)
    weights = np.exp((near.cosines - near.cosines[:, :1]) / SHARPNESS)
    # A neighbour on the other side of the map would pull the point into the void between.
    scale = 3 * np.median(apart[:, 1:]) + 1e-6 if among > 1 else 1.0
    weights *= apart <= scale
    middle = (around * weights[:, :, None]).sum(axis=1) / weights.sum(axis=1)[:, None]
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=middle.shape) * 0.15 * min(float(scale), 0.05)
    return np.asarray(middle + noise, np.float32)


def components(vectors: Any, wanted: int) -> Any:
    """The vectors in their `wanted` principal components (an exact eigenproblem of d x d), the
    signs fixed so that they do not depend on the machine's linear algebra."""
    import numpy as np

    centred = np.asarray(vectors, np.float32) - vectors.mean(axis=0, dtype=np.float64).astype(
        np.float32
    )
    if centred.shape[1] <= wanted:
        return centred
    _, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    axes = axes[:, ::-1][:, :wanted]
    strongest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[strongest, np.arange(axes.shape[1])])
    return np.ascontiguousarray(centred @ axes.astype(np.float32))


def _pacmap(reduced: Any, seed: int) -> Any:
    # PaCMAP warns that the seed it was given is kept, on the stream the progress is on.
    logging.getLogger("pacmap").setLevel(logging.ERROR)
    os.environ.setdefault("NUMBA_NUM_THREADS", str(min(4, os.cpu_count() or 1)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pacmap = library("pacmap")
        made = pacmap.PaCMAP(n_components=2, n_neighbors=10, apply_pca=False, random_state=seed)
        return made.fit_transform(reduced, init="pca")


def _different(reduced: Any) -> tuple[Any, Any]:
    """The rows that are the first of their kind, and for each row the place of its kind there."""
    import numpy as np

    rounded = np.ascontiguousarray(np.round(reduced, 4) + 0.0)
    whole = rounded.view([("", rounded.dtype)] * rounded.shape[1])[:, 0]
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse]


def _spread(reduced: Any, seed: int) -> Any:
    """The first two components, equal ones a little apart."""
    import numpy as np

    flat = np.zeros((len(reduced), 2), np.float32)
    flat[:, : min(2, reduced.shape[1])] = reduced[:, :2]
    extent = float(np.abs(flat).max()) or 1.0
    return flat + np.random.default_rng(seed).normal(size=flat.shape) * 0.02 * extent


def _scaled(points: Any) -> Any:
    """Around 0, most of it within -1..1; what lies far out is drawn in (by the logarithm of its
    distance), so that one island does not shrink the map."""
    import numpy as np

    points = np.asarray(points, np.float64)
    points = points - np.median(points, axis=0)
    distance = np.linalg.norm(points, axis=1)
    reach = np.quantile(distance, 0.97) or 1.0
    far = np.maximum(distance / reach, 1.0)
    return np.asarray(points / reach * ((1 + np.log(far)) / far)[:, None], np.float32)


def _unit(vectors: Any) -> Any:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    return np.ascontiguousarray(vectors / lengths, np.float32)
