"""Chats that were cut into pieces, put together again.

ShareGPT's cleaned files cut long chats: `abc_0` and `abc_13` are pieces of one chat, and the number
is the place of the piece's first turn, so that pieces may share turns at the seam. They need not
stand in order, nor in one file.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

import msgspec

from curator.conversation import Conversation

PIECE = re.compile(r"(?P<chat>.*\S)_(?P<place>\d{1,6})$")
#: Characters of pieces that wait for others of their chat.
HELD = 64 * 2**20
#: Ids that count the rows of a set have one name for all: a chat has fewer pieces.
MOST_PIECES = 8

Tag = TypeVar("Tag")


class Piece(NamedTuple, Generic[Tag]):
    """A conversation, the place of its first turn in the whole chat, and its tags."""

    place: int
    chat: Conversation
    tags: list[Tag]


class Joiner(Generic[Tag]):
    """Takes conversations, each with a tag, and gives whole chats with the tags of their pieces.

    Pieces wait until the end, or until so much waits that the chats that came first are given.
    A piece that does not fit where its number says (turns missing between, or other words at the
    seam) stays a chat of its own.
    """

    def __init__(self, held: int = HELD) -> None:
        self._limit, self._size = held, 0
        self._chats: dict[str, list[Piece[Tag]]] = {}
        self.joined = 0

    def put(self, conversation: Conversation, tag: Tag) -> Iterator[tuple[Conversation, list[Tag]]]:
        """Take the next conversation; what is complete by now."""
        found = PIECE.match(conversation.origin.source_id)
        if found is None:
            yield conversation, [tag]
            return
        pieces = self._chats.setdefault(found["chat"], [])
        pieces.append(Piece(int(found["place"]), conversation, [tag]))
        self._size += _size(conversation)
        while self._size > self._limit and len(self._chats) > 1:
            yield from self._given(next(iter(self._chats)))

    def rest(self) -> Iterator[tuple[Conversation, list[Tag]]]:
        """The chats that wait, at the end."""
        for name in list(self._chats):
            yield from self._given(name)

    def _given(self, name: str) -> Iterator[tuple[Conversation, list[Tag]]]:
        pieces = self._chats.pop(name)
        self._size -= sum(_size(piece.chat) for piece in pieces)
        wholes = joined(pieces)
        self.joined += len(pieces) - len(wholes)
        for whole in wholes:
            yield whole.chat, whole.tags


def _size(conversation: Conversation) -> int:
    return sum(len(turn.content) for turn in conversation.turns)


def joined(pieces: Sequence[Piece[Tag]]) -> list[Piece[Tag]]:
    """The pieces of one name, those that fit together as one. Where two overlap and say different
    things the numbers are no places: then all are left apart, in the order given."""
    ordered = sorted(pieces, key=lambda piece: piece.place)
    wholes: list[Piece[Tag]] = []
    for piece in ordered:
        last = wholes[-1] if wholes else None
        at = piece.place - last.place if last else 0
        longer = appended(last.chat, piece.chat, at) if last else None
        if last and longer is not None:
            wholes[-1] = Piece(last.place, longer, last.tags + piece.tags)
        elif last and at < len(last.chat.turns):
            return list(pieces)
        else:
            wholes.append(piece)
    return wholes


def appended(whole: Conversation, piece: Conversation, at: int) -> Conversation | None:
    """`whole` with `piece` laid over it from turn `at` on; None where they do not fit."""
    shared = len(whole.turns) - at
    if at < 0 or shared < 0 or whole.turns[at : at + len(piece.turns)] != piece.turns[:shared]:
        return None
    more = piece.turns[shared:]
    if not shared and more[0].role in ("system", whole.turns[-1].role):
        return None
    return msgspec.structs.replace(whole, turns=whole.turns + more) if more else whole


def looks_split(ids: list[str]) -> bool:
    """Whether record ids say that chats were cut: names with numbers, of which either one has two
    and none has many, or nearly every record has a name of its own (its other pieces stand
    elsewhere)."""
    found = [(piece["chat"], piece["place"]) for id_ in ids if (piece := PIECE.match(id_))]
    pieces, names = len(set(found)), len({name for name, _ in found})
    if pieces > names:
        in_a_row = any(one[0] == two[0] for one, two in pairwise(found))
        return names * MOST_PIECES >= pieces and (in_a_row or names * 2 >= pieces)
    return bool(pieces) and len(found) >= 0.9 * len(ids)
