"""Rows of chats whose turns are JSON already: the layout writes the rest around them."""

import msgspec

from curator.conversation import Conversation, Curated, Turn
from curator.export.checking import PlainRow
from curator.export.files import encoded
from curator.export.glance import Glance
from curator.formats.base import Format

#: Stands for the turns of a bare conversation.
NOBODY = (Turn("user", ""),)


class Bare(msgspec.Struct, frozen=True):
    """A conversation without its turns (`NOBODY` stands for them), its id, its turns as a JSON
    list, and what they look like."""

    conversation: Conversation
    id: str
    turns: bytes
    glance: Glance


def spliced(bare: Bare, layout: Format) -> PlainRow:
    """The row that `layout` (which must be `plain`) writes of a bare chat."""
    plain, chat = layout.plain, bare.conversation
    assert plain
    assert layout.write
    if plain.named and not chat.origin.source_id:
        origin = msgspec.structs.replace(chat.origin, source_id=bare.id)
        chat = msgspec.structs.replace(chat, origin=origin)
    (row,) = layout.write(Curated(chat))
    # Quotes inside strings are escaped, so the first such list is the layout's own.
    before, after = encoded(row).split(plain.nobody, 1)
    return PlainRow(row, plain.field, b"".join((before, bare.turns, after)), bare.glance)
