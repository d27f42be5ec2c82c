"""Near twins among any number of texts: what must be kept of them lies in files, not in memory."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from curator.similarity.banding import candidates
from curator.similarity.bands import Bands
from curator.similarity.batches import Batch, packed
from curator.similarity.pairs import SIZES, comparable, exact, fits, rows_of
from curator.similarity.sketching import kernel_there, nothing, sketch, worth_compiling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.int64]

#: Pairs compared at once: their texts' shingles are in memory together.
AT_ONCE = 256


class Column:
    """Numbers of one type in a file that nobody else sees; all of them are read at once."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - goes with the object

    def add(self, numbers: "NDArray[Any]") -> None:
        """Append these."""
        self._file.write(numbers.astype(self._kind).tobytes())

    def all(self) -> "NDArray[Any]":
        """All that were added."""
        import numpy as np

        self._file.flush()
        self._file.seek(0)
        return np.fromfile(self._file, self._kind)


class Pile:
    """Texts that were added, in order; `pairs` finds what `curator.similarity.twins` would among
    them. Memory is needed only to find them: some fifty bytes a text. `compiled` says that there
    will be texts enough to load the kernel for."""

    def __init__(self, threshold: float, compiled: bool = False) -> None:
        self._threshold, self._compiled = threshold, compiled and kernel_there()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - goes with the object
        self._ends, self._counts, self._numbers = Column("<i8"), Column("<i4"), Column("<u8")
        self._bands = {size: Bands() for size in SIZES}
        self._places = {size: Column("<i8") for size in SIZES}
        self._count = self._size = 0

    def __len__(self) -> int:
        return self._count

    def add(self, texts: Sequence[str | bytes]) -> None:
        """Sketch some texts (or their UTF-8) and lay them aside."""
        import numpy as np

        batch = packed(texts)
        if not len(batch):
            return
        compiled = self._compiled or worth_compiling(batch)
        own = sketch(batch, compiled=compiled)
        for size in SIZES:
            places = np.flatnonzero(fits(own.counts, size, self._threshold))
            self._bands[size].add(rows_of(batch, own, places, size, compiled))
            self._places[size].add(places + self._count)
        self._counts.add(own.counts)
        self._numbers.add(own.numbers)
        self._ends.add(batch.ends + self._size)
        self._file.write(batch.buffer.data)
        self._count += len(batch)
        self._size += len(batch.buffer)

    def pairs(self, step: Callable[[], None] = lambda: None) -> Iterator[tuple[int, int]]:
        """Pairs of places of Jaccard `threshold` or more, smaller first; one may come twice.
        `step` is called now and then."""
        import numpy as np

        if not self._size:
            return
        counts, numbers, ends = self._counts.all(), self._numbers.all(), self._ends.all()
        starts = np.concatenate([[0], ends[:-1]])
        for size in SIZES:
            step()
            places = self._places[size].all()
            bands = self._bands[size]
            found = places[candidates(bands, np.ones(len(bands), bool), self._threshold)]
            found = found[comparable(counts, numbers, found, size)]
            for first in range(0, len(found), AT_ONCE):
                step()
                part = found[first : first + AT_ONCE]
                yield from map(tuple, self._near(part, (starts, ends), size).tolist())

    def _near(self, pairs: "Places", bounds: "tuple[Places, Places]", size: int) -> "Places":
        """Those of the pairs whose texts, read again, are near enough."""
        import numpy as np

        places, which = np.unique(pairs, return_inverse=True)
        self._file.flush()
        begins, ends = (bound[places].tolist() for bound in bounds)
        # What is mapped would count as this process's memory, and all of it is near at hand.
        texts = [
            os.pread(self._file.fileno(), end - begin, begin)
            for begin, end in zip(begins, ends, strict=True)
        ]
        batch: Batch = packed(texts)
        compiled = self._compiled or worth_compiling(batch)
        jaccards = exact(batch, which.reshape(pairs.shape), size, nothing(), compiled)
        near: Places = pairs[jaccards >= self._threshold]
        return near
