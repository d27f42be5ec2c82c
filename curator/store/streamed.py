"""Whole numbers of a result, by column, read from Arrow's C stream: neither pyarrow nor NumPy nor
the pandas they load has to be there for it, which are 80 MB in a process that shows a screen.

The layout is Arrow's C data and C stream interface, and the capsule its PyCapsule interface; both
are stable.
"""

import ctypes
from array import array
from typing import Any


class _Array(ctypes.Structure):
    """A batch, or a column of one."""


_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))),
    ("private_data", ctypes.c_void_p),
]


class _Schema(ctypes.Structure):
    """What a stream's columns are."""


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))),
    ("private_data", ctypes.c_void_p),
]


class _Stream(ctypes.Structure):
    """Batches, one after the other."""


_Stream._fields_ = [
    (
        "get_schema",
        ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema)),
    ),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
#: Arrow's name for a bigint, and its bytes.
KIND, WIDTH = b"l", 8


def integers(relation: Any, count: int) -> "list[array[int]]":
    """The `count` columns of anything with Arrow's stream, each of bigints and none of them null.
    Raises what DuckDB raises, and `TypeError` for anything else."""
    columns = [array("q") for _ in range(count)]
    capsule = relation.__arrow_c_stream__()
    try:
        _read(capsule, columns)
    finally:
        # It closes the result, and would live on with the traceback of a failure: until it is
        # gone, nothing else can be asked.
        del capsule
    return columns


def _read(capsule: Any, columns: "list[array[int]]") -> None:
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    stream = _Stream.from_address(pointer(capsule, b"arrow_array_stream"))
    # The frame of a failure would keep it as well.
    del capsule
    if _kinds(stream) != [KIND] * len(columns):
        raise TypeError(f"{len(columns)} columns of bigints can be read, and nothing else")
    while True:
        batch = _Array()
        if stream.get_next(ctypes.byref(stream), ctypes.byref(batch)):
            raise _failure(stream.get_last_error(ctypes.byref(stream)))
        if not batch.release:
            return
        try:
            for at, column in enumerate(columns):
                column.frombytes(_values(batch, batch.children[at].contents))
        finally:
            batch.release(ctypes.byref(batch))


def _kinds(stream: _Stream) -> list[bytes]:
    schema = _Schema()
    if stream.get_schema(ctypes.byref(stream), ctypes.byref(schema)):
        raise _failure(stream.get_last_error(ctypes.byref(stream)))
    try:
        return [schema.children[at].contents.format for at in range(schema.n_children)]
    finally:
        schema.release(ctypes.byref(schema))


def _failure(said: bytes | None) -> Exception:
    """What DuckDB would have raised: all that is asked of its class is whether it was stopped."""
    import duckdb

    text = (said or b"").decode("utf-8", "replace")
    return (duckdb.InterruptException if text.startswith("INTERRUPT") else duckdb.Error)(text)


def _values(batch: Any, column: Any) -> bytes:
    if column.null_count > 0:
        raise TypeError("only numbers are read, and some are null")
    start = (column.buffers[1] or 0) + WIDTH * (column.offset + batch.offset)
    return ctypes.string_at(start, WIDTH * batch.length)
