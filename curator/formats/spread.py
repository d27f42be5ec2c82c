"""One turn a row: tables and logs in which an id says which rows are one chat.

`conversation_id, role, content` under any of their usual names, with or without a column that gives
the order. Without an id all rows of the file are one chat.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import messages
from curator.formats.base import Format, Row
from curator.formats.chats import SPEAKERS, WORDS
from curator.formats.fields import conversation

IDS = (
    "conversation_id", "conv_id", "conversation", "dialogue_id", "dialog_id", "session_id",
    "thread_id", "chat_id", "session", "thread",
)  # fmt: skip
ORDERS = (
    "turn", "turn_id", "turn_index", "turn_idx", "message_index", "index", "position", "order",
    "utterance_idx", "seq",
)  # fmt: skip


def recognise(row: Row) -> tuple[float, str]:
    speaker, words, chat = (_field(row, names) for names in (SPEAKERS, WORDS, IDS))
    if speaker and words and "parent_id" not in row:
        if chat:
            return 0.92, f"has a turn in each row: `{chat}`, `{speaker}`, `{words}`"
        if len(row) <= 3 and "question_id" not in row:
            return 0.6, f"has a turn in each row: `{speaker}`, `{words}`"
    return 0.0, "no turn in each row"


def _field(row: Row, names: tuple[str, ...]) -> str:
    return next((name for name in names if isinstance(row.get(name), (str, int))), "")


def gather(rows: Iterable[tuple[Any, Row]]) -> Iterator[tuple[Any, Conversation | DataError]]:
    """One chat for each id, in the order of its first row; a broken row is an error of its own."""
    chats: dict[str, tuple[Any, list[tuple[Row, Turn]]]] = {}
    for place, row in rows:
        try:
            turn = turn_of(row)
        except DataError as error:
            yield place, error
            continue
        key = _field(row, IDS)
        chats.setdefault(str(row[key]) if key else "", (place, []))[1].append((row, turn))
    for key, (place, said) in chats.items():
        turns = [turn for _, turn in sorted(said, key=lambda one: _order(one[0]))]
        yield place, conversation(turns, "turn-rows", key)


def turn_of(row: Row) -> Turn:
    """The turn of one row. Raises `DataError` naming what it lacks."""
    speaker, words = _field(row, SPEAKERS) or "role", _field(row, WORDS) or "content"
    own = (speaker, words, "role", "content", _field(row, IDS), _field(row, ORDERS))
    more = {k: v for k, v in row.items() if k not in own and v not in (None, "")}
    given = {"content": row[words]} if isinstance(row.get(words), str) else {}
    return messages.read_turn({"role": row.get(speaker), **given, **more}, "")


def _order(row: Row) -> float:
    """The place that the row gives; 0 where it gives none, so that the file's order stays."""
    key = _field(row, ORDERS)
    try:
        return float(row[key]) if key else 0.0
    except ValueError:
        return 0.0


def read(row: Row) -> list[Conversation]:
    """One turn alone, for a reader that does not gather."""
    return [conversation([turn_of(row)], "turn-rows")]


FORMAT = Format(
    "turn-rows", "one turn a row: conversation_id, role, content", recognise, read, gather=gather,
    maps="rows of one id → turns of one chat, in the order they give or stand in",
)  # fmt: skip
