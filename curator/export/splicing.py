"""Rows of chats that leave as they came: the fields that chats of one kind have in common are
found once for all of them, and no object is made for a chat or a turn."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec

from curator.conversation import Conversation, Curated, Origin
from curator.export.arranging import NOBODY, arranged
from curator.export.contamination import SHORTEST
from curator.export.files import encoded
from curator.export.glance import Glances
from curator.export.lengths import shown
from curator.export.sheaf import Head, Sheaf
from curator.export.trainers.base import told
from curator.formats.base import Format

#: Stands for the id of a row.
NAMELESS = "\ue000curator\ue000"
#: Kinds of chats that are kept: those of one import mostly have the same few fields.
MOST = 1000
_USER, _ASSISTANT, _SYSTEM = map(ord, "uas")


class Kind(NamedTuple):
    """What chats of the same source and fields have in common: a row with one message for all of
    them, the fields before and behind those with their words, the field of their id (or ""), what
    the layout cannot hold, and the name of the source, the licence and the language."""

    row: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    named: str
    lost: tuple[str, ...]
    source: str
    license: str
    language: str


class Bundle(NamedTuple):
    """A sheaf, its texts, which of them would give a test away, the kinds of its chats, the place
    of each chat's kind among them, and what the chats look like, with their tools."""

    sheaf: Sheaf
    texts: Sequence[str]
    telling: Any
    kinds: Sequence[Kind]
    of: Any
    glances: Glances


class Splicer:
    """Writes bare chats in a layout that is `plain`."""

    def __init__(self, layout: Format) -> None:
        self._layout = layout
        assert layout.plain
        self._plain = layout.plain
        self._kinds: dict[tuple[bool, Head], Kind] = {}

    def bundle(self, sheaf: Sheaf) -> Bundle:
        """The sheaf, measured."""
        import numpy as np

        places: dict[tuple[bool, Head], int] = {}
        keys = zip(map(bool, sheaf.names), sheaf.heads, strict=True)
        of = np.array([places.setdefault(key, len(places)) for key in keys], np.int64)
        kinds = [self._kind(*key) for key in places]
        texts = sheaf.turns.texts()
        letters = np.fromiter(map(len, texts), np.int64, len(texts))
        glances = _glances(sheaf, letters)
        tools = [shown(told(kind.row).tools) for kind in kinds]
        if any(tools):
            glances = glances._replace(
                characters=glances.characters + np.array([len(text) for text in tools])[of],
                size=glances.size + np.array([len(text.encode()) for text in tools])[of],
            )
        return Bundle(sheaf, texts, _telling(sheaf, letters), kinds, of, glances)

    def lines(self, bundle: Bundle) -> list[bytes]:
        """The rows of all chats, as JSON."""
        return list(map(encoded, self._rows(bundle)))

    def _rows(self, bundle: Bundle) -> Iterator[dict[str, Any]]:
        sheaf, kinds = bundle.sheaf, bundle.kinds
        said = sheaf.roles.tolist(), bundle.texts, sheaf.firsts.tolist()
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
            next((key for key in before if row[key] == NAMELESS), ""), lost,
            source_name(head[0]), str(meta.get("license") or ""), str(meta.get("language") or ""),
        )  # fmt: skip


def _said(turns: Sequence[Any]) -> Any:
    return [ord(turn.role[0]) for turn in turns], [turn.content for turn in turns], [0, len(turns)]


def _telling(sheaf: Sheaf, letters: Any) -> Any:
    """For each turn whether it is one of those of `curator.export.contamination.texts_of`."""
    import numpy as np

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
