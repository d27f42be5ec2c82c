"""Conversations and turns as columns for Arrow."""

from collections.abc import Sequence
from itertools import compress
from typing import Any

from curator.conversation import Conversation, Turn
from curator.formats.fast import Block
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
        "turn_count": [_turn_count(c) for c in chats],
        "meta": [_rest(c.meta) for c in chats],
        "run_id": [run_id] * len(chats),
    }


def block_columns(
    block: Block, wanted: Sequence[bool], first: int, run_id: int | None
) -> dict[str, list[Any]]:
    """Rows of `conversations` for the chats of a block that are wanted, counted from `first`."""
    ids = list(compress(block.ids, wanted))
    count = len(ids)
    return {
        "ord": list(range(first, first + count)),
        "id": ids,
        "source": [block.source] * count,
        "line": list(compress(block.lines, wanted)),
        "format": [block.format] * count,
        "source_id": list(compress(block.source_ids, wanted)),
        "license": [block.license] * count,
        "language": list(compress(block.languages, wanted)),
        "category": [None] * count,
        "turn_count": list(compress(block.counts.tolist(), wanted)),
        "meta": ["{}"] * count,
        "run_id": [run_id] * count,
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


def _turn_count(chat: Conversation | Plain) -> int:
    return len(chat.texts if isinstance(chat, Plain) else chat.turns)


def _rest(meta: dict[str, Any]) -> str:
    rest = {key: value for key, value in meta.items() if key not in COLUMNS}
    return as_json(rest) if rest else "{}"
