"""Many chats of words alone, by column: no object is made for one of them or for its turns."""

from collections.abc import Sequence
from typing import Any, NamedTuple

#: Of a chat: source, licence, language, category and meta (JSON), as the workspace keeps them.
Head = tuple[str, str | None, str | None, str | None, str | None]


class Words(NamedTuple):
    """Texts in UTF-8 that lie in one buffer (NumPy bytes), by where each begins and ends."""

    buffer: Any
    begins: Any
    ends: Any

    def text(self, place: int) -> str:
        """One of them."""
        return bytes(self.buffer[self.begins[place] : self.ends[place]]).decode()


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


def words(texts: Sequence[bytes]) -> Words:
    """The texts, one behind the other."""
    import numpy as np

    ends = np.cumsum([0, *map(len, texts)])
    return Words(np.frombuffer(b"".join(texts) + b" ", np.uint8), ends[:-1], ends[1:])
