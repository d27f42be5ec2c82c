"""Many conversations by column, and the reader that makes them of clean lines."""

import gc
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from curator.conversation import ROLES
from curator.formats.language import COMMON, ENGLISH, FEWEST, LOOKED_AT, guess
from curator.formats.plain import SPEAKERS
from curator.formats.reading.decoding import LARGE
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
#: Lines that are looked at in one call of the compiled pass, and bytes it may look ahead.
ROWS, AHEAD = 4096, 64
#: Bytes of a file that are worth a start where everything is compiled.
READY = 4 << 20


class Block(msgspec.Struct):
    """Conversations that follow each other in a file, by column. Chat `i` has the next
    `counts[i]` of the turns, whose texts stand in `text` one behind the other (turn `k` from
    `ends[k]` to `ends[k + 1]`) and whose `roles` are places in `ROLES`. All of these are arrays."""

    format: str
    ids: list[str]
    source_ids: list[str]
    lines: list[int]
    languages: list[str | None]
    counts: Any
    text: Any
    ends: Any
    roles: Any
    source: str = ""
    license: str | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def turns(self) -> int:
        """How many turns the chats have in all."""
        return len(self.roles)

    @property
    def size(self) -> int:
        """Bytes of text."""
        return int(self.ends[-1] - self.ends[0])

    def part(self, begin: int, end: int) -> "Block":
        """The chats from `begin` to `end`."""
        if not begin and end == len(self):
            return self
        first = int(self.counts[:begin].sum())
        last = first + int(self.counts[begin:end].sum())
        return Block(
            self.format,
            self.ids[begin:end],
            self.source_ids[begin:end],
            self.lines[begin:end],
            self.languages[begin:end],
            self.counts[begin:end],
            self.text,
            self.ends[first : last + 1],
            self.roles[first:last],
            self.source,
            self.license,
        )


class Alone(NamedTuple):
    """A line that was left alone: how many chats came before it, its number from 1, its byte from
    0, itself."""

    before: int
    number: int
    byte: int
    raw: bytes


class Stretch(NamedTuple):
    """What so many `lines` hold: the chats of all that are clean, and the others."""

    lines: int
    block: Block
    alone: list[Alone]


class Scanner:
    """Reads stretches of whole lines of one layout, in memory that it uses again and again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._spec: Any = None
        self._room = 0

    @property
    def worth(self) -> int:
        """Bytes that a file should have for it: starting takes a tenth of a second, and ten where
        the passes are still to be compiled."""
        from curator.formats.fast.machine import ready

        return READY if ready() else LARGE

    def read(self, held: bytes, size: int, number: int, byte: int) -> Iterator[Stretch]:
        """What the lines hold that the first `size` bytes of `held` are (each ends in a line
        break); `number` and `byte` are the place of the first of them. All is to be taken before
        the next call."""
        import numpy as np

        from curator.formats.fast import spec
        from curator.formats.fast.passes import scan

        first = self._spec is None
        if first:
            self._spec = _spec(*KEYS[self.name])
        # Behind the last line stands enough for the pass to look ahead.
        buffer = np.frombuffer(held if len(held) >= size + AHEAD else held + bytes(AHEAD), np.uint8)
        self._make_room(size)
        state = np.zeros(7, np.int64)
        state[spec.DOUBTED] = not _utf8(held, size)
        while state[spec.AT] < size:
            state[spec.ROWS] = state[spec.TEXT] = state[spec.DIGEST] = 0
            state[spec.TURNS] = 0
            scan(buffer, size, self._spec, *self._memory, state)
            rows = self._rows[: int(state[spec.ROWS])]
            found = _Pass(self, held, int(state[spec.TURNS])).sorted(rows, number, byte)
            if first and scan.compiled:
                # Compiling leaves 150 MB that refer to themselves, and an import collects nothing.
                gc.collect()
            first = False
            yield found

    @property
    def _memory(self) -> tuple[Any, ...]:
        return self.text, self.digest, self.ends, self.roles, self._rows

    def _make_room(self, size: int) -> None:
        import numpy as np

        from curator.formats.fast import spec

        if size <= self._room:
            return
        self._room = size
        self.text = np.empty(size + 64, np.uint8)
        self.digest = np.empty(8 * size + 256 + spec.SPARE, np.uint8)
        self.ends, self.roles = np.zeros(size // 3 + 2, np.int64), np.empty(size // 3 + 2, np.int8)
        self._rows = np.empty((ROWS, spec.WIDTH), np.int64)


class _Pass:
    """What the compiled pass left in a scanner's memory, and what is made of it."""

    def __init__(self, scanner: Scanner, lines: bytes, turns: int) -> None:
        self.name, self.lines, self.digest = scanner.name, lines, scanner.digest
        self.ends = scanner.ends[: turns + 1].copy()
        self.text = scanner.text[: int(self.ends[-1])].copy()
        self.roles = scanner.roles[:turns].copy()
        self.signs = self.roles.tobytes()

    def sorted(self, rows: Any, number: int, byte: int) -> Stretch:
        """A block of the rows that came out, and the lines that did not."""
        clean = rows[:, 2] >= 0
        alone: list[Alone] = []
        if not clean.all():
            before = clean.cumsum()[~clean].tolist()
            for chats, row in zip(before, rows[~clean].tolist(), strict=True):
                begin, end = row[:2]
                alone.append(Alone(chats, number + row[8], byte + begin, self.lines[begin:end]))
        return Stretch(len(rows), self._block(rows[clean], number), alone)

    def _block(self, rows: Any, number: int) -> Block:
        lines = self.lines
        names = zip(rows[:, 6].tolist(), rows[:, 7].tolist(), strict=True)
        languages: list[str | None] = ["en"] * len(rows)
        foreign = (rows[:, 9] == 0).nonzero()[0].tolist()
        for row in foreign:
            languages[row] = self._language(int(rows[row, 2]), int(rows[row, 3]))
        return Block(
            self.name,
            self._ids(rows),
            [lines[begin:end].decode() if end else "" for begin, end in names],
            (rows[:, 8] + number).tolist(),
            languages,
            rows[:, 3] - rows[:, 2],
            self.text,
            self.ends,
            self.roles,
        )

    def _ids(self, rows: Any) -> list[str]:
        """What `Conversation.id` says of the chats: digests of their digest texts."""
        import numpy as np

        from curator.formats.fast import spec
        from curator.formats.fast.passes import digests

        found = np.empty((len(rows), spec.SIZE // 8), np.uint64)
        spare = len(self.digest) - spec.SPARE
        begins, ends = np.ascontiguousarray(rows[:, 4:6].T)
        digests(self.digest, spare, begins, ends, found)
        size = 2 * spec.SIZE
        whole = found.astype("<u8").tobytes().hex()
        return [whole[at : at + size] for at in range(0, len(whole), size)]

    def _language(self, first: int, last: int) -> str | None:
        """What `language_of` says of the chat of these turns."""
        heads = []
        for sign in (b"\1", b"\2"):
            at = self.signs.find(sign, first, last)
            said = self.text[self.ends[at] : self.ends[at + 1]] if at >= 0 else self.text[:0]
            heads.append(said[: 4 * LOOKED_AT].tobytes().decode("utf-8", "ignore")[:LOOKED_AT])
        return guess(" ".join(heads))


@lru_cache(maxsize=8)
def scanner(name: str) -> Scanner | None:
    """The reader for clean lines of the layout called `name`; None where there is none, or where
    Numba is not installed."""
    return Scanner(name) if name in KEYS and find_spec("numba") else None


def _utf8(held: bytes, size: int) -> bool:
    import pyarrow as pa

    ends = pa.py_buffer(memoryview(bytes(8) + size.to_bytes(8, "little")))
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(held)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _spec(*keys: str) -> Any:
    import numpy as np

    from curator.formats.fast.spec import MARK, SLOTS, Spec

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
        MOST_TURNS,
    )
