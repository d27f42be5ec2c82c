"""Prompt and completion as message lists (TRL): loss on the completion alone."""

from collections.abc import Iterator
from typing import Any

from curator.conversation import Conversation, Curated
from curator.errors import DataError
from curator.formats import messages
from curator.formats.base import Format, Row
from curator.formats.fields import (
    clashes,
    conversation,
    fields_of,
    meta_of,
    source_id,
    tools_of,
    with_tools,
)
from curator.formats.preference import context_of, side_of
from curator.formats.settled import settled

KNOWN = ("id", "prompt", "completion", "tools")


def recognise(row: Row) -> tuple[float, str]:
    if "prompt" in row and "completion" in row:
        return 0.9, "has `prompt` and `completion`"
    return 0.0, "no `prompt` and `completion`"


def read(row: Row) -> list[Conversation]:
    if "completion" not in row:
        raise DataError("field `completion` is missing")
    context = context_of({"prompt": row.get("prompt")})
    turns = [*context, *side_of(row, "completion")]
    meta = with_tools(meta_of(row, KNOWN), row)
    return [conversation(turns, "prompt-completion", source_id(row), meta)]


def _cut(chat: Conversation) -> int:
    """Where the completion begins: after the last turn that is not the assistant's."""
    place = len(chat.turns)
    while place and chat.turns[place - 1].role == "assistant":
        place -= 1
    return place


def write(curated: Curated) -> Iterator[dict[str, Any]]:
    chat = settled(curated)
    place = _cut(chat)
    if not 0 < place < len(chat.turns):
        return
    yield {
        "prompt": [messages.write_turn(turn) for turn in chat.turns[:place]],
        "completion": [messages.write_turn(turn) for turn in chat.turns[place:]],
        **tools_of(chat),
        **fields_of(chat, KNOWN),
    }


def loses(curated: Curated) -> list[str]:
    chat = settled(curated)
    if not 0 < _cut(chat) < len(chat.turns):
        return ["the whole chat: it does not end with an answer to something"]
    own = [f"{k} of a turn" for t in chat.turns for k in t.extra if k in ("role", "content")]
    return [*clashes(chat, KNOWN), *own]


FORMAT = Format(
    "prompt-completion",
    "TRL: prompt and completion as message lists, loss on the last answer",
    recognise,
    read,
    write,
    loses,
    maps="prompt → turns before, completion → answer",
)
