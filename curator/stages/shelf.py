"""Exact comparison of stored texts: they are read again, those alone, and never all in memory."""

import tempfile
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from curator.similarity.banding import distinct
from curator.similarity.batches import Lists
from curator.similarity.sketching import (
    kernel_there,
    likeness,
    shingle_lists,
    worth_compiling,
)
from curator.stages.base import Progress
from curator.store import Store
from curator.store.passages import windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.similarity.hashing import Hashes

    Whole = NDArray[np.int64]

#: Pairs compared at once: their texts' shingles are in memory together.
AT_ONCE = 1024
#: Pairs from which the kernel is worth loading.
MANY = 200


def compare(
    store: Store, unit: str, pairs: "Whole", size: int, table: "Hashes", progress: Progress
) -> "NDArray[np.float64]":
    """The exact Jaccard of pairs of texts under a shingle size."""
    import numpy as np

    if not len(pairs):
        return np.zeros(0)
    with tempfile.TemporaryFile() as file:
        shelf = Shelf(file)
        compiled = len(pairs) >= MANY and kernel_there()
        known = distinct(pairs.ravel())
        progress.begin(len(known), "texts of candidates read again")
        shelf.fill(store, unit, known, (size, table, compiled), progress.step)
        progress.begin(len(pairs), "pairs compared in full")
        found = []
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        for first in range(0, len(pairs), AT_ONCE):
            part = pairs[order[first : first + AT_ONCE]]
            texts, inverse = np.unique(part, return_inverse=True)
            lists = shelf.lists(texts)
            found.append(likeness(lists, inverse.reshape(part.shape), compiled))
            progress.step(len(part))
    jaccards = np.empty(len(pairs))
    jaccards[order] = np.concatenate(found)
    return jaccards


class Shelf:
    """The shingles of texts in a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def fill(
        self,
        store: Store,
        unit: str,
        texts: "Whole",
        how: "tuple[int, Hashes, bool]",
        step: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Read these texts (sorted numbers) and put their shingles down; `step` is told how many
        are done."""
        import numpy as np

        size, table, compiled = how
        self._texts = texts
        self._starts = np.zeros(len(texts), np.int64)
        self._lengths = np.zeros(len(texts), np.int32)
        every = store.twins.places(unit, hidden=True)
        numbers, at = np.unique(every.texts, return_index=True)
        at = at[np.searchsorted(numbers, texts)]
        ords, turns = every.ords[at], every.turns[at]
        order = np.lexsort((turns, ords))
        written = 0
        for stretch in windows(distinct(ords)):
            passages = store.twins.passages(unit, stretch)
            spots = {
                (ord_, turn): place
                for place, (ord_, turn) in enumerate(
                    zip(passages.ords.tolist(), passages.turns.tolist(), strict=True)
                )
            }
            mine = order[(ords[order] >= stretch[0]) & (ords[order] <= stretch[-1])]
            wanted = [
                spots[key] for key in zip(ords[mine].tolist(), turns[mine].tolist(), strict=True)
            ]
            sizes = np.full(len(wanted), size, np.int8)
            batch = passages.batch.some(np.array(wanted, np.int64))
            lists = shingle_lists(batch, sizes, table, compiled or worth_compiling(batch))
            for place, start, length in zip(
                mine.tolist(), lists.starts.tolist(), lists.lengths.tolist(), strict=True
            ):
                self._file.write(lists.flat[start : start + length].tobytes())
                self._starts[place], self._lengths[place] = written, length
                written += length
            step(len(mine))

    def lists(self, texts: "Whole") -> Lists:
        """The shingles of these texts."""
        import numpy as np

        at = np.searchsorted(self._texts, texts)
        parts = []
        for start, length in zip(
            self._starts[at].tolist(), self._lengths[at].tolist(), strict=True
        ):
            self._file.seek(start * 8)
            parts.append(np.frombuffer(self._file.read(length * 8), np.uint64))
        lengths = self._lengths[at]
        starts = np.cumsum(lengths.astype(np.int64)) - lengths
        return Lists(np.concatenate(parts), starts, lengths)
