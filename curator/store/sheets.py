"""Signatures of texts, in and out of their table."""

from typing import TYPE_CHECKING, Any, NamedTuple

from curator.store.connection import Connection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.similarity.bands import Bands

    Whole = NDArray[np.int64]

_WIDE = ("text", "words", "numbers", "kept")
#: A text without a word, or of nothing but template, is like no other.
_COUNTS = "kept > 0 and words > 0"
#: Values in a row, and texts read at once: all at once would hold the signatures twice.
_VALUES, _SLICE = 128, 4096
#: Rows from which they are laid aside in a file: 50 MB of them.
MANY = 100_000


class Sheet(NamedTuple):
    """Sketches of one shingle size: of which texts, their words and numbers, how many shingles
    count, and the MinHash rows, or where they are many the bands of them in a file."""

    texts: "Whole"
    words: "NDArray[np.int32]"
    numbers: "NDArray[np.uint64]"
    kept: "NDArray[np.int32]"
    rows: "NDArray[np.uint32]"
    bands: "Bands | None" = None

    @property
    def sketches(self) -> "NDArray[np.uint32] | Bands":
        """The rows, wherever they are."""
        return self.rows if self.bands is None else self.bands


def read_sheet(db: Connection, unit: str, shingle: int, room: int = 0) -> Sheet:
    """All sketches of one unit and shingle size that can be compared, by text, and `room` for so
    many rows more behind the last: a copy would hold all signatures twice. Of `MANY` and more
    without such room the rows are laid aside."""
    import numpy as np

    from curator.similarity.bands import Bands

    wanted = f"unit = ? and shingle = ? and {_COUNTS}"
    count = db.value(f"select count(*) from twin_sketches where {wanted}", [unit, shingle])
    last = db.value("select max(text) from twin_sketches where unit = ?", [unit])
    aside = Bands() if count >= MANY and not room else None
    rows = np.empty((0 if aside is not None else count + room, _VALUES), np.uint32)
    columns: dict[str, list[Any]] = {name: [] for name in _WIDE}
    at = 0
    for first in range(0, -1 if last is None else last + 1, _SLICE):
        table = db.cursor.table(
            f"""
            select {", ".join(_WIDE)}, signature from twin_sketches
            where {wanted} and text between ? and ?
            """,
            [unit, shingle, first, first + _SLICE - 1],
        )
        order = np.argsort(table["text"].to_numpy())
        for name in _WIDE:
            columns[name].append(table[name].to_numpy()[order])
        held = aside is None
        part = rows[at : at + len(order)] if held else np.empty((len(order), _VALUES), np.uint32)
        _fill(part, _rows_of(table["signature"]), order)
        if aside is not None:
            aside.add(part)
        at += len(order)
    none: NDArray[Any] = np.zeros(0, np.int64)
    whole: list[Any] = [np.concatenate(parts) if parts else none for parts in columns.values()]
    return Sheet(whole[0], whole[1], whole[2], whole[3], rows, aside)


def _fill(part: "NDArray[np.uint32]", found: "list[NDArray[np.uint32]]", order: Any) -> None:
    """Put the rows found into `part`, in order."""
    first = 0
    for some in found:
        part[first : first + len(some)] = some
        first += len(some)
    if (order[1:] < order[:-1]).any():
        part[:] = part[order]


def blobs(columns: dict[str, Any]) -> Any:
    import pyarrow as pa

    rows = columns["signature"]
    kind = pa.binary(rows.shape[1] * 4)
    flat = pa.py_buffer(rows.astype("<u4").tobytes())
    return pa.FixedSizeBinaryArray.from_buffers(kind, len(rows), [None, flat])


def _rows_of(column: Any) -> "list[NDArray[np.uint32]]":
    """The rows of an Arrow column of blobs of one length."""
    import numpy as np

    found = []
    for chunk in column.chunks:
        if not len(chunk):
            continue
        wide = chunk.cast("large_binary")
        _, offsets, data = wide.buffers()
        first = int(np.frombuffer(offsets, np.int64, 1, wide.offset * 8)[0])
        flat = np.frombuffer(data, np.uint32, len(wide) * 128, first)
        found.append(flat.reshape(-1, 128))
    return found
