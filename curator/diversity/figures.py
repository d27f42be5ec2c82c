"""How various unit vectors are, each figure exact and with a bootstrap interval.

Nothing here makes the n x n matrix of cosines: the mean of its cells is the length of the summed
vectors, and its eigenvalues are those of the d x d matrix.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from curator.diversity.library import library, one_thread
from curator.diversity.neighbours import others

#: Resamples of an interval, and of one whose every resample needs eigenvalues.
RESAMPLES, FEW_RESAMPLES = 200, 20
#: Parts that are resampled whole where single rows would cost too much.
BLOCKS = 20
LEVEL = 0.95
_TAIL = (1 - LEVEL) / 2
#: Shares of eigenvalues below this are not told from 0 by single precision.
SMALLEST = 1e-6
#: Columns that the tridiagonal reduction takes at a time; SciPy's own default is 1.
PANEL = 24


class Reading(NamedTuple):
    """A figure with the ends of its 95 % interval; `size` is how many it was measured on."""

    value: float
    low: float
    high: float
    size: int


NOTHING = Reading(float("nan"), float("nan"), float("nan"), 0)


def mean_pairwise_cosine(vectors: Any, seed: int = 0) -> Reading:
    """The mean cosine of all pairs of different rows: (|sum|^2 - n) / (n (n - 1)).

    Ding et al. 2023 (UltraChat) call it topic diversity; lower is more various. In a resample
    pairs of a row with itself are left out.
    """
    import numpy as np

    n = len(vectors)
    if n < 2:
        return NOTHING
    total = vectors.sum(axis=0, dtype=np.float64)
    value = (float(total @ total) - n) / (n * (n - 1))
    drawn = []
    rng = np.random.default_rng(seed)
    for _ in range(RESAMPLES // 20):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=20).astype(np.float32)
        sums = (weights @ vectors).astype(np.float64)
        same = (weights.astype(np.float64) ** 2).sum(axis=1)
        pairs = float(n) ** 2 - same
        two = pairs > 0  # a resample of a handful may be one row over and over
        drawn += (((sums**2).sum(axis=1) - same)[two] / pairs[two]).tolist()
    return _between(value, drawn, n)


def vendi(vectors: Any, seed: int = 0) -> Reading:
    """The Vendi score (Friedman and Dieng 2023) with the cosine as kernel: exp of the entropy of
    the eigenvalues of X^T X / n. It counts like a number of wholly different texts.

    Resampling repeats rows and so lowers the score; the interval is its spread around the value.
    """
    import numpy as np

    n = len(vectors)
    if not n:
        return NOTHING
    with one_thread():
        parts = np.array_split(np.random.default_rng(seed).permutation(n), min(BLOCKS, n))
        grams = np.stack([_gram(vectors[np.sort(part)]) for part in parts])
        value = _score(grams.sum(axis=0), lambda: vectors)
        if len(parts) < 2:
            return Reading(value, value, value, n)
        rng = np.random.default_rng(seed)
        drawn, flat = [], grams.reshape(len(parts), -1)
        for _ in range(FEW_RESAMPLES):
            weights = rng.multinomial(len(parts), np.full(len(parts), 1 / len(parts)))
            drawn.append(_score((weights.astype(np.float32) @ flat).reshape(grams[0].shape)))
    reach = 1.96 * float(np.std(drawn, ddof=1))
    return Reading(value, max(1.0, value - reach), value + reach, n)


def vendi_score(vectors: Any) -> float:
    """The Vendi score alone, without an interval."""
    with one_thread():
        return _score(_gram(vectors), lambda: vectors)


def mean_nearest_distance(vectors: Any, seed: int = 0) -> Reading:
    """The mean of 1 - cosine to the nearest other row; copies make it small. The rows' distances
    are resampled, not the rows: a row drawn twice would be its own neighbour."""
    if len(vectors) < 2:
        return NOTHING
    return mean_of(1 - others(vectors, 1).cosines[:, 0], seed)


def cluster_entropy(groups: Any, count: int, seed: int = 0) -> Reading:
    """Shannon's entropy of the shares of `count` clusters, divided by log(count): 1 where all are
    of one size, 0 where everything is in one."""
    import numpy as np

    sizes = np.bincount(groups, minlength=count)
    n = int(sizes.sum())
    if n == 0 or count < 2:
        return NOTHING
    drawn = np.random.default_rng(seed).multinomial(n, sizes / n, size=RESAMPLES)
    return _between(_entropy(sizes, count), [_entropy(row, count) for row in drawn], n)


def coverage(vectors: Any, topics: Any, least: float, seed: int = 0) -> tuple[Reading, Any, Any]:
    """The share of topics (their unit vectors) with a row of a cosine of `least` or more; for each
    topic how many such rows there are, and the row nearest to it."""
    import numpy as np

    if not len(topics) or not len(vectors):
        return NOTHING, np.zeros(len(topics), int), np.full(len(topics), -1)
    cosines = topics @ vectors.T
    counts = (cosines >= least).sum(axis=1)
    # The chance that a topic with m of n rows has none in a resample is (1 - m/n)^n.
    n = len(vectors)
    lost = np.where(counts > 0, np.exp(n * np.log1p(-np.minimum(counts / n, 1 - 1e-12))), 1.0)
    rng = np.random.default_rng(seed)
    drawn = (rng.random((RESAMPLES, len(topics))) >= lost).mean(axis=1)
    value = float((counts > 0).mean())
    return _between(value, drawn.tolist(), n), counts, cosines.argmax(axis=1)


def mean_of(values: Any, seed: int = 0) -> Reading:
    """The mean of some numbers and its bootstrap interval."""
    import numpy as np

    values = np.asarray(values, np.float64)
    n = len(values)
    if not n:
        return NOTHING
    rng = np.random.default_rng(seed)
    # The mean of a resample needs how often each is drawn; in slices, for the memory's sake.
    drawn = [float(values[rng.integers(n, size=n)].mean()) for _ in range(RESAMPLES)]
    return _between(float(values.mean()), drawn, n)


def _gram(vectors: Any) -> Any:
    """X^T X in single precision. (NumPy sees that it is symmetric, and asks half the products.)"""
    import numpy as np

    columns = np.ascontiguousarray(vectors, np.float32)
    return columns.T @ columns


def _score(gram: Any, vectors: Callable[[], Any] | None = None) -> float:
    """exp of the entropy of a Gram matrix's eigenvalues, as shares of their sum.

    Single precision tells shares from 1e-6 on apart from 0, which is what texts have: the score is
    right to 1e-7 then. Where a share is smaller (copies, fewer texts than dimensions), the vectors
    are asked again in double precision; without them the score is right to some 1e-3 there, which
    is enough for the spread of resamples.
    """
    import numpy as np

    used = np.flatnonzero(gram.diagonal() > 0)  # a model may leave dimensions empty
    if len(used) < len(gram):
        gram = gram[np.ix_(used, used)]
    shares = _shares(gram, np.float32)
    if vectors is not None and shares.min(initial=1) < SMALLEST:
        columns = np.asarray(vectors()[:, used], np.float64)
        rows = len(columns) < len(used)
        shares = _shares(columns @ columns.T if rows else columns.T @ columns, np.float64)
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _shares(gram: Any, kind: Any) -> Any:
    """The eigenvalues over their sum, by tridiagonal reduction (LAPACK; asked by hand, for SciPy's
    `eigvalsh` takes twice as long over what is neither eigenvector nor check)."""
    import numpy as np

    if not len(gram):
        return np.zeros(0)
    lapack = library("scipy.linalg.lapack")
    single = kind == np.float32
    reduce, solve = (lapack.ssytrd, lapack.ssterf) if single else (lapack.dsytrd, lapack.dsterf)
    matrix = np.asarray(gram, kind).T  # as symmetric as it was, and in Fortran's order
    if len(matrix) < 2:
        return np.ones(1)
    _, diagonal, beside, _, bad = reduce(matrix, lower=0, lwork=PANEL * len(matrix))
    values, worse = solve(diagonal, beside)
    if bad or worse:
        raise ArithmeticError("LAPACK found no eigenvalues of a symmetric matrix")
    values = values.astype(np.float64)
    return values / values.sum()


def _entropy(sizes: Any, count: int) -> float:
    import numpy as np

    shares = sizes[sizes > 0] / sizes.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(count))


def _between(value: float, drawn: list[float], size: int) -> Reading:
    import numpy as np

    low, high = np.quantile(drawn, [_TAIL, 1 - _TAIL]) if drawn else (value, value)
    return Reading(value, float(low), float(high), size)
