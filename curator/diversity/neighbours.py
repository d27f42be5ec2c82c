"""Who is nearest to whom, by cosine: among few by asking everyone, among many by short codes first.

Above a limit every four numbers of a vector become four bits (product quantisation in
registers, "fast scan": André et al. 2017), the codes name some candidates, and exact cosines decide
among those. What that loses depends on the vectors, so every index asks a sample both ways before
it is used, and takes more candidates, or everyone, where too much would be lost.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from curator.diversity.library import cores, library, one_thread
from curator.diversity.mutual import nearest_others

#: Up to here everyone is asked: making and trying codes takes as long as it saves. Everyone about
#: everyone is half the work, and so worth it for longer.
FLAT_LIMIT, MUTUAL_LIMIT = 5_000, 10_000
#: Numbers of a vector that one code of four bits stands for.
PER_CODE = 4
#: Candidates for each neighbour asked for; the next number where the one before loses too much.
CANDIDATES = (6, 10, 16, 40)
#: The share of the true neighbours that a sample must find, how many neighbours of how many rows.
#: 0.99 is the promise; a sample of 2,500 neighbours may be wrong by some thousandths.
FLOOR, SAMPLED, ASKED = 0.994, 250, 10
#: Vectors that the codes are learned from, and rounds: more changes nothing that is found.
LEARNED, ROUNDS = 1024, 6
#: So many queries at a time.
BLOCK = 1024


class Near(NamedTuple):
    """For each query (a row each) the rows of its nearest and their cosines, nearest first; a
    place nobody fills is -1 with a cosine of -1."""

    rows: Any
    cosines: Any


def index_of(vectors: Any, flat_limit: int = FLAT_LIMIT) -> Any:
    """A faiss index of these unit vectors, by inner product, that finds at least 99 of 100 of the
    ten nearest of a vector like these."""
    import numpy as np

    vectors = np.ascontiguousarray(vectors, np.float32)
    if len(vectors) > flat_limit:
        padded = _padded(vectors)
        index = _coded(padded)
        sample = np.random.default_rng(2).permutation(len(vectors))[:SAMPLED]
        for index.k_factor in CANDIDATES:
            if _recall(index, padded, np.sort(sample)) >= FLOOR:
                return index
    flat = library("faiss").IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    return flat


def _coded(vectors: Any) -> Any:
    import numpy as np

    faiss = library("faiss")
    count, dimensions = vectors.shape
    codes = faiss.IndexPQFastScan(dimensions, dimensions // PER_CODE, 4, faiss.METRIC_INNER_PRODUCT)
    codes.pq.cp.seed, codes.pq.cp.niter = 1, ROUNDS
    index = faiss.IndexRefineFlat(codes)
    sample = np.random.default_rng(1).permutation(count)[:LEARNED]
    with one_thread():
        index.train(vectors[np.sort(sample)])
    index.add(vectors)
    return index


def _padded(vectors: Any) -> Any:
    """The vectors with zeros behind, so that `PER_CODE` divides their dimensions."""
    import numpy as np

    short = -vectors.shape[1] % PER_CODE
    return np.pad(vectors, ((0, 0), (0, short))) if short else vectors


def _recall(index: Any, vectors: Any, rows: Any) -> float:
    """The share of the `ASKED` nearest others of these rows that the index finds; one as near as
    the last of them is as good."""
    import numpy as np

    wanted = min(ASKED + 1, len(vectors))  # each finds itself
    queries = vectors[rows]
    last = np.empty(len(rows), np.float32)
    for first in range(0, len(rows), 64):
        cosines = queries[first : first + 64] @ vectors.T
        last[first : first + 64] = np.partition(cosines, -wanted, axis=1)[:, -wanted]
    found = index.search(queries, wanted)[0] >= last[:, None] - 1e-5
    return 1 - float((wanted - found.sum(axis=1)).sum()) / (len(rows) * max(wanted - 1, 1))


def nearest(index: Any, queries: Any, count: int) -> Near:
    """The `count` nearest of each query in the index, asked by threads of our own: faiss's wait
    for each other with open eyes, which on a busy machine costs more than the search."""
    import numpy as np

    rows = np.full((len(queries), count), -1, np.int64)
    cosines = np.full((len(queries), count), -1, np.float32)
    queries = np.ascontiguousarray(queries, np.float32)
    if index.d > queries.shape[1]:
        queries = _padded(queries)

    def ask(first: int) -> None:
        block = slice(first, first + BLOCK)
        cosines[block], rows[block] = index.search(queries[block], count)

    threads = max(1, min(cores(), len(queries) // BLOCK))
    with ThreadPoolExecutor(threads, "neighbours", _alone) as pool:
        for _ in pool.map(ask, range(0, len(queries), BLOCK)):
            pass
    cosines[rows < 0] = -1
    return Near(rows, cosines)


def _alone() -> None:
    """What this thread asks of faiss it does by itself."""
    library("faiss").omp_set_num_threads(1)


def others(vectors: Any, count: int, limit: int = MUTUAL_LIMIT) -> Near:
    """The `count` nearest others of each vector among all; itself is not one of them, but an
    equal vector is."""
    import numpy as np

    size = len(vectors)
    count = min(count, max(size - 1, 0))
    if not count:
        return Near(np.zeros((size, 0), np.int64), np.zeros((size, 0), np.float32))
    if size <= limit:
        return Near(*nearest_others(vectors, count))
    return without_self(nearest(index_of(vectors, limit), vectors, count + 1))


def without_self(found: Near) -> Near:
    """The same neighbours without each row itself (the last one goes where it is not among
    them), given that query i is row i of the index."""
    import numpy as np

    size, wide = found.rows.shape
    own = found.rows == np.arange(size)[:, None]
    absent = ~own.any(axis=1)
    own[absent, wide - 1] = True
    keep = ~own
    return Near(
        found.rows[keep].reshape(size, wide - 1), found.cosines[keep].reshape(size, wide - 1)
    )
