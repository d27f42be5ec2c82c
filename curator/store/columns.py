"""Conversations and turns as columns for Arrow."""

from collections.abc import Sequence
from typing import Any

from curator.conversation import Conversation, Turn
from curator.store.connection import as_json

#: These keys of `meta` have their own columns; the rest is JSON.
COLUMNS = ("license", "language", "category")


def conversation_columns(
    heads: Sequence[tuple[int, str, Conversation]], run_id: int | None
) -> dict[str, list[Any]]:
    """Rows of `conversations` for (ord, id, conversation)."""
    chats = [chat for _, _, chat in heads]
    return {
        "ord": [ord_ for ord_, _, _ in heads],
        "id": [id_ for _, id_, _ in heads],
        "source": [c.origin.source for c in chats],
        "line": [c.origin.line for c in chats],
        "format": [c.origin.format for c in chats],
        "source_id": [c.origin.source_id for c in chats],
        **{name: [c.meta.get(name) for c in chats] for name in COLUMNS},
        "turn_count": [len(c.turns) for c in chats],
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


def _rest(meta: dict[str, Any]) -> str:
    rest = {key: value for key, value in meta.items() if key not in COLUMNS}
    return as_json(rest) if rest else "{}"
