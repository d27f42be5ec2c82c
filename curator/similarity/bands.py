"""MinHash rows in a file, band after band: a million rows would take 512 MB of memory."""

import os
import tempfile
from typing import TYPE_CHECKING

from curator.similarity.banding import BANDS, ROWS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Bytes of one value of a row, and values of all rows in a band.
_WIDTH = 4
_CELL = ROWS * _WIDTH
#: Pairs that are looked at together.
AT_ONCE = 65_536


class Bands:
    """Rows in a file that nobody else sees and that goes with this object. They are added some
    thousands at a time; a band of all of them is read at once."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - goes with the object
        self._parts: list[int] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: "NDArray[np.uint32]") -> None:
        """Append the rows."""
        if not len(rows):
            return
        cut = rows.astype("<u4").reshape(len(rows), BANDS, ROWS).swapaxes(0, 1)
        _write_all(self._file.fileno(), cut.tobytes(), self._count * BANDS * _CELL)
        self._parts.append(len(rows))
        self._count += len(rows)

    def band(self, number: int) -> "NDArray[np.uint32]":
        """The values of all rows in one band."""
        import numpy as np

        found = np.empty((self._count, ROWS), np.uint32)
        at = 0
        for count in self._parts:
            place = (at * BANDS + number * count) * _CELL
            part = os.pread(self._file.fileno(), count * _CELL, place)
            found[at : at + count] = np.frombuffer(part, "<u4").reshape(-1, ROWS)
            at += count
        return found

    def agree(self, pairs: "NDArray[np.int64]", least: float) -> "NDArray[np.bool_]":
        """For each pair whether its rows agree in the share `least` of their values."""
        import numpy as np

        agree = np.zeros(len(pairs), np.uint8)
        for number in range(BANDS if len(pairs) else 0):
            band = self.band(number)
            for first in range(0, len(pairs), AT_ONCE):
                one, other = pairs[first : first + AT_ONCE].T
                same = (band[one] == band[other]).sum(axis=1, dtype=np.uint8)
                agree[first : first + AT_ONCE] += same
        enough: NDArray[np.bool_] = agree >= least * BANDS * ROWS
        return enough


def _write_all(handle: int, data: bytes, at: int) -> None:
    """Write all of it at a place of a file; the system may take less at a time."""
    rest = memoryview(data)
    while rest:
        done = os.pwrite(handle, rest, at)
        rest, at = rest[done:], at + done
