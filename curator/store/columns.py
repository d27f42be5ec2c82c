"""Conversations and turns as columns for Arrow."""

from collections.abc import Sequence
from typing import Any

from curator.conversation import Conversation, Turn
from curator.formats.plain import Plain
from curator.store.connection import as_json

#: These keys of `meta` have their own columns; the rest is JSON.
COLUMNS = ("license", "language", "category")


def conversation_columns(
    heads: Sequence[tuple[int, str, Conversation | Plain]], run_id: int | None
) -> dict[str, list[Any]]:
    """Rows of `conversations` for (ord, id, conversation)."""
    chats = [chat for _, _, chat in heads]
    origins = [chat.origin for chat in chats]
    return {
        "ord": [ord_ for ord_, _, _ in heads],
        "id": [id_ for _, id_, _ in heads],
        "source": [origin.source for origin in origins],
        "line": [origin.line for origin in origins],
        "format": [origin.format for origin in origins],
        "source_id": [origin.source_id for origin in origins],
        **{name: [c.meta.get(name) for c in chats] for name in COLUMNS},
        "turn_count": [len(c.texts if isinstance(c, Plain) else c.turns) for c in chats],
        "meta": [_rest(c.meta) for c in chats],
        "run_id": [run_id] * len(chats),
    }


def turn_columns(turns: Sequence[tuple[int, int, Turn]]) -> dict[str, list[Any]]:
    """Rows of `turns` for (ord, turn index, turn)."""
    return {
        "ord": [ord_ for ord_, _, _ in turns],
        "turn_index": [index for _, index, _ in turns],
        "role": [turn.role for _, _, turn in turns],
        "content": [turn.content for _, _, turn in turns],
        "extra": [as_json(turn.extra) if turn.extra else None for _, _, turn in turns],
    }


class WaitingTurns:
    """Rows of `turns` by column: whole chats come in behind, any number of rows leaves in front."""

    def __init__(self) -> None:
        self._ords: list[int] = []
        self._indexes: list[int] = []
        self._roles: list[str] = []
        self._contents: list[str] = []
        self._extras: list[str | None] = []

    def __len__(self) -> int:
        return len(self._ords)

    def first(self) -> int | None:
        """The chat that the first row belongs to; None where no row waits."""
        return self._ords[0] if self._ords else None

    def characters(self) -> int:
        """How many characters wait."""
        return sum(map(len, self._contents))

    def add(self, ord_: int, chat: Conversation | Plain) -> None:
        """Take in the turns of one chat."""
        if isinstance(chat, Plain):
            roles: Sequence[str] = chat.roles
            contents: Sequence[str] = chat.texts
            extras: list[str | None] = [None] * len(contents)
        else:
            roles = [turn.role for turn in chat.turns]
            contents = [turn.content for turn in chat.turns]
            extras = [as_json(turn.extra) if turn.extra else None for turn in chat.turns]
        self._ords += [ord_] * len(contents)
        self._indexes += range(len(contents))
        self._roles += roles
        self._contents += contents
        self._extras += extras

    def take(self, count: int) -> dict[str, Any]:
        """The first `count` rows for Arrow, which then wait no longer."""
        import pyarrow as pa

        # With its type named, Arrow builds a column of texts in a seventh of the time.
        taken = {
            "ord": pa.array(self._ords[:count], pa.int64()),
            "turn_index": pa.array(self._indexes[:count], pa.int32()),
            "role": pa.array(self._roles[:count], pa.string()),
            "content": pa.array(self._contents[:count], pa.large_string()),
            "extra": pa.array(self._extras[:count], pa.large_string()),
        }
        for column in (self._ords, self._indexes, self._roles, self._contents, self._extras):
            del column[:count]
        return taken


def _rest(meta: dict[str, Any]) -> str:
    rest = {key: value for key, value in meta.items() if key not in COLUMNS}
    return as_json(rest) if rest else "{}"
