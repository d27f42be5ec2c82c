"""Means, shares and agreements with their intervals. Every method names its source.

numpy and scipy are imported where they are used.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

SEED = 20_240_404
RESAMPLES = 2000
#: Intervals are 95 %: so many standard deviations of a normal variable to either side.
Z95 = 1.959964
#: With fewer observations than this a length effect is not told from noise.
ENOUGH_FOR_LENGTH = 20


class Interval(NamedTuple):
    """A value with its 95 % interval; `low` and `high` are None where n is too small for one."""

    value: float
    low: float | None
    high: float | None
    n: int

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def mean(values: Sequence[float]) -> Interval | None:
    """The mean with a percentile bootstrap interval (Efron 1979); None of nothing.

    Without an interval for one value, and where all values are equal: resampling equal values
    gives an interval of no width, which would pretend to certainty.
    """
    return clustered_mean([[value] for value in values])


def clustered_mean(clusters: Sequence[Sequence[float]]) -> Interval | None:
    """The mean over all values, resampled by whole clusters: values of one cluster (the turns of
    one chat) are not independent (cluster bootstrap, Field and Welsh 2007)."""
    import numpy as np

    full = [cluster for cluster in clusters if cluster]
    if not full:
        return None
    sums = np.array([sum(cluster) for cluster in full])
    counts = np.array([len(cluster) for cluster in full])
    value, n = float(sums.sum() / counts.sum()), int(counts.sum())
    if len(full) < 2 or len({float(v) for cluster in full for v in cluster}) < 2:
        return Interval(value, None, None, n)
    draws = np.random.default_rng(SEED).integers(0, len(full), (RESAMPLES, len(full)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(value, float(low), float(high), n)


def share(successes: int, n: int) -> Interval | None:
    """A share with its Wilson score interval (Wilson 1927), which holds for small n and for
    shares near 0 and 1; None of nothing."""
    if n == 0:
        return None
    p, z2 = successes / n, Z95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Interval(p, max(0.0, centre - half), min(1.0, centre + half), n)


def sign_test(wins: int, losses: int) -> float:
    """The two-sided probability of a split at least this uneven if neither were better; ties are
    left out (exact binomial test)."""
    from scipy.stats import binomtest

    return 1.0 if wins + losses == 0 else float(binomtest(wins, wins + losses, 0.5).pvalue)


def length_controlled(scores: Sequence[float], differences: Sequence[float]) -> float | None:
    """The win rate to be expected if both answers were equally long.

    `scores` are 1 for a win, 0.5 for a tie, 0 for a loss; `differences` new length minus old.
    A logistic regression of the score on tanh(difference / its standard deviation), read off at
    difference 0: the length term of AlpacaEval 2 (Dubois et al. 2024, "Length-Controlled
    AlpacaEval", without its terms for model and instruction), with a slight ridge so that a
    separable sample has a solution. None below 20 pairs or where all differences are equal.
    """
    import numpy as np
    from scipy.optimize import minimize

    d = np.asarray(differences, dtype=float)
    if len(d) < ENOUGH_FOR_LENGTH or d.std() == 0:
        return None
    x, y = np.tanh(d / d.std()), np.asarray(scores, dtype=float)

    def loss(theta: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
        z = theta[0] + theta[1] * x
        return float((np.logaddexp(0, z) - y * z).sum() + 0.05 * (theta**2).sum())

    found = minimize(loss, np.zeros(2))
    return float(1 / (1 + np.exp(-found.x[0])))


class Agreement(NamedTuple):
    """How two raters agree: the raw share, Cohen's kappa, Gwet's AC1, and on how many items.

    Kappa is None where one of them always says the same."""

    share: float
    kappa: float | None
    ac1: float
    n: int


def agreement(first: Sequence[Hashable], second: Sequence[Hashable]) -> Agreement | None:
    """Agreement beyond chance on nominal ratings; None of nothing.

    Kappa (Cohen 1960) falls when one verdict is much more frequent than the other, though the
    raters agree; AC1 (Gwet 2008) does not, so both are given.
    """
    n = len(first)
    if n == 0:
        return None
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    one, two = Counter(first), Counter(second)
    labels = one.keys() | two.keys()
    by_margins = sum(one[label] * two[label] for label in labels) / n**2
    kappa = None if len(one) < 2 or len(two) < 2 else (observed - by_margins) / (1 - by_margins)
    pooled = [(one[label] + two[label]) / (2 * n) for label in labels]
    chance = sum(p * (1 - p) for p in pooled) / (len(labels) - 1) if len(labels) > 1 else 0.0
    return Agreement(observed, kappa, (observed - chance) / (1 - chance), n)
