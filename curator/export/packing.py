"""Data files compressed while they are written, by gzip or zstd: the same bytes each time."""

import hashlib
import io
from typing import Any, BinaryIO, Protocol

#: Endings that say so.
PACKED = (".gz", ".zst")
#: Bytes gathered before they are summed up and the disk is asked.
CHUNK = 1 << 20


class Summed(io.RawIOBase):
    """A file that sums up what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._sum = file, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._sum.update(data)
        return self._file.write(data)

    def hexdigest(self) -> str:
        """The SHA-256 of all that was written."""
        return self._sum.hexdigest()


class Sink(Protocol):
    """What takes the bytes of a file."""

    def write(self, data: Any, /) -> Any: ...

    def close(self) -> None: ...


def packed(file: Summed, ending: str) -> Sink:
    """What to write to, so that `file` gets it compressed as the ending says; close it at the
    end, and the file after it."""
    if ending == ".gz":
        import gzip

        # No name and no hour: the same rows give the same bytes.
        return gzip.GzipFile("", "wb", 6, file, mtime=0)
    if ending == ".zst":
        import pyarrow as pa

        stream: Sink = pa.CompressedOutputStream(pa.PythonFile(file, mode="w"), "zstd")
        return stream
    return io.BufferedWriter(file, CHUNK)
