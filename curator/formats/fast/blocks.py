"""Many conversations by column, and the reader that makes them of clean lines."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from importlib.util import find_spec
from itertools import compress
from types import MappingProxyType
from typing import Any

import msgspec

from curator.conversation import ROLES, Origin
from curator.formats.language import COMMON, ENGLISH, FEWEST, LOOKED_AT, guess
from curator.formats.plain import SPEAKERS, in_order
from curator.formats.reading.records import LIMITS
from curator.formats.structure import MARKS

#: The keys of a layout: the list, the id, the prompt ("" for none), the speaker, the text.
KEYS: Mapping[str, tuple[str, str, str, str, str]] = MappingProxyType(
    {
        "ultrachat": ("data", "id", "", "", ""),
        "ultrachat-200k": ("messages", "prompt_id", "prompt", "role", "content"),
        "messages": ("messages", "id", "", "role", "content"),
        "sharegpt": ("conversations", "id", "", "from", "value"),
    }
)
#: A chat of more turns is left to the layout's own reader, which counts its keys.
MOST_TURNS = LIMITS.keys // 2 - 8


class Head(msgspec.Struct, gc=False):
    """A conversation without its turns, of which it has `count`."""

    origin: Origin
    meta: dict[str, Any]
    count: int


class Block(msgspec.Struct):
    """Conversations that follow each other in a file, by column. Chat `i` has the next
    `counts[i]` of the `texts` (an Arrow array) and of the `roles` (places in `ROLES`)."""

    format: str
    ids: list[str]
    source_ids: list[str]
    lines: list[int]
    languages: list[str | None]
    counts: list[int]
    texts: Any
    roles: Any
    source: str = ""
    license: str | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def size(self) -> int:
        """Bytes of text."""
        ends = self.texts.buffers()[1]
        first = int.from_bytes(ends[8 * self.texts.offset :][:8].to_pybytes(), "little")
        last = 8 * (self.texts.offset + len(self.texts))
        return int.from_bytes(ends[last : last + 8].to_pybytes(), "little") - first

    def heads(self) -> "list[Head]":
        """What is known of each chat besides its turns."""
        found = []
        for line, name, language, count in zip(
            self.lines, self.source_ids, self.languages, self.counts, strict=True
        ):
            named = (("license", self.license), ("language", language))
            meta = {key: value for key, value in named if value is not None}
            found.append(Head(Origin(self.source, line, self.format, name), meta, count))
        return found

    def only(self, wanted: list[bool]) -> "Block":
        """The chats that are wanted."""
        import numpy as np
        import pyarrow as pa

        turns = np.repeat(wanted, self.counts)
        lists = ("ids", "source_ids", "lines", "languages", "counts")
        picked = {name: list(compress(getattr(self, name), wanted)) for name in lists}
        texts = self.texts.filter(pa.array(turns))
        return msgspec.structs.replace(self, **picked, texts=texts, roles=self.roles[turns])


#: A line that was left alone: its number from 1, its byte from 0, itself.
Line = tuple[int, int, bytes]


class Scanner:
    """Reads stretches of whole lines of one layout."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._spec: Any = None

    def read(self, lines: bytes, count: int, number: int, byte: int) -> "Iterator[Block | Line]":
        """What `count` lines hold (each ends in a line break), in order; `number` and `byte` are
        the place of the first of them. Lines left alone come one by one."""
        import numpy as np

        from curator.formats.fast import kernel

        if self._spec is None:
            self._spec = _spec(*KEYS[self.name])
        size = len(lines)
        # Behind the last line stands enough for the pass to look ahead.
        buffer = np.frombuffer(lines + b"\n" + bytes(16), np.uint8)
        text = np.empty(size + 64, np.uint8)
        digest = np.empty(8 * size + 256, np.uint8)
        ends, roles = np.empty(size // 3 + 2, np.int64), np.empty(size // 3 + 2, np.uint8)
        ends[0] = 0
        rows = np.empty((count, kernel.WIDTH), np.int64)
        state = np.zeros(6, np.int64)
        if _utf8(buffer, size):
            kernel.scan(buffer, size, self._spec, text, digest, ends, roles, rows, state)
        else:
            rows = _alone(lines, rows, kernel)
        turns = int(state[kernel.TURNS])
        pass_ = _Pass(self.name, lines, digest.data, text, ends[: turns + 1].copy(), roles)
        yield from pass_.cut(rows.tolist(), number, byte)


class _Pass:
    """What the compiled pass left, and what is made of it."""

    def __init__(
        self, name: str, lines: bytes, digest: memoryview, text: Any, ends: Any, roles: Any
    ) -> None:
        import pyarrow as pa

        self.name, self.lines, self.digest = name, lines, digest
        # Its own piece of memory of the right size: a column may wait long for its row group.
        self.text = text[: int(ends[-1])].tobytes()
        self.ends, self.roles = ends, roles[: len(ends) - 1].copy()
        self.signs = self.roles.tobytes()
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(self.text)]
        self.texts = pa.Array.from_buffers(pa.large_string(), len(ends) - 1, buffers)

    def cut(self, rows: list[list[int]], number: int, byte: int) -> Iterator[Block | Line]:
        """Blocks of the rows that came out, and the lines in between."""
        chats: list[tuple[list[int], str]] = []
        for row in rows:
            begin, end, first, last = row[:4]
            if first >= 0 and last - first <= MOST_TURNS and in_order(self.signs[first:last]):
                code = blake2b(self.digest[row[4] : row[5]], digest_size=16).hexdigest()
                chats.append((row, code))
                continue
            if chats:
                yield self._block(chats, number)
                chats = []
            yield number + row[8], byte + begin, self.lines[begin:end]
        if chats:
            yield self._block(chats, number)

    def _block(self, chats: list[tuple[list[int], str]], number: int) -> Block:
        first, last = chats[0][0][2], chats[-1][0][3]
        return Block(
            self.name,
            [code for _, code in chats],
            [self.lines[row[6] : row[7]].decode() if row[7] else "" for row, _ in chats],
            [number + row[8] for row, _ in chats],
            ["en" if row[9] else self._language(row[2], row[3]) for row, _ in chats],
            [row[3] - row[2] for row, _ in chats],
            self.texts.slice(first, last - first),
            self.roles[first:last],
        )

    def _language(self, first: int, last: int) -> str | None:
        """What `language_of` says of the chat of these turns."""
        heads = []
        for sign in (b"\1", b"\2"):
            at = self.signs.find(sign, first, last)
            head = self.text[self.ends[at] : self.ends[at + 1]][: 4 * LOOKED_AT] if at >= 0 else b""
            heads.append(head.decode("utf-8", "ignore")[:LOOKED_AT])
        return guess(" ".join(heads))


@lru_cache(maxsize=8)
def scanner(name: str) -> Scanner | None:
    """The reader for clean lines of the layout called `name`; None where there is none, or where
    Numba is not installed."""
    return Scanner(name) if name in KEYS and find_spec("numba") else None


def _utf8(buffer: Any, size: int) -> bool:
    import pyarrow as pa

    ends = pa.py_buffer(memoryview(bytes(8) + size.to_bytes(8, "little")))
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(buffer)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _alone(lines: bytes, rows: Any, kernel: Any) -> Any:
    """All the lines, left alone."""
    begin = 0
    for number in range(len(rows)):
        end = lines.index(b"\n", begin)
        rows[number, kernel.FIRST] = -1
        rows[number, kernel.BEGIN], rows[number, kernel.END] = begin, end
        rows[number, kernel.NUMBER] = number
        begin = end + 1
    return rows


def _spec(*keys: str) -> Any:
    import numpy as np

    from curator.formats.fast.kernel import MARK, SLOTS, Spec

    assert not any("k" in word or len(word) > 7 for word in ENGLISH)
    openings = [f'["{role}","' for role in ROLES]
    words = [word.encode() for word in (*keys, *SPEAKERS, *openings, *MARKS)]
    kinds = np.zeros(256, np.uint8)
    kinds[:32] = 3
    kinds[ord('"')], kinds[ord("\\")] = 1, 2
    for mark in MARKS:
        kinds[mark.encode()[-1]] = MARK
    english = np.zeros(SLOTS, np.int64)
    for word in sorted(ENGLISH):
        number = int.from_bytes(word.encode())
        slot = number % SLOTS
        while english[slot]:
            slot = (slot + 1) % SLOTS
        english[slot] = number
    return Spec(
        np.frombuffer(b"".join(words), np.uint8),
        np.cumsum([len(word) for word in words]),
        np.array([ROLES.index(role) for role in SPEAKERS.values()], np.uint8),
        bool(keys[3]),
        len(MARKS),
        kinds,
        english,
        LOOKED_AT,
        COMMON,
        FEWEST,
    )
