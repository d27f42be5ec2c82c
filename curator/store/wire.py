"""What two processes of one user say to each other over a Unix socket, a frame at a time.

A frame is its length (eight bytes) and MessagePack. Rows travel as DuckDB gave them; what
MessagePack has no word for travels as text and is restored by the type of its column.
"""

import os
import socket
import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from curator.errors import StoreError

_HEAD = struct.Struct(">Q")
#: No frame is longer (bytes): a length beyond it is not ours.
MOST = 4 << 30
#: The MessagePack extension for a date and time, by which a parameter stays one.
_MOMENT = 1
#: Types of columns whose values travel as text, and how each is restored.
AS_TEXT: dict[str, Callable[[str], Any]] = {
    "TIMESTAMP": datetime.fromisoformat,
    "DATE": date.fromisoformat,
    "DECIMAL": Decimal,
}
#: Types that do not come back as they went where they stand inside another one, or at all.
_LOST = ("TIMESTAMP", "DATE", "DECIMAL", "UUID", "TIME", "INTERVAL", "UNION")


def _plainly(value: Any) -> Any:
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be told to another process")


def _made(code: int, data: memoryview) -> datetime:
    if code != _MOMENT:
        raise ValueError("this is no frame of curator's")
    return datetime.fromisoformat(bytes(data).decode())


_pack = msgspec.msgpack.Encoder(enc_hook=_plainly, uuid_format="canonical").encode
_unpack = msgspec.msgpack.Decoder(ext_hook=_made).decode


def carried(given: Any) -> Any:
    """The parameters of a query, ready to travel."""
    if isinstance(given, datetime):
        return msgspec.msgpack.Ext(_MOMENT, given.isoformat().encode())
    if isinstance(given, dict):
        return {name: carried(value) for name, value in given.items()}
    if isinstance(given, list | tuple) and not all(isinstance(v, int | str) for v in given):
        return [carried(value) for value in given]
    return given


def packed(columns: dict[str, Any]) -> list[Any]:
    """NumPy columns, masked ones too, ready to travel."""
    found = []
    for name, values in columns.items():
        mask = values.mask.tobytes() if hasattr(values, "mask") and values.mask.shape else None
        data = getattr(values, "data", values) if mask is not None else values
        kind = values.dtype.str
        found.append((name, kind, data.tolist() if kind == "|O" else data.tobytes(), mask))
    return found


def unpacked(columns: list[Any]) -> dict[str, Any]:
    """What `packed` made, as it was."""
    import numpy as np

    found = {}
    for name, kind, data, mask in columns:
        if kind == "|O":
            values = np.empty(len(data), object)
            values[:] = data
        else:
            values = np.frombuffer(bytearray(data), kind)
        found[name] = (
            values if mask is None else np.ma.masked_array(values, np.frombuffer(mask, bool))
        )
    return found


def send(line: socket.socket, *values: Any) -> None:
    """One frame. Raises OSError where nobody listens any more."""
    frame = _pack(values)
    line.sendall(_HEAD.pack(len(frame)) + frame)


def receive(line: socket.socket) -> list[Any]:
    """The next frame. Raises EOFError at the end, OSError, and ValueError for what is none."""
    (size,) = _HEAD.unpack(_exactly(line, _HEAD.size))
    if size > MOST:
        raise ValueError("this is no frame of curator's")
    found: list[Any] = _unpack(_exactly(line, size))
    return found


def _exactly(line: socket.socket, size: int) -> bytearray:
    found = bytearray(size)
    view = memoryview(found)
    while view:
        if not (got := line.recv_into(view)):
            raise EOFError("the other end has closed")
        view = view[got:]
    return found


def family(kind: str) -> str:
    """The type of a column without its width: `DECIMAL(18,3)` is a `DECIMAL`."""
    return kind.partition("(")[0] if kind.startswith("DECIMAL(") else kind


def check_kinds(kinds: Sequence[str]) -> None:
    """Raises `StoreError` for a type of column that would not come back as it went."""
    for kind in kinds:
        if family(kind) not in AS_TEXT and any(name in kind for name in _LOST):
            raise StoreError(f"a column of type {kind} cannot be told to another process")


def restored(rows: list[list[Any]], kinds: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows that have travelled, as DuckDB gave them."""
    text = [(at, AS_TEXT[family(k)]) for at, k in enumerate(kinds) if family(k) in AS_TEXT]
    for at, made in text:
        for row in rows:
            if row[at] is not None:
                row[at] = made(row[at])
    return [tuple(row) for row in rows]


def same_user(line: socket.socket) -> bool:
    """Whether a process of this user (or root) is at the other end, as far as the system says."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # The folder that the socket lies in is this user's alone.
    said = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", said)[1] in (0, os.getuid())
