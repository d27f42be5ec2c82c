"""How various the words are: MTLD, distinct-n, openings. A CJK character is a word."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, log

from curator.diversity.figures import NOTHING, Reading, mean_of
from curator.text import normalise

#: McCarthy and Jarvis 2010: a factor is complete when the type-token ratio falls to this.
FULL = 0.72
#: Below so many words a text says nothing about its MTLD.
LEAST_WORDS = 50
#: Words of a stretch in which distinct n-grams are counted: the share falls with the length, so
#: only stretches of one length compare.
STRETCH = 5_000


def tokens(text: str) -> list[str]:
    """The words that are counted: without case and punctuation."""
    return normalise(text).split(" ") if text.strip() else []


def mtld(words: Sequence[str]) -> float:
    """The mean length of stretches that keep a type-token ratio above 0.72, the mean of both
    directions (McCarthy and Jarvis 2010)."""
    return (_one_way(words) + _one_way(words[::-1])) / 2


def mean_mtld(texts: Iterable[Sequence[str]], seed: int = 0) -> Reading:
    """The mean MTLD of the texts (lists of words) of at least 50 words."""
    return mean_of([mtld(words) for words in texts if len(words) >= LEAST_WORDS], seed)


def distinct(texts: Iterable[Sequence[str]], n: int, seed: int = 0) -> Reading:
    """distinct-n (Li et al. 2016): different n-grams over all n-grams, in stretches of 5,000 words
    of the texts one after another; a remainder counts where there is no whole stretch."""
    shares: list[float] = []
    kinds: set[tuple[str, ...]] = set()
    count = 0
    for words in texts:
        for gram in zip(*(words[i:] for i in range(n)), strict=False):
            kinds.add(gram)
            count += 1
            if count == STRETCH:
                shares.append(len(kinds) / count)
                kinds, count = set(), 0
    if not shares and count:
        shares.append(len(kinds) / count)
    return mean_of(shares, seed)


def openings(texts: Iterable[Sequence[str]], seed: int = 0) -> Reading:
    """How many different openings (the first two words) there are, each counted by its share: exp
    of the entropy. "Write a …" five thousand times is one opening."""
    import numpy as np

    tally = Counter(tuple(words[:2]) for words in texts if words)
    sizes = np.array(sorted(tally.values()), np.float64)
    n = int(sizes.sum())
    if not n:
        return NOTHING
    rng = np.random.default_rng(seed)
    drawn = [_effective(row) for row in rng.multinomial(n, sizes / n, size=100)]
    value = _effective(sizes)
    # A resample misses rare openings: its spread is told around the value.
    reach = 1.96 * float(np.std(drawn, ddof=1))
    return Reading(value, max(1.0, value - reach), value + reach, n)


def _one_way(words: Sequence[str]) -> float:
    if not words:
        return 0.0
    factors, kinds, count = 0.0, set[str](), 0
    for word in words:
        kinds.add(word)
        count += 1
        if len(kinds) / count <= FULL:
            factors += 1
            kinds, count = set(), 0
    if count:
        factors += (1 - len(kinds) / count) / (1 - FULL)
    return len(words) / factors if factors else float(len(words))


def _effective(sizes: Iterable[float]) -> float:
    kept = [float(size) for size in sizes if size > 0]
    total = sum(kept)
    return exp(-sum(size / total * log(size / total) for size in kept)) if total else 0.0
