"""Turns on their way in: laid out as one row group in memory that is used again and again.

Fresh memory costs more than the copying into it (the kernel clears each page of it first), so a
row group is filled, written, and filled anew.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from curator.conversation import ROLES, Conversation
from curator.formats.fast import Block
from curator.formats.plain import Plain
from curator.store.arrow import column
from curator.store.connection import as_json

#: Bytes of text that a group has room for beyond the size at which it is written early.
SLACK = 32 << 20


class WaitingTurns:
    """Rows of `turns`: chats come in behind, whole groups of rows leave in front.

    A group has `size` rows, the first only `room`; one of more than `most` bytes of text is
    complete before its time, and the next takes the rows that it still had room for.
    """

    def __init__(self, size: int, room: int, most: int) -> None:
        self._rows_each, self._room, self._most = size, room, most
        self._singles = _Singles()
        self._groups: deque[Group] = deque()
        self._spare: list[Group] = []
        self._last: Group | None = None

    def add(self, ord_: int, chat: Conversation | Plain) -> None:
        """Take in the turns of one chat."""
        self._singles.add(ord_, chat)

    def add_block(self, ord_: int, block: Block, wanted: Sequence[bool]) -> None:
        """Take in the turns of the chats of a block that are wanted; the first of these becomes
        `ord_`."""
        import numpy as np

        self.settle()
        wants = np.array(wanted, bool)
        counts = block.counts
        starts = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=starts[1:])
        ords = np.repeat(ord_ - 1 + np.cumsum(wants), counts)
        indexes = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
        rows = _Rows(ords, indexes, block.roles, block.text, block.ends, {})
        edges = np.flatnonzero(np.diff(np.concatenate(([False], wants, [False]))))
        for begin, end in edges.reshape(-1, 2).tolist():
            self._copy(rows, int(starts[begin]), int(starts[end]))

    def settle(self) -> None:
        """Lay the chats that came one by one behind the others."""
        if len(self._singles):
            rows, self._singles = self._singles.rows(), _Singles()
            self._copy(rows, 0, len(rows.ords))

    def fills(self, block: Block | None = None) -> bool:
        """Whether a group is complete once what came one by one (and `block`) is laid out."""
        rows = len(self._singles) + (block.turns if block else 0)
        size = block.size if block else 0
        last = self._groups[-1] if self._groups else None
        if last is None:
            return rows >= self._rows_each
        return rows >= last.room - last.count or last.size + size > self._most

    def first(self) -> int | None:
        """The chat that the first row belongs to; None where no row waits."""
        self.settle()
        return self._groups[0].first if self._groups else None

    def take(self, all_: bool = False) -> "Group | None":
        """The first group, if it is complete or `all_` are to leave. Give it back."""
        self.settle()
        if not self._groups or not (all_ or len(self._groups) > 1 or self._complete()):
            return None
        return self._groups.popleft()

    def give_back(self, group: "Group") -> None:
        """The rows of this one are stored: its memory takes others."""
        self._spare.append(group)

    def _complete(self) -> bool:
        return self._groups[-1].complete or self._groups[-1].size > self._most

    def _copy(self, rows: "_Rows", begin: int, end: int) -> None:
        while begin < end:
            if not self._groups or self._complete():
                self._groups.append(self._begun())
            begin = self._groups[-1].take_in(rows, begin, end)

    def _begun(self) -> "Group":
        last = self._last
        room = self._room if last is None else last.room - last.count or self._rows_each
        group = self._spare.pop() if self._spare else Group(self._rows_each, self._most + SLACK)
        group.clear(room)
        self._last = group
        return group


class _Rows(NamedTuple):
    """Turns by column; `extras` by row, the texts one behind the other with their `ends`."""

    ords: Any
    indexes: Any
    roles: Any
    text: Any
    ends: Any
    extras: Mapping[int, str]


class Group:
    """Rows that become one row group, or the part of one that has `room` still."""

    def __init__(self, rows: int, size: int) -> None:
        import numpy as np

        self._ords, self._indexes = np.empty(rows, np.int64), np.empty(rows, np.int32)
        self._roles, self._ends = np.empty(rows, np.int8), np.zeros(rows + 1, np.int64)
        self._text = np.empty(size, np.uint8)
        self.clear(rows)

    def clear(self, room: int) -> None:
        """Forget all rows."""
        self.room, self.count, self.size, self._shut = room, 0, 0, False
        self._extras: dict[int, str] = {}

    @property
    def complete(self) -> bool:
        """Whether it takes no more."""
        return self._shut or self.count == self.room

    @property
    def first(self) -> int:
        """The chat that its first row belongs to."""
        return int(self._ords[0])

    def take_in(self, rows: _Rows, begin: int, end: int) -> int:
        """Copy what there is room for of the rows from `begin` to `end`; the first one left."""
        import numpy as np

        end = min(end, begin + self.room - self.count)
        start = int(rows.ends[begin])
        limit = start + len(self._text) - self.size
        if rows.ends[end] > limit:
            end = int(np.searchsorted(rows.ends, limit, "right")) - 1
        if end <= begin:
            self._make_room(int(rows.ends[begin + 1]) - start)
            return begin
        here, there = slice(begin, end), slice(self.count, self.count + end - begin)
        self._ords[there], self._indexes[there] = rows.ords[here], rows.indexes[here]
        self._roles[there] = rows.roles[here]
        more = int(rows.ends[end]) - start
        self._text[self.size : self.size + more] = rows.text[start : start + more]
        shifted = rows.ends[begin + 1 : end + 1] + (self.size - start)
        self._ends[self.count + 1 : self.count + 1 + end - begin] = shifted
        if rows.extras:
            found = {row: rows.extras[row] for row in range(begin, end) if row in rows.extras}
            self._extras |= {row - begin + self.count: extra for row, extra in found.items()}
        self.count, self.size = self.count + end - begin, self.size + more
        return end

    def _make_room(self, size: int) -> None:
        """One text is longer than the memory that is left: it begins the next group, or this one
        with more memory."""
        import numpy as np

        self._shut = self.count > 0
        if not self._shut:
            self._text = np.empty(size, np.uint8)

    def columns(self) -> dict[str, Any]:
        """The rows for Arrow, which looks at this very memory."""
        import pyarrow as pa

        count = self.count
        buffers = [None, pa.py_buffer(self._ends[: count + 1]), pa.py_buffer(self._text)]
        roles = pa.DictionaryArray.from_arrays(column(self._roles[:count]), column(list(ROLES)))
        return {
            "ord": column(self._ords[:count]),
            "turn_index": column(self._indexes[:count]),
            "role": roles,
            "content": pa.Array.from_buffers(pa.large_string(), count, buffers),
            "extra": column([self._extras.get(row) for row in range(count)])
            if self._extras
            else pa.nulls(count, pa.large_string()),
        }


class _Singles:
    """Turns of chats that came one by one."""

    def __init__(self) -> None:
        self._ords: list[int] = []
        self._indexes: list[int] = []
        self._roles: list[str] = []
        self._contents: list[str] = []
        self._extras: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._ords)

    def add(self, ord_: int, chat: Conversation | Plain) -> None:
        if isinstance(chat, Plain):
            count = len(chat.texts)
            if chat.extra:
                self._extras[len(self)] = as_json(chat.extra)
            self._roles += chat.roles
            self._contents += chat.texts
        else:
            count = len(chat.turns)
            for row, turn in enumerate(chat.turns, len(self)):
                if turn.extra:
                    self._extras[row] = as_json(turn.extra)
            self._roles += [turn.role for turn in chat.turns]
            self._contents += [turn.content for turn in chat.turns]
        self._ords += [ord_] * count
        self._indexes += range(count)

    def rows(self) -> _Rows:
        import numpy as np

        _, ends, text = column(self._contents).buffers()
        return _Rows(
            np.array(self._ords, np.int64),
            np.array(self._indexes, np.int32),
            np.array([_SIGNS[role] for role in self._roles], np.int8),
            np.frombuffer(text or b"", np.uint8),
            np.frombuffer(ends, np.int64, len(self) + 1),
            self._extras,
        )


_SIGNS: dict[str, int] = {role: sign for sign, role in enumerate(ROLES)}
