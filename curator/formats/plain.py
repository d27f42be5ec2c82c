"""Clean lines of the commonest layouts, read without a value for each turn.

A shortcut and nothing else: what it gives is what the layout's own reader would have given, and
whatever it does not know at sight (another field, a blank turn, speakers out of order, a tool call,
a mark of a second speaker) it leaves to that reader. A tenth of the price, for nearly all lines.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from curator.conversation import Conversation, Origin, Role, Turn
from curator.formats.language import LOOKED_AT, guess
from curator.formats.reading.decoding import as_many
from curator.formats.reading.records import LIMITS
from curator.formats.structure import MARKS, in_turn

#: Speakers whose names say nothing more than the role.
SPEAKERS: Mapping[str, Role] = {
    "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant",
    "system": "system", "tool": "tool", "observation": "tool",
}  # fmt: skip
#: Every mark of `MARKS` has one of these in it, as JSON writes them. A pattern that begins with one
#: sign and looks back from it is searched three times as fast as the words one after the other.
SIGNS = (
    re.compile(rb":(?:(?<=Human:)|(?<=nUser:)|(?<=Assistant:))"),
    re.compile(rb"\|(?:(?<=<\|)im_start|(?<=\[\|)Human)"),
)
FOREIGN_SIGNS = tuple(mark[-3:].encode() for mark in MARKS if not mark.isascii())
_NOTHING: dict[str, Any] = {}
_canonical = msgspec.json.Encoder(order="deterministic")


class Plain(msgspec.Struct, gc=False):
    """A conversation of words, all of its turns in order and none of them blank. It has no origin
    and no meta until the reader gives them."""

    id: str
    roles: tuple[Role, ...]
    texts: list[str]
    format: str
    source_id: str
    size: int
    origin: Origin = Origin("")
    meta: dict[str, Any] = {}
    #: What the first turn knows besides its words (Alpaca's `input`).
    extra: dict[str, Any] = {}

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns as values."""
        first, *others = map(Turn, self.roles, self.texts)
        return (Turn(first.role, first.content, self.extra), *others)

    def whole(self) -> Conversation:
        """The same as a conversation."""
        origin = Origin(self.origin.source, self.origin.line, self.format, self.source_id)
        return Conversation(self.turns, origin, dict(self.meta))

    def language(self) -> str | None:
        """What `language_of` says of the conversation."""
        heads = [
            self.texts[self.roles.index(role)][:LOOKED_AT] if role in self.roles else ""
            for role in ("user", "assistant")
        ]
        return guess(" ".join(heads))


class _Data(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    data: list[str]
    id: Any = msgspec.UNSET


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: str
    content: str


class _Messages(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[_Message]
    id: Any = msgspec.UNSET


class _Prompted(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[_Message]
    prompt: str
    id: Any = msgspec.field(default=msgspec.UNSET, name="prompt_id")


class _Said(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    value: str
    speaker: str = msgspec.field(name="from")


class _ShareGpt(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    conversations: list[_Said]
    id: Any = msgspec.UNSET


class _Alpaca(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    instruction: str
    output: str
    input: str | msgspec.UnsetType | None = msgspec.UNSET
    system: Literal[""] | msgspec.UnsetType | None = msgspec.UNSET
    history: Any = msgspec.UNSET
    id: Any = msgspec.UNSET


#: Names of the speakers (None: the user and the assistant by turns), texts, keys without the id.
_Parts = tuple[list[str] | None, list[str], int]


def _data(row: _Data) -> _Parts:
    return None, row.data, 1


def _messages(row: _Messages) -> _Parts:
    turns = row.messages
    return [turn.role for turn in turns], [turn.content for turn in turns], 1 + 2 * len(turns)


def _prompted(row: _Prompted) -> _Parts:
    turns = row.messages
    return [turn.role for turn in turns], [turn.content for turn in turns], 2 + 2 * len(turns)


def _sharegpt(row: _ShareGpt) -> _Parts:
    turns = row.conversations
    return [turn.speaker for turn in turns], [turn.value for turn in turns], 1 + 2 * len(turns)


def _alpaca(row: _Alpaca) -> _Parts:
    keys = 2 + sum(x is not msgspec.UNSET for x in (row.input, row.system, row.history))
    words = row.instruction
    if row.input:
        words = f"{words}\n{row.input}" if words else row.input
    # A history is a chat of its own: left to the long way, as what has no turns is.
    alone = row.history is msgspec.UNSET or row.history in ("", None, [])
    return None, [words, row.output] if alone else [], keys


_LAYOUTS: Mapping[str, tuple[type[msgspec.Struct], Callable[[Any], _Parts]]] = MappingProxyType(
    {
        "ultrachat": (_Data, _data),
        "ultrachat-200k": (_Prompted, _prompted),
        "messages": (_Messages, _messages),
        "sharegpt": (_ShareGpt, _sharegpt),
        "alpaca": (_Alpaca, _alpaca),
    }
)


def shortcut(name: str) -> Callable[[bytes], Plain | None] | None:
    """What reads a clean line of the layout called `name`, or None where the layout has none. It
    answers None for every line that needs the layout's own reader."""
    if name not in _LAYOUTS:
        return None
    row_type, parts = _LAYOUTS[name]
    decoder = msgspec.json.Decoder(row_type)

    def read(line: bytes) -> Plain | None:
        try:
            row = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
            return None
        names, texts, keys = parts(row)
        roles = _by_turns(len(texts)) if names is None else _roles(tuple(names))
        if roles is None or "" in texts or any(map(str.isspace, texts)):
            return None
        given: Any = row.id  # type: ignore[attr-defined]
        keys += given is not msgspec.UNSET
        if keys > LIMITS.keys or isinstance(given, dict | list) or not as_many(line, keys):
            return None
        extra = {"input": row.input} if isinstance(row, _Alpaca) and row.input else _NOTHING
        turns = [[role, text, _NOTHING] for role, text in zip(roles, texts, strict=True)]
        turns[0][2] = extra
        canonical = _canonical.encode([turns, None])
        if _marked(canonical, texts):
            return None
        id_ = blake2b(canonical, digest_size=16).hexdigest()
        source_id = "" if given is msgspec.UNSET or given is None else str(given)
        return Plain(id_, roles, texts, name, source_id, len(canonical), extra=extra)

    return read


def _marked(canonical: bytes, texts: list[str]) -> bool:
    """Whether another speaker's mark may be in a text; never false when there is one."""
    foreign = () if canonical.isascii() else FOREIGN_SIGNS
    signs = [sign.search(canonical) for sign in SIGNS]
    if not any(signs) and not any(sign in canonical for sign in foreign):
        return False
    whole = "\n".join(texts)
    return any(mark in whole for mark in MARKS)


@lru_cache(maxsize=1000)
def _by_turns(count: int) -> tuple[Role, ...] | None:
    return _roles(tuple(("user", "assistant")[index % 2] for index in range(count)))


@lru_cache(maxsize=10_000)
def _roles(names: Sequence[str]) -> tuple[Role, ...] | None:
    """The roles behind these names; None where one is unknown or they are out of order."""
    roles = tuple(SPEAKERS[name] for name in names if name in SPEAKERS)
    return roles if roles and len(roles) == len(names) and in_turn(roles) else None
