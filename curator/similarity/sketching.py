"""Sketches of many texts at once: by the compiled kernel, or by numpy where that is not worth it.

Both ways give the same bits (a test holds them to it), and `datasketch.MinHash` gives them too:
`minhash` wraps a row as one of its objects.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator.similarity import hashing, plainly
from curator.similarity.batches import Batch, Lists, Sketches, packed
from curator.text import normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

#: Part of what is stored: sketches of another version are made anew.
VERSION = 1
#: Below so many bytes numpy is done before numba is even loaded.
WORTH_COMPILING = 4_000_000


def nothing() -> "Hashes":
    """No templates."""
    import numpy as np

    return np.zeros(1, np.uint64)


def table_of(hashes: "Hashes") -> "Hashes":
    """Shingle hashes as the open-addressed table that the kernel looks templates up in."""
    import numpy as np

    if not len(hashes):
        return nothing()
    size = 1 << int(4 * len(hashes)).bit_length()
    table = np.zeros(size, np.uint64)
    for number in hashes.tolist():
        place = number & (size - 1)
        while table[place]:
            place = (place + 1) & (size - 1)
        table[place] = number
    return table


def sketch(
    batch: Batch,
    sizes: "NDArray[np.int8] | None" = None,
    templates: "Hashes | None" = None,
    compiled: bool | None = None,
) -> Sketches:
    """Sketch each text under the shingle size of its length, or that of `sizes` (-1: no row).

    A text without a word is known by its signs. `templates` are shingles to leave out, as
    `table_of` gives them.
    """
    import numpy as np

    count = len(batch)
    sizes = np.zeros(count, np.int8) if sizes is None else sizes
    table = nothing() if templates is None else templates
    out = Sketches(
        np.zeros(count, np.int32), np.zeros((count, 2), np.uint64), np.zeros(count, np.uint64),
        np.zeros(count, np.int32), np.full((count, hashing.PERMUTATIONS), 0xFFFFFFFF, np.uint32),
    )  # fmt: skip
    if not (worth_compiling(batch) if compiled is None else compiled):
        for place, text in enumerate(batch.texts()):
            plainly.sketch_one(place, normalise(text), int(sizes[place]), table, out)
        return out
    from curator.similarity import alphabet, kernels
    from curator.similarity.finding import UNFOLDABLE

    permutations = tuple(hashing.permutations())

    def work(part: Batch, span: tuple[int, int], fold: Any, sizes: Any, out: Any) -> None:
        tables = (fold, alphabet.kinds())
        kernels.sketch(span, tuple(part), tables, table, sizes, permutations, tuple(out))

    share(count, lambda span: work(batch, span, alphabet.folds(), sizes, out))
    odd = np.flatnonzero(out.counts == UNFOLDABLE)
    if len(odd):
        part = packed([_folded(batch.text(place)) for place in odd.tolist()])
        again = out.some(odd)
        share(len(odd), lambda span: work(part, span, alphabet.unfolded(), sizes[odd], again))
        out.put(odd, again)
    for place in np.flatnonzero(out.counts == 0).tolist():
        plainly.sketch_one(place, normalise(batch.text(place)), int(sizes[place]), table, out)
    return out


def shingle_lists(
    batch: Batch,
    sizes: "NDArray[np.int8]",
    templates: "Hashes | None" = None,
    compiled: bool | None = None,
) -> Lists:
    """The shingle hashes of each text, sorted; one may come twice. `sizes` as for `sketch`."""
    import numpy as np

    table = nothing() if templates is None else templates
    # A word, and the shingle that begins with it, takes a byte at least.
    room = np.maximum(batch.ends - batch.starts, 1)
    ends = np.cumsum(room)
    lists = Lists(np.empty(int(ends[-1]) if len(ends) else 0, np.uint64), ends - room,
                  np.full(len(batch), -1, np.int32))  # fmt: skip
    if worth_compiling(batch) if compiled is None else compiled:
        from curator.similarity import alphabet, kernels

        tables = (alphabet.folds(), alphabet.kinds())
        share(
            len(batch),
            lambda span: kernels.shingles(span, tuple(batch), tables, table, sizes, tuple(lists)),
        )
    parts: list[Hashes] = [np.zeros(0, np.uint64)]
    for place in range(len(batch)):
        start, length = int(lists.starts[place]), int(lists.lengths[place])
        if length > 0:
            found = lists.flat[start : start + length]
        else:
            found = plainly.shingles_left(
                plainly.words_of(normalise(batch.text(place))), int(sizes[place]), table
            )
        found.sort()
        parts.append(found)
    # The room was for the most there may be: what is kept lies close together.
    lengths = np.array([len(part) for part in parts[1:]], np.int32)
    return Lists(np.concatenate(parts), np.cumsum(lengths, dtype=np.int64) - lengths, lengths)


def likeness(lists: Lists, pairs: "NDArray[np.int64]", compiled: bool) -> "NDArray[np.float64]":
    """The exact Jaccard of each pair of places."""
    import numpy as np

    if not compiled:
        return plainly.likeness(lists, pairs)
    from curator.similarity import kernels

    found = np.zeros(len(pairs))
    share(len(pairs), lambda span: kernels.likeness(span, pairs, *lists, found))
    return found


def minhash(row: "NDArray[np.uint32]") -> Any:
    """A row as datasketch's own `MinHash`: its estimates, unions and LSH hold for it."""
    from datasketch import MinHash

    return MinHash(
        hashvalues=row,
        seed=hashing.SEED,
        scheme="affine32",
        permutations=hashing.permutations(),
        hashfunc=hashing.shingle_hash,
    )


def kernel_there() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def worth_compiling(batch: Batch) -> bool:
    """Whether the kernel is the faster way for so much text."""
    return int((batch.ends - batch.starts).sum()) >= WORTH_COMPILING and kernel_there()


def must_compile() -> bool:
    """Whether the next large search must compile the kernel first (once, some seconds)."""
    if not kernel_there():
        return False
    from curator.similarity import kernels

    kept: Any = getattr(kernels.sketch, "_cache", None)
    return kept is None or not any(Path(kept.cache_path).glob("kernels.sketch-*.nbi"))


def share(count: int, work: Callable[[tuple[int, int]], None]) -> None:
    """Let threads do `work` on spans of `count` items; it must release the interpreter lock."""
    threads = cores()
    if count < 64 * threads or threads == 1:
        if count:
            work((0, count))
        return
    step = max(16, min(1024, count // (threads * 8)))
    spans = [(first, min(count, first + step)) for first in range(0, count, step)]
    for _ in _pool().map(work, spans):
        pass


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="sketch")


def cores() -> int:
    """How many threads share the work."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(16, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _folded(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", text).casefold()
