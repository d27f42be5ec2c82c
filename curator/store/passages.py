"""The texts of conversations as slices of one buffer: what dedup reads, without a string made."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.store.connection import Connection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.similarity.batches import Batch

#: What is compared, in the order it is offered.
UNITS = ("first-user-turn", "chat", "answer", "pair", "rewrite")
#: Conversations read at once: some 25 MB of text.
WINDOW = 1024
WHOLE = -1
#: Roles that a unit needs the words of.
_ROLES = {"first-user-turn": ("user",), "answer": ("assistant",)}
_USER, _ASSISTANT, _SYSTEM = 1, 2, 3


class Passages(NamedTuple):
    """Texts with their places: `ord`, turn (`WHOLE` for a chat), and the bytes that would be lost
    with each."""

    ords: "NDArray[np.int64]"
    turns: "NDArray[np.int32]"
    sizes: "NDArray[np.int64]"
    batch: "Batch"


class _Rows(NamedTuple):
    """The turns of a stretch, by conversation and turn."""

    ords: Any
    turns: Any
    roles: Any
    lengths: Any
    begins: Any
    ends: Any
    buffer: Any

    def some(self, which: Any) -> "_Rows":
        """Those that `which` says."""
        columns: list[Any] = [*(column[which] for column in self[:-1]), self.buffer]
        return _Rows(*columns)


def passages(db: Connection, unit: str, first: int, last: int, wanted: Any) -> Passages:
    """The texts of a unit in the conversations (or rewrites) `wanted` of first..last, by place."""
    import numpy as np

    rows = _rewrites(db, first, last) if unit == "rewrite" else _turns(db, unit, first, last)
    return _CUTS[unit](rows.some(np.isin(rows.ords, wanted)))


def windows(ords: "Sequence[int] | NDArray[np.int64]") -> "list[NDArray[np.int64]]":
    """Sorted `ord`s in stretches that are read at once."""
    import numpy as np

    every = np.asarray(ords, np.int64)
    if not len(every):
        return []
    return np.split(every, np.flatnonzero(np.diff(every // WINDOW)) + 1)


def _turns(db: Connection, unit: str, first: int, last: int) -> _Rows:
    roles = _ROLES.get(unit, ())
    content = "case when role in (select unnest($roles)) then content end" if roles else "content"
    return _read(
        db,
        f"""
        select ord, turn_index, strlen(content) as length, {content} as content,
            case role when 'user' then 1 when 'assistant' then 2 when 'system' then 3 else 4 end
            as role
        from turns where ord between $first and $last
        """,
        {"first": first, "last": last, **({"roles": list(roles)} if roles else {})},
    )


def _rewrites(db: Connection, first: int, last: int) -> _Rows:
    return _read(
        db,
        """
        select ord, -1 as turn_index, strlen(content) as length, content, 2 as role
        from rewrites where verdict = 'improve' and ord between $first and $last
        """,
        {"first": first, "last": last},
    )


def _read(db: Connection, sql: str, parameters: dict[str, Any]) -> _Rows:
    import numpy as np
    import pyarrow as pa

    table = db.cursor.table(sql, parameters)
    content = table["content"].cast(pa.large_string()).combine_chunks()
    if isinstance(content, pa.ChunkedArray):
        content = pa.concat_arrays(content.chunks) if content.num_chunks else pa.array([], "U")
    _, offsets, data = content.buffers()
    spots = np.frombuffer(offsets, np.int64, len(content) + 1, content.offset * 8)
    ords, turns, lengths, roles = (
        table[name].to_numpy() for name in ("ord", "turn_index", "length", "role")
    )
    # DuckDB hands rows over in no order.
    order = np.lexsort((turns, ords))
    buffer = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    rows = _Rows(ords, turns, roles, lengths, spots[:-1], spots[1:], buffer)
    return rows.some(order)


def _one_each(rows: _Rows, which: Any, whole: Any) -> Passages:
    """Texts of one row each."""
    import numpy as np

    from curator.similarity.batches import Batch

    batch = Batch(rows.buffer, rows.begins[which], rows.ends[which])
    turns = np.full(len(which), WHOLE, np.int32) if whole is not None else rows.turns[which]
    sizes = whole if whole is not None else rows.lengths[which]
    return Passages(rows.ords[which], turns.astype(np.int32), sizes, batch)


def _per_chat(rows: _Rows) -> tuple[Any, Any]:
    """Where each conversation begins, and how long it is in all."""
    import numpy as np

    if not len(rows.ords):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    begins = np.flatnonzero(np.r_[True, rows.ords[1:] != rows.ords[:-1]])
    return begins, np.add.reduceat(rows.lengths, begins)


def _first_user_turn(rows: _Rows) -> Passages:
    import numpy as np

    begins, totals = _per_chat(rows)
    asked = np.flatnonzero(rows.roles == _USER)
    _, at = np.unique(rows.ords[asked], return_index=True)
    which = asked[at]
    return _one_each(rows, which, totals[np.searchsorted(begins, which, "right") - 1])


def _answer(rows: _Rows) -> Passages:
    import numpy as np

    return _one_each(rows, np.flatnonzero(rows.roles == _ASSISTANT), None)


def _rewrite(rows: _Rows) -> Passages:
    import numpy as np

    return _one_each(rows, np.arange(len(rows.ords)), None)


def _chat(rows: _Rows) -> Passages:
    """All turns but the system's: two chats are not alike for having one preamble."""
    import numpy as np

    begins, totals = _per_chat(rows)
    chat = np.searchsorted(begins, np.arange(len(rows.ords)), "right") - 1
    said = rows.roles != _SYSTEM
    mute = ~np.isin(np.arange(len(begins)), chat[said])
    members = np.flatnonzero(said | mute[chat])
    starts = np.searchsorted(chat[members], np.arange(len(begins) + 1))
    ords = rows.ords[begins]
    return Passages(
        ords, np.full(len(ords), WHOLE, np.int32), totals, _joined(rows, members, starts)
    )


def _pair(rows: _Rows) -> Passages:
    """A question with its answer, each."""
    import numpy as np

    spoken = np.flatnonzero((rows.roles == _USER) | (rows.roles == _ASSISTANT))
    before, after = spoken[:-1], spoken[1:]
    asked = (rows.roles[before] == _USER) & (rows.lengths[before] > 0)
    paired = (rows.ords[before] == rows.ords[after]) & asked & (rows.roles[after] == _ASSISTANT)
    members = np.stack([before[paired], after[paired]], axis=1).ravel()
    which = after[paired]
    batch = _joined(rows, members, np.arange(len(which) + 1) * 2)
    sizes = rows.lengths[which] + rows.lengths[before[paired]]
    return Passages(rows.ords[which], rows.turns[which].astype(np.int32), sizes, batch)


def _joined(rows: _Rows, members: Any, starts: Any) -> "Batch":
    """Texts of several rows each, an empty line between."""
    from curator.similarity.batches import packed

    raw = memoryview(rows.buffer)
    begins, ends = rows.begins[members].tolist(), rows.ends[members].tolist()
    parts = [raw[begin:end] for begin, end in zip(begins, ends, strict=True)]
    bounds = starts.tolist()
    return packed([b"\n\n".join(parts[a:b]) for a, b in pairwise(bounds)])


_CUTS = {
    "first-user-turn": _first_user_turn,
    "chat": _chat,
    "answer": _answer,
    "pair": _pair,
    "rewrite": _rewrite,
}
