"""UltraChat: `{"id", "data": [question, answer, ...]}`, and ultrachat_200k.

In the original the place decides who speaks, the user first (thunlp/UltraChat); it holds no
system turn and no fields. ultrachat_200k is `{"prompt", "prompt_id", "messages"}`.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from curator.conversation import Conversation, Curated, Turn
from curator.errors import DataError
from curator.formats import messages
from curator.formats.base import Format, Plain, Row, kind
from curator.formats.fields import (
    clashes,
    conversation,
    fields_of,
    items,
    meta_of,
    source_id,
    tools_of,
    with_tools,
)
from curator.formats.settled import exchanges, extras_lost, meta_lost, settled

KNOWN = ("id", "data")
KNOWN_200K = ("prompt", "prompt_id", "messages", "tools")


def recognise(row: Row) -> tuple[float, str]:
    data = row.get("data")
    if isinstance(data, list) and data and all(isinstance(words, str) for words in data):
        return (0.95 if "id" in row else 0.7), "has `data`, a list of strings"
    return 0.0, "no list of strings `data`"


def read(row: Row) -> list[Conversation]:
    turns = []
    for index, words in enumerate(items(row, "data")):
        if not isinstance(words, str):
            raise DataError(f"field `data`: turn {index + 1} is {kind(words)}, not a string")
        turns.append(Turn("assistant" if index % 2 else "user", words))
    return [conversation(turns, "ultrachat", source_id(row), meta_of(row, KNOWN))]


def write(curated: Curated) -> Iterator[dict[str, Any]]:
    chat = settled(curated)
    pairs = exchanges(chat).pairs
    if pairs:
        yield {
            "id": chat.origin.source_id or chat.id,
            "data": [turn.content for pair in pairs for turn in pair],
        }


def loses(curated: Curated) -> list[str]:
    chat = settled(curated)
    found = exchanges(chat)
    system = chat.turns and chat.turns[0].role == "system"
    return [
        *found.lost,
        *(["the system turn"] if system else []),
        *extras_lost(chat),
        *meta_lost(chat),
    ]


def recognise_200k(row: Row) -> tuple[float, str]:
    sure, why = messages.recognise(row)
    if sure and isinstance(row.get("prompt"), str) and "prompt_id" in row:
        return 0.97, f"{why}, `prompt` and `prompt_id`"
    return 0.0, "no `prompt`, `prompt_id` and `messages`"


def read_200k(row: Row) -> list[Conversation]:
    meta = with_tools(meta_of(row, KNOWN_200K), row)
    turns = messages.turns_of(items(row, "messages"))
    return [conversation(turns, "ultrachat-200k", source_id(row, "prompt_id"), meta)]


def write_200k(curated: Curated) -> Iterator[dict[str, Any]]:
    chat = settled(curated)
    prompt = next((turn.content for turn in chat.turns if turn.role == "user"), "")
    yield {
        "prompt": prompt,
        "prompt_id": chat.origin.source_id or sha256(prompt.encode()).hexdigest(),
        "messages": [messages.write_turn(turn) for turn in chat.turns],
        **tools_of(chat),
        **fields_of(chat, KNOWN_200K),
    }


def loses_200k(curated: Curated) -> list[str]:
    own = [name for name in messages.loses(curated) if not name.startswith("field ")]
    return [*clashes(settled(curated), KNOWN_200K), *own]


FORMAT = Format(
    "ultrachat",
    "UltraChat: data, a list of strings, the user first",
    recognise,
    read,
    write,
    loses,
    maps="data[0], data[2], … → user; data[1], data[3], … → assistant; id → source id",
    plain=Plain("data", named=True, form="strings"),
)
FORMAT_200K = Format(
    "ultrachat-200k",
    "ultrachat_200k: prompt, prompt_id, messages",
    recognise_200k,
    read_200k,
    write_200k,
    loses_200k,
    maps="messages → turns, prompt_id → source id; prompt repeats the first question",
)
