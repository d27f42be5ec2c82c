"""Python's values as Arrow columns. `pyarrow.array` would do, but it loads pandas at its first
call, which costs a command 0.4 s of CPU and 40 MB for nothing."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any


def table(columns: Mapping[str, Sequence[Any]]) -> Any:
    """An Arrow table of columns that are Arrow arrays, NumPy arrays or sequences of values."""
    import pyarrow as pa

    names = list(columns)
    return pa.Table.from_arrays([column(values) for values in columns.values()], names)


def column(values: Any) -> Any:
    """What `pyarrow.array` makes of the values."""
    import pyarrow as pa

    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    if isinstance(values, list | tuple):
        kinds = set(map(type, values))
        if kinds <= {type(None)}:
            return pa.nulls(len(values))
        make = _MAKERS.get(frozenset(kinds - {type(None)}))
        if make is not None:
            return make(values)
    elif (kind := str(getattr(values, "dtype", ""))) in ("int8", "int32", "int64"):
        return _fixed(values, kind, None)
    return pa.array(values)


def _fixed(values: Any, kind: str, mask: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    flat = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(getattr(pa, kind)(), len(values), [mask, flat])


def _mask(values: Sequence[Any]) -> Any:
    """Which values there are, as bits; None where all are."""
    import numpy as np
    import pyarrow as pa

    if None not in values:
        return None
    there = np.array([value is not None for value in values])
    return pa.py_buffer(np.packbits(there, bitorder="little"))


def _strings(values: Sequence[str | None]) -> Any:
    import numpy as np
    import pyarrow as pa

    words = [b"" if value is None else value.encode() for value in values]
    ends = np.fromiter(accumulate(map(len, words), initial=0), np.int64, len(words) + 1)
    buffers = [_mask(values), pa.py_buffer(ends), pa.py_buffer(b"".join(words))]
    return pa.Array.from_buffers(pa.large_string(), len(words), buffers)


def _integers(values: Sequence[int | None]) -> Any:
    import numpy as np

    whole = np.array([0 if value is None else value for value in values], np.int64)
    return _fixed(whole, "int64", _mask(values))


_MAKERS: Mapping[frozenset[type], Callable[[Sequence[Any]], Any]] = {
    frozenset({str}): _strings,
    frozenset({int}): _integers,
}
