"""Rows of chats that leave as they came: what a layout writes around their words is found once for
all chats with the same fields, and the rows of a whole sheaf are written at once."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec
import orjson

from curator.conversation import Conversation, Curated, Origin
from curator.export.arranging import STYLES
from curator.export.files import encoded
from curator.export.glance import Glances
from curator.export.lengths import shown
from curator.export.sheaf import Head, Sheaf, words
from curator.export.trainers.base import told
from curator.formats.base import Format

#: Stands for the id of a row.
NAMELESS = "\ue000curator\ue000"
#: Kinds of chats that are kept: those of one import mostly have the same few fields.
MOST = 1000
#: What a byte of a name can grow to, and what is kept free behind the last row.
GROWTH, SPARE = 6, 8
_AROUND = ("before", "between", "after")


class Kind(NamedTuple):
    """What chats of the same source and fields have in common: a row with one message for all of
    them, the bytes before its id, between that and its turns, and behind these, what the layout
    cannot hold, and the name of the source, the licence and the language."""

    row: Mapping[str, Any]
    before: bytes
    between: bytes
    after: bytes
    lost: tuple[str, ...]
    source: str
    license: str
    language: str


class Bundle(NamedTuple):
    """A sheaf, the kinds of its chats, the place of each chat's kind among them, the bytes that
    the chats' words take as JSON, and what the chats look like, with their tools."""

    sheaf: Sheaf
    kinds: Sequence[Kind]
    of: Any
    taken: Any
    glances: Glances


class Lines(NamedTuple):
    """Rows behind each other, where each of them ends, and how many bytes stand before and behind
    each that are not its own."""

    data: memoryview
    ends: Any
    lead: int
    tail: int

    def part(self, start: int, stop: int) -> memoryview:
        """The bytes of some rows."""
        return self.data[int(self.ends[start - 1]) if start else 0 : int(self.ends[stop - 1])]

    def row(self, place: int) -> Any:
        """One row, decoded."""
        said = self.part(place, place + 1)
        return orjson.loads(said[self.lead : len(said) - self.tail])


class Splicer:
    """Writes bare chats in a layout that is `plain`."""

    def __init__(self, layout: Format) -> None:
        self._layout = layout
        assert layout.plain
        self._plain, self._style = layout.plain, STYLES[layout.plain.form]
        self._kinds: dict[tuple[bool, Head], Kind] = {}

    def bundle(self, sheaf: Sheaf) -> Bundle:
        """The sheaf, measured."""
        import numpy as np

        from curator.export.compiled import measure

        places: dict[tuple[bool, Head], int] = {}
        keys = zip(map(bool, sheaf.names), sheaf.heads, strict=True)
        of = np.array([places.setdefault(key, len(places)) for key in keys], np.int64)
        taken, characters, size, sound = measure(sheaf.turns, sheaf.firsts, sheaf.roles)
        asks = sheaf.roles[sheaf.firsts[1:] - 1] == ord("u")
        kinds = [self._kind(*key) for key in places]
        tools = [shown(told(kind.row).tools) for kind in kinds]
        if any(tools):
            characters = characters + np.array([len(text) for text in tools])[of]
            size = size + np.array([len(text.encode()) for text in tools])[of]
        glances = Glances(np.diff(sheaf.firsts), characters, size, sound, asks)
        return Bundle(sheaf, kinds, of, taken, glances)

    def lines(self, bundle: Bundle, picked: Any, lead: bytes, tail: bytes) -> Lines:
        """The rows of the chats at the places `picked`, with `lead` before each and `tail` behind
        it."""
        import numpy as np

        from curator.export.compiled import Said, Shape, write

        sheaf, kinds, of = bundle.sheaf, bundle.kinds, bundle.of
        opening, closing = self._style.openings(self._plain), self._style.closing
        order, how, endings = self._style.ordered(sheaf, picked)
        before, between, after = (
            words([getattr(kind, part) for kind in kinds]) for part in _AROUND
        )
        names = words([name.encode() for name in sheaf.names])
        shape = Shape(
            words(opening), np.frombuffer(closing, np.uint8), before, between, after,
            words(self._style.endings), np.frombuffer(lead, np.uint8),
            np.frombuffer(tail, np.uint8),
        )  # fmt: skip
        frames = np.array([len(k.before) + len(k.between) + len(k.after) for k in kinds])
        turns = bundle.glances.messages[picked] * (max(map(len, opening)) + len(closing))
        turns = turns + max(map(len, self._style.endings))
        named = GROWTH * (names.ends - names.begins)[picked] + 2
        each = frames[of[picked]] + bundle.taken[picked] + turns + named
        out = np.empty(int(each.sum()) + len(picked) * (len(lead) + len(tail)) + SPARE, np.uint8)
        said = Said(order, how, bundle.glances.messages[picked], endings)
        ends = write(out, picked, of, names, sheaf.turns, said, shape)
        whole = int(ends[-1]) if len(ends) else 0
        return Lines(memoryview(out.data)[:whole], ends, len(lead), len(tail))

    def _kind(self, named: bool, head: Head) -> Kind:
        kind = self._kinds.get((named, head))
        if kind is None:
            kind = self._made(named, head)
            if len(self._kinds) < MOST:
                self._kinds[named, head] = kind
        return kind

    def _made(self, named: bool, head: Head) -> Kind:
        meta = meta_of(*head[1:])
        chat = Conversation(
            self._style.nobody, Origin(head[0], None, "", NAMELESS if named else ""), meta
        )
        write, loses = self._layout.write, self._layout.loses
        assert write
        (row,) = write(Curated(chat))
        # Quotes inside strings are escaped, so the first such list is the layout's own.
        opening, after = encoded(row).split(self._style.silence(self._plain), 1)
        bracket = self._style.bracket
        before, mark, between = (opening + bracket).partition(encoded(NAMELESS))
        lost = tuple(loses(Curated(chat))) if loses else ()
        return Kind(
            row, before, between if mark else b"", after, lost, source_name(head[0]),
            str(meta.get("license") or ""), str(meta.get("language") or ""),
        )  # fmt: skip


def meta_of(
    license_: str | None, language: str | None, category: str | None, meta: str | None
) -> dict[str, Any]:
    """The fields of a chat, of which the workspace keeps three apart from the others."""
    named = {"license": license_, "language": language, "category": category}
    found = {key: value for key, value in named.items() if value is not None}
    if not meta or meta == "{}":
        return found
    return {**found, **msgspec.json.decode(meta, type=dict[str, Any])}


@lru_cache(maxsize=1024)
def source_name(source: str) -> str:
    """A file's name without the folders of this machine: papers may be published."""
    return PurePath(source).name
