"""Rows of chats whose turns are JSON already: the layout writes the rest around them."""

from typing import Any, NamedTuple

import msgspec

from curator.conversation import Conversation, Curated, Turn
from curator.export.checking import PlainRow
from curator.export.files import encoded
from curator.export.glance import Glance
from curator.formats.base import Format

#: Stands for the turns of a bare conversation.
NOBODY = (Turn("user", ""),)
#: Stands for the id of a row.
NAMELESS = "\ue000curator\ue000"
#: Frames that are kept: chats of one import mostly have the same few fields.
MOST = 1000


class Bare(msgspec.Struct, frozen=True):
    """A conversation without its turns (`NOBODY` stands for them), its id, its turns as JSON with
    commas between them, and what they look like."""

    conversation: Conversation
    id: str
    turns: bytes | memoryview
    glance: Glance


class Frame(NamedTuple):
    """What a layout writes around the id and the turns of a chat: the row, the bytes before, in
    between and after, and what it cannot hold."""

    row: dict[str, Any]
    before: bytes
    between: bytes
    after: bytes
    lost: tuple[str, ...]


class Splicer:
    """Writes bare chats in a layout that is `plain`."""

    def __init__(self, layout: Format) -> None:
        self._layout = layout
        self._frames: dict[tuple[object, ...], Frame] = {}

    def row(self, bare: Bare) -> PlainRow:
        """The row that the layout writes of a chat."""
        chat = bare.conversation
        plain = self._layout.plain
        assert plain
        name = chat.origin.source_id or (bare.id if plain.named else "")
        frame = self._frame(chat, bool(name))
        said = encoded(name) if name and frame.between else b""
        line = (frame.before, said, frame.between, bare.turns, frame.after)
        return PlainRow(frame.row, plain.field, line, bare.glance, frame.lost)

    def _frame(self, chat: Conversation, named: bool) -> Frame:
        # Only texts are what they look like: 1 and true are equal keys.
        if not {*map(type, chat.meta.values())} <= {str}:
            return self._framed(chat, named)
        key = (named, *chat.meta.items())
        frame = self._frames.get(key)
        if frame is None:
            frame = self._framed(chat, named)
            if len(self._frames) < MOST:
                self._frames[key] = frame
        return frame

    def _framed(self, chat: Conversation, named: bool) -> Frame:
        origin = msgspec.structs.replace(chat.origin, source_id=NAMELESS if named else "")
        curated = Curated(msgspec.structs.replace(chat, origin=origin))
        plain, write, loses = self._layout.plain, self._layout.write, self._layout.loses
        assert plain
        assert write
        (row,) = write(curated)
        # Quotes inside strings are escaped, so the first such list is the layout's own.
        opening, after = encoded(row).split(plain.nobody, 1)
        before, mark, between = (opening + b"[").partition(encoded(NAMELESS))
        lost = tuple(loses(curated)) if loses else ()
        return Frame(row, before, between if mark else b"", b"]" + after, lost)
