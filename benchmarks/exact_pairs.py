"""Every pair of documents of exact Jaccard 0.7 or more, by set similarity join: no estimate.

PPJoin (Xiao et al., 2008): two sets that are so alike share one of their rarest shingles (prefix
filter, Bayardo 2007), are about of one size (length filter), and have enough left to share behind
the place where they first meet (positional filter). All three hold for any fixed order of shingles,
so the order is by how often a shingle's bucket was met, which takes one array of counters and no
sorting of all shingles. Texts stay on disk.
"""
# mypy: disable-error-code="untyped-decorator,no-untyped-def,no-untyped-call,no-any-return"

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numba import njit

from curator.similarity import pairs, sketching
from curator.similarity.batches import packed
from curator.text import cjk_share, jaccard, normalise, shingle_size, shingles

THRESHOLD = 0.7
#: Counters of shingles.
BUCKETS = np.uint64((1 << 26) - 1)
#: 0.7 of a whole number may come out a trifle above what it is.
ROUNDING = 1e-6
#: Pairs that are compared once more, in plain Python.
CHECKED = 200


class Truth(NamedTuple):
    """The pairs (smaller place first), which documents are Chinese, how many there are, and their
    bytes."""

    pairs: set[tuple[int, int]]
    chinese: set[int]
    documents: int
    size: int


class _Shelf:
    """The shingles of the documents that one shingle size fits, on disk, each once a document."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size, self.path = size, folder / f"{size}.u64"
        self._file: IO[bytes] = self.path.open("wb")
        self.places: list[Any] = []
        self.lengths: list[Any] = []

    def add(self, first: int, batch: Any, own: Any) -> None:
        places = np.flatnonzero(pairs.fits(own.counts, self.size, THRESHOLD))
        if not len(places):
            return
        sizes = np.full(len(places), self.size, np.int8)
        lists = sketching.shingle_lists(batch.some(places), sizes, compiled=True)
        lengths = np.zeros(len(places), np.int64)
        distinct(lists.flat, lists.starts, lists.lengths, lengths)
        for start, length in zip(lists.starts.tolist(), lengths.tolist(), strict=True):
            self._file.write(lists.flat[start : start + length].tobytes())
        self.places.append(places + first)
        self.lengths.append(lengths)

    def near(self) -> tuple[Any, Any]:
        """The places, and pairs of indices into them."""
        self._file.close()
        if not self.places:
            return np.zeros(0, np.int64), np.zeros((0, 2), np.int64)
        lengths = np.concatenate(self.lengths)
        ends = np.cumsum(lengths)
        flat = np.fromfile(self.path, np.uint64)
        return np.concatenate(self.places), joined(flat, ends - lengths, lengths)


def truth(slices: Iterable[list[str]]) -> Truth:
    """The truth about documents that come some thousands at a time."""
    chinese: set[int] = set()
    size = total = 0
    counts, numbers = [], []
    with tempfile.TemporaryDirectory() as folder:
        shelves = [_Shelf(Path(folder), each) for each in pairs.SIZES]
        for part in slices:
            batch = packed(part)
            own = sketching.sketch(batch, np.full(len(batch), -1, np.int8), compiled=True)
            for shelf in shelves:
                shelf.add(total, batch, own)
            counts.append(own.counts)
            numbers.append(own.numbers)
            chinese |= {i for i, text in enumerate(part, total) if cjk_share(text[:400]) > 0.3}
            size += len(batch.buffer)
            total += len(part)
        found = _found(shelves, np.concatenate(counts), np.concatenate(numbers))
    return Truth(found, chinese, total, size)


def _found(shelves: list[_Shelf], counts: Any, numbers: Any) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for shelf in shelves:
        places, both = shelf.near()
        both = np.sort(places[both], axis=1)
        both = both[pairs.comparable(counts, numbers, both, shelf.size)]
        found |= {(one, other) for one, other in both.tolist()}
    return found


def check(found: set[tuple[int, int]], slices: Iterable[list[str]]) -> None:
    """Compare some of the pairs once more, in plain Python."""
    some = sorted(found)[:: max(1, len(found) // CHECKED)]
    wanted = {place for pair in some for place in pair}
    texts: dict[int, str] = {}
    first = 0
    for part in slices:
        texts |= {place: part[place - first] for place in range(first, first + len(part))
                  if place in wanted}  # fmt: skip
        first += len(part)
    for one, other in some:
        fewest = min(len(normalise(texts[place]).split(" ")) for place in (one, other))
        size = shingle_size(fewest)
        real = jaccard(shingles(texts[one], size), shingles(texts[other], size))
        assert real >= THRESHOLD, (one, other, real)


def joined(flat: Any, starts: Any, lengths: Any) -> Any:
    """Pairs of sorted sets of Jaccard `THRESHOLD` or more."""
    often = np.zeros(int(BUCKETS) + 1, np.uint32)
    count(flat, often)
    prefix = lengths - np.ceil(THRESHOLD * lengths - ROUNDING).astype(np.int64) + 1
    room = np.cumsum(np.where(lengths > 0, prefix, 0))
    tokens = np.empty(int(room[-1]) if len(room) else 0, np.uint64)
    spots = np.empty(len(tokens), np.int32)
    # From the shortest set to the longest: what a set meets is not longer than itself.
    order = np.argsort(lengths, kind="stable")
    bounds = np.zeros(len(order) + 1, np.int64)
    used = rarest((flat, starts, lengths), order, often, (tokens, spots, bounds))
    del often
    kinds, postings = _postings(tokens[:used], bounds)
    return order[meet((flat, starts, lengths), order, (kinds, spots[:used], bounds), postings)]


def _postings(tokens: Any, bounds: Any) -> tuple[Any, tuple[Any, tuple[Any, Any]]]:
    """Each token's number, and by number: where its entries begin, and their places in `tokens`
    (those of shorter sets first)."""
    by_token = np.argsort(tokens, kind="stable")
    ordered = tokens[by_token]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(ordered) else ordered == 0
    kinds = np.empty(len(tokens), np.int32)
    kinds[by_token] = np.cumsum(new) - 1
    begins = np.concatenate([np.flatnonzero(new), [len(tokens)]])
    owners = np.repeat(np.arange(len(bounds) - 1, dtype=np.int32), np.diff(bounds))
    return kinds, (begins, (owners[by_token], by_token.astype(np.int32)))


@njit(cache=True)
def distinct(flat, starts, lengths, out):
    """Make each sorted list hold a value once; how many are left into `out`."""
    for i in range(len(starts)):
        start, n = starts[i], 0
        for j in range(start, start + lengths[i]):
            if n == 0 or flat[j] != flat[start + n - 1]:
                flat[start + n] = flat[j]
                n += 1
        out[i] = n


@njit(cache=True)
def count(flat, often):
    for token in flat:
        often[token & BUCKETS] += 1


@njit(cache=True)
def rarest(lists, order, often, out):
    """The rarest tokens of each set, in `order`, and the place of each among its set's tokens by
    rarity. One that no other set can have is left out. How many are left."""
    flat, starts, lengths = lists
    tokens, spots, bounds = out
    used = 0
    for rank in range(len(order)):
        start, n = starts[order[rank]], lengths[order[rank]]
        keys = np.empty(n, np.uint64)
        for j in range(n):
            seldom = np.uint64(often[flat[start + j] & BUCKETS])
            keys[j] = (seldom << np.uint64(32)) | np.uint64(j)
        keys.sort()
        for spot in range(n - int(np.ceil(THRESHOLD * n - ROUNDING)) + 1 if n else 0):
            if keys[spot] >> np.uint64(32) > 1:
                tokens[used] = flat[start + np.int64(keys[spot] & np.uint64(0xFFFFFFFF))]
                spots[used] = spot
                used += 1
        bounds[rank + 1] = used
    return used


@njit(cache=True)
def meet(lists, order, prefixes, postings):
    """The pairs of ranks whose sets are near: those that meet in a prefix are compared in full."""
    flat, starts, lengths = lists
    kinds, spots, bounds = prefixes
    begins, (owners, entries) = postings
    first = begins[:-1].copy()
    shared = np.zeros(len(order), np.int32)
    touched = np.empty(len(order), np.int32)
    found = []
    for x in range(len(order)):
        n, m = lengths[order[x]], 0
        for at in range(bounds[x], bounds[x + 1]):
            kind = kinds[at]
            while lengths[order[owners[first[kind]]]] < THRESHOLD * n - ROUNDING:
                first[kind] += 1
            for entry in range(first[kind], begins[kind + 1]):
                y = owners[entry]
                if y >= x:
                    break
                if shared[y] < 0:
                    continue
                other = lengths[order[y]]
                if shared[y] == 0:
                    touched[m] = y
                    m += 1
                shared[y] += 1
                left = min(n - spots[at], other - spots[entries[entry]]) - 1
                if shared[y] + left < THRESHOLD / (1 + THRESHOLD) * (n + other) - ROUNDING:
                    shared[y] = -1
        for k in range(m):
            y = touched[k]
            if shared[y] > 0 and near(flat, starts, lengths, order[x], order[y]):
                found.append((x, y))
            shared[y] = 0
    out = np.empty((len(found), 2), np.int64)
    for k in range(len(found)):
        out[k, 0], out[k, 1] = found[k]
    return out


@njit(cache=True)
def near(flat, starts, lengths, one, other):
    """Whether the Jaccard of two sets reaches the threshold."""
    a, a_end = starts[one], starts[one] + lengths[one]
    b, b_end = starts[other], starts[other] + lengths[other]
    both = 0
    while a < a_end and b < b_end:
        if flat[a] == flat[b]:
            both += 1
            a += 1
            b += 1
        elif flat[a] < flat[b]:
            a += 1
        else:
            b += 1
    return both / (lengths[one] + lengths[other] - both) >= THRESHOLD
