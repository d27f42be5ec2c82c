"""Chats that were cut into pieces, put together again.

ShareGPT's cleaned files cut long chats: `abc_0` and `abc_13` are pieces of one chat, and the number
is the place of the piece's first turn, so that pieces may share a turn at the seam.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Generic, TypeVar

import msgspec

from curator.conversation import Conversation

PIECE = re.compile(r"(?P<chat>.*\S)_(?P<place>\d{1,6})$")

Tag = TypeVar("Tag")


class Joiner(Generic[Tag]):
    """Takes conversations in file order, each with a tag, and gives whole chats with their tags.

    Only neighbours are joined, so memory holds one chat. A piece that does not fit where its
    number says (turns missing between, or other words at the seam) stays a chat of its own.
    """

    def __init__(self) -> None:
        self._chat: str | None = None
        self._place = 0
        self._whole: Conversation | None = None
        self._tags: list[Tag] = []
        self.joined = 0

    def put(self, conversation: Conversation, tag: Tag) -> Iterator[tuple[Conversation, list[Tag]]]:
        """Take the next conversation; what is complete by now."""
        found = PIECE.match(conversation.origin.source_id)
        if found is None:
            yield from self.rest()
            yield conversation, [tag]
            return
        chat, place = found["chat"], int(found["place"])
        if chat == self._chat and self._whole is not None:
            longer = appended(self._whole, conversation, place - self._place)
            if longer is not None:
                self._whole = longer
                self._tags.append(tag)
                self.joined += 1
                return
        yield from self.rest()
        self._chat, self._place, self._whole, self._tags = chat, place, conversation, [tag]

    def rest(self) -> Iterator[tuple[Conversation, list[Tag]]]:
        """The chat in hand, at the end of the file."""
        if self._whole is not None:
            yield self._whole, self._tags
        self._chat, self._whole, self._tags = None, None, []


def appended(whole: Conversation, piece: Conversation, at: int) -> Conversation | None:
    """`whole` with `piece` laid over it from turn `at` on; None where they do not fit."""
    shared = len(whole.turns) - at
    if at <= 0 or not 0 <= shared <= len(piece.turns):
        return None
    if whole.turns[at:] != piece.turns[:shared]:
        return None
    return msgspec.structs.replace(whole, turns=whole.turns + piece.turns[shared:])


def looks_split(ids: list[str]) -> bool:
    """Whether record ids say that chats were cut: one chat's name with two numbers in a row."""
    pieces = [PIECE.match(id_) for id_ in ids]
    return any(
        one and two and one["chat"] == two["chat"] and int(one["place"]) < int(two["place"])
        for one, two in pairwise(pieces)
    )
