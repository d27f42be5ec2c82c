"""Rows of chats that leave as they came: the fields that chats of one kind have in common are
found once for all of them, and no object is made for a chat or a turn."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec

from curator.conversation import Conversation, Curated, Origin
from curator.export.arranging import NOBODY, arranged
from curator.export.contamination import SHORTEST
from curator.export.files import encoded
from curator.export.frames import STYLES, Pieces, Said, pieces
from curator.export.glance import Glances
from curator.export.lengths import shown
from curator.export.sheaf import Head, Sheaf
from curator.export.trainers.base import told
from curator.formats.base import Format

#: Stands for the id of a row.
NAMELESS = "\ue000curator\ue000"
#: Kinds of chats that are kept: those of one import mostly have the same few fields.
MOST = 1000
#: What a byte of a text can grow to in JSON, and what is kept free behind the last row.
GROWTH, SPARE = 6, 8
_USER, _ASSISTANT, _SYSTEM = map(ord, "uas")


class Kind(NamedTuple):
    """What chats of the same source and fields have in common: a row with one message for all of
    them, the fields before and behind those with their words, the field of their id (or ""), what
    the layout cannot hold, and the name of the source, the licence and the language. As bytes: a
    row up to its id, from there to the words, and behind these."""

    row: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    named: str
    frame: tuple[bytes, bytes, bytes]
    lost: tuple[str, ...]
    source: str
    license: str
    language: str


class Bundle(NamedTuple):
    """A sheaf, the lengths of its texts in characters, the kinds of its chats, the place of each
    chat's kind among them, and what the chats look like, with their tools."""

    sheaf: Sheaf
    letters: Any
    kinds: Sequence[Kind]
    of: Any
    glances: Glances


class Splicer:
    """Writes bare chats in a layout that is `plain`: in one compiled pass, or without."""

    def __init__(self, layout: Format, compiled: bool = False) -> None:
        self._layout, self._compiled = layout, compiled
        assert layout.plain
        self._plain, self._style = layout.plain, STYLES[layout.plain.form]
        self._openings = pieces([*self._style.openings(self._plain), self._style.closing])
        self._longest = int((self._openings.bounds[1:] - self._openings.bounds[:-1]).max())
        self._kinds: dict[tuple[bool, Head], Kind] = {}

    def bundle(self, sheaf: Sheaf) -> Bundle:
        """The sheaf, measured."""
        import numpy as np
        import pyarrow.compute

        places: dict[tuple[bool, Head], int] = {}
        keys = zip(map(bool, sheaf.names), sheaf.heads, strict=True)
        of = np.array([places.setdefault(key, len(places)) for key in keys], np.int64)
        kinds = [self._kind(*key) for key in places]
        letters = pyarrow.compute.utf8_length(sheaf.turns.column).to_numpy().astype(np.int64)
        glances = _glances(sheaf, letters)
        tools = [shown(told(kind.row).tools) for kind in kinds]
        if any(tools):
            glances = glances._replace(
                characters=glances.characters + np.array([len(text) for text in tools])[of],
                size=glances.size + np.array([len(text.encode()) for text in tools])[of],
            )
        return Bundle(sheaf, letters, kinds, of, glances)

    def lines(self, bundle: Bundle) -> list[bytes]:
        """The rows of all chats, as JSON."""
        return self._spliced(bundle) if self._compiled else list(map(encoded, self._rows(bundle)))

    def _spliced(self, bundle: Bundle) -> list[bytes]:
        import numpy as np

        from curator.formats.fast.passes import splice

        sheaf, frames = bundle.sheaf, self._frames(bundle)
        raw, bounds = sheaf.turns.bounds()
        # A pass reads past no end, but it must be given something to read.
        texts = Pieces(np.frombuffer(raw or b" ", np.uint8), bounds.astype(np.int64))
        order, how = self._style.ordered(sheaf)
        said = Said(order.astype(np.int64), how.astype(np.int64), np.diff(sheaf.firsts))
        least = len(frames.text) + len(order) * 2 * self._longest + SPARE
        out = np.empty(GROWTH * int(bounds[-1] - bounds[0]) + least, np.uint8)
        ends = np.zeros(len(sheaf.ords), np.int64)
        splice(out, ends, frames, self._openings, texts, said)
        data = memoryview(out.data)
        return [bytes(data[a:b]) for a, b in pairwise([0, *ends.tolist()])]

    def _frames(self, bundle: Bundle) -> Pieces:
        """What stands before and behind the words of each chat."""
        found: list[bytes] = []
        parts, endings = [kind.frame for kind in bundle.kinds], self._style.endings
        several = (bundle.glances.messages > 2).tolist()
        for name, kind, more in zip(bundle.sheaf.names, bundle.of.tolist(), several, strict=True):
            before, between, after = parts[kind]
            found.append(before + encoded(name) + between if between else before)
            found.append(endings[more] + after)
        return pieces(found)

    def _rows(self, bundle: Bundle) -> Iterator[dict[str, Any]]:
        sheaf, kinds = bundle.sheaf, bundle.kinds
        said = sheaf.roles.tolist(), sheaf.turns.texts(), sheaf.firsts.tolist()
        fields = arranged(self._plain, said)
        for name, kind, words in zip(sheaf.names, bundle.of.tolist(), fields, strict=True):
            _, before, after, named, *_ = kinds[kind]
            row = {**before, **words, **after}
            if named:
                row[named] = name
            yield row

    def _kind(self, named: bool, head: Head) -> Kind:
        kind = self._kinds.get((named, head))
        if kind is None:
            kind = self._made(named, head)
            if len(self._kinds) < MOST:
                self._kinds[named, head] = kind
        return kind

    def _made(self, named: bool, head: Head) -> Kind:
        meta = meta_of(*head[1:])
        nobody, name = NOBODY[self._plain.form], NAMELESS if named else ""
        chat = Conversation(nobody, Origin(head[0], None, "", name), meta)
        write, loses = self._layout.write, self._layout.loses
        assert write
        (row,) = write(Curated(chat))
        (silence,) = arranged(self._plain, _said(nobody))
        names = list(row)
        first = names.index(next(iter(silence)))
        before, after = names[:first], names[first + len(silence) :]
        lost = tuple(loses(Curated(chat))) if loses else ()
        return Kind(
            row, {name: row[name] for name in before}, {name: row[name] for name in after},
            next((key for key in before if row[key] == NAMELESS), ""), self._frame(row), lost,
            source_name(head[0]), str(meta.get("license") or ""), str(meta.get("language") or ""),
        )  # fmt: skip

    def _frame(self, row: Mapping[str, Any]) -> tuple[bytes, bytes, bytes]:
        # Quotes inside strings are escaped, so the first such list is the layout's own.
        opening, after = encoded(row).split(self._style.silence(self._plain), 1)
        before, mark, between = (opening + self._style.bracket).partition(encoded(NAMELESS))
        return before, between if mark else b"", after


def _said(turns: Sequence[Any]) -> Any:
    return [ord(turn.role[0]) for turn in turns], [turn.content for turn in turns], [0, len(turns)]


def telling(bundle: Bundle) -> Any:
    """For each turn whether it is one of those of `curator.export.contamination.texts_of`."""
    import numpy as np

    sheaf, letters = bundle.sheaf, bundle.letters
    roles = sheaf.roles
    user = roles == _USER
    asked = np.concatenate(([0], user.cumsum()))
    first = user & (asked[:-1] == np.repeat(asked[sheaf.firsts[:-1]], np.diff(sheaf.firsts)))
    spoken = (letters >= SHORTEST) | (first & (letters > 0))
    return spoken & (user | (roles == _ASSISTANT))


def _glances(sheaf: Sheaf, letters: Any) -> Glances:
    """What the chats look like, without their tools; `letters` are the lengths of the texts."""
    import numpy as np

    firsts, roles = sheaf.firsts, sheaf.roles
    counts = np.diff(firsts)
    begins, ends = firsts[:-1], firsts[1:]
    system = roles[begins] == _SYSTEM
    place = np.arange(len(roles)) - np.repeat(begins + system, counts)
    expected = np.where(place % 2 == 0, _USER, _ASSISTANT)
    bad = ((roles != expected) & (place >= 0)) | (letters == 0)
    # Sums up to each turn, for those of chats are differences of these.
    bad, letters = (np.concatenate(([0], column.cumsum())) for column in (bad, letters))
    sound = (bad[ends] == bad[begins]) & (counts > system) & ((counts - system) % 2 == 0)
    _, bounds = sheaf.turns.bounds()
    sizes = bounds[ends].astype(np.int64) - bounds[begins]
    return Glances(counts, letters[ends] - letters[begins], sizes, sound, roles[ends - 1] == _USER)


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
