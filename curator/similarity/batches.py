"""Texts and what is kept of them, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]


class Batch(NamedTuple):
    """Texts as slices of one buffer of UTF-8."""

    buffer: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    def text(self, place: int) -> str:
        """One of them as a string."""
        raw = self.buffer[self.starts[place] : self.ends[place]].tobytes()
        return raw.decode("utf-8", "surrogatepass")

    def some(self, places: NDArray[np.int64]) -> Batch:
        """Those at the given places."""
        return Batch(self.buffer, self.starts[places], self.ends[places])

    def texts(self) -> Iterator[str]:
        """All of them as strings."""
        return (self.text(place) for place in range(len(self.starts)))


class Sketches(NamedTuple):
    """What is kept of texts: how many words (0 for ":-)"), two hashes that name the words in their
    order, one of the set of numbers (texts of up to `NUMBERS_MATTER` words), how many shingles
    were left when templates were taken out, and the MinHash rows."""

    counts: NDArray[np.int32]
    names: Hashes
    numbers: Hashes
    lefts: NDArray[np.int32]
    rows: NDArray[np.uint32]

    def some(self, places: NDArray[np.int64]) -> Sketches:
        """Copies of those at the given places."""
        counts, names, numbers, lefts, rows = self
        return Sketches(counts[places], names[places], numbers[places], lefts[places], rows[places])

    def put(self, places: NDArray[np.int64], others: Sketches) -> None:
        """Write others over those at the given places."""
        columns: list[NDArray[Any]] = list(self)
        for column, other in zip(columns, others, strict=True):
            column[places] = other


class Lists(NamedTuple):
    """Sorted lists of shingle hashes, one after another: the hashes, where each text's begin, and
    how many they are."""

    flat: Hashes
    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]


def packed(texts: Sequence[str | bytes]) -> Batch:
    """Texts, or their UTF-8, as a batch."""
    import numpy as np

    raw = [
        text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass") for text in texts
    ]
    ends = np.cumsum(np.fromiter(map(len, raw), np.int64, len(raw)))
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]]) if raw else ends
    return Batch(np.frombuffer(b"".join(raw), np.uint8), starts, ends)
