"""The nearest of everyone among everyone, exactly: a cosine is asked once for both its ends.

Half the products of the whole matrix, a block at a time, and a selection that costs little beside
them: a cosine that neither list wants is held against two numbers and forgotten.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from curator.diversity.library import cores, one_thread

#: Rows and columns of a block: its cosines stay in the processor's cache.
ROWS, COLUMNS = 512, 1024


def nearest_others(vectors: Any, count: int) -> tuple[Any, Any]:
    """For each unit vector the rows of its `count` nearest others (1 <= count < len(vectors)) and
    their cosines, nearest first; where two are equally near, the smaller row. Whatever the number
    of threads, the lists are the same."""
    import numpy as np

    from curator.diversity.offering import merge

    vectors = np.ascontiguousarray(vectors, np.float32)
    blocks = iter(list(_blocks(len(vectors))))
    threads = min(cores(), max(1, len(vectors) // ROWS))
    with one_thread(), ThreadPoolExecutor(threads, thread_name_prefix="nearest") as pool:
        # Each has lists of its own; who is first takes the next block.
        asked = [pool.submit(_lists, vectors, count, blocks) for _ in range(threads)]
        cosines, rows, last = asked[0].result()
        for other in asked[1:]:
            merge(cosines, rows, last, *other.result()[:2])
    cosines[rows < 0] = -1
    return rows.astype(np.int64), cosines


def _blocks(size: int) -> Iterator[tuple[int, int, int]]:
    """The first row, first column and last column (not in it) of the blocks that cover each pair
    once."""
    for first in range(0, size, ROWS):
        yield first, first, min(first + ROWS, size)
        for other in range(first + ROWS, size, COLUMNS):
            yield first, other, min(other + COLUMNS, size)


def _lists(
    vectors: Any, count: int, blocks: Iterator[tuple[int, int, int]]
) -> tuple[Any, Any, Any]:
    """The cosines and rows of the nearest that these blocks know, and each list's last cosine."""
    import numpy as np

    from curator.diversity.offering import offer

    size = len(vectors)
    cosines = np.full((size, count), -2, np.float32)
    rows = np.full((size, count), -1, np.int32)
    last = np.full(size, -2, np.float32)
    room = np.empty(ROWS * COLUMNS, np.float32)
    for first, other, end in blocks:
        here = vectors[first : first + ROWS]
        block = room[: len(here) * (end - other)].reshape(len(here), end - other)
        np.matmul(here, vectors[other:end].T, out=block)
        offer(block, first, other, cosines, rows, last)
    return cosines, rows, last
