"""Many chats of words alone, by column: no object is made for one of them or for its turns."""

from collections.abc import Sequence
from typing import Any, NamedTuple

#: Of a chat: source, licence, language, category and meta (JSON), as the workspace keeps them.
Head = tuple[str, str | None, str | None, str | None, str | None]


class Words(NamedTuple):
    """Texts as a column of Arrow, in one piece."""

    column: Any

    def texts(self) -> list[str]:
        """All of them, as strings."""
        found: list[str] = self.column.to_pylist()
        return found

    def bounds(self) -> tuple[memoryview, Any]:
        """Their UTF-8, and where each begins in it, and the last ends (NumPy)."""
        import numpy as np
        import pyarrow as pa

        column = self.column
        _, ends, text = column.buffers()
        width = np.int64 if pa.types.is_large_string(column.type) else np.int32
        ends = np.frombuffer(ends, width)[column.offset : column.offset + len(column) + 1]
        return memoryview(text or b""), ends


class Sheaf(NamedTuple):
    """Chats in the order of their `ords`: heads, lines in their sources, the names that rows may
    bear, and turns. Chat `n` has the turns from `firsts[n]` up to `firsts[n + 1]`; `roles` are
    the first letters of theirs."""

    ords: Any
    heads: Sequence[Head]
    lines: Sequence[int | None]
    names: Sequence[str]
    turns: Words
    firsts: Any
    roles: Any

    def part(self, start: int, stop: int) -> "Sheaf":
        """Some of the chats, by their places; nothing is copied that is large."""
        first, last = int(self.firsts[start]), int(self.firsts[stop])
        return Sheaf(
            self.ords[start:stop],
            self.heads[start:stop],
            self.lines[start:stop],
            self.names[start:stop],
            Words(self.turns.column.slice(first, last - first)),
            self.firsts[start : stop + 1] - first,
            self.roles[first:last],
        )


def words(texts: Sequence[str]) -> Words:
    """The texts as a column."""
    import pyarrow as pa

    return Words(pa.array(texts, pa.string()))
