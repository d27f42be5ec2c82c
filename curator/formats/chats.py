"""Lists of turns under other names than OpenAI's or ShareGPT's: LMSYS, WildChat, dialogues, MOSS.

`{"conversation": [{"role", "content"}]}`, `{"dialogue": [{"speaker", "text"}]}`, `{"conversations":
[{"role", "content"}]}`, Capybara's `{"conversation": [{"input", "output"}]}`, and MOSS's `{"chat":
{"turn_1": {"Human", "MOSS"}}}` (OpenMOSS/MOSS, SFT data).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import messages
from curator.formats.base import Format, Row, kind
from curator.formats.fields import (
    conversation,
    items,
    meta_of,
    optional_text,
    source_id,
    text,
    with_tools,
)

LISTS = (
    "conversation", "conversations", "messages", "dialogue", "dialog", "chat", "turns", "log",
    "items",
)  # fmt: skip
SPEAKERS = ("role", "from", "speaker", "sender", "author")
WORDS = ("content", "value", "text", "message", "utterance")
IDS = ("id", "conversation_id", "conversation_hash", "dialogue_id", "uuid")
#: What LangChain calls its messages.
LANGCHAIN = ("human", "ai", "system", "tool", "function")
MOSS_MARK = re.compile(r"^\s*<\|[\w ]+\|>:\s*|\s*<eo[a-z]>\s*$")
NOTHING = ("None", "none", "")


def recognise(row: Row) -> tuple[float, str]:
    for key in LISTS:
        turns = row.get(key)
        if not isinstance(turns, list) or not turns:
            continue
        if len(turns) > 1 and key != "items" and all(isinstance(one, str) for one in turns):
            return 0.8, f"has `{key}`, a list of texts"
        if isinstance(turns[0], Mapping):
            first = _flat(turns[0])
            speaker, words = _first(first, SPEAKERS), _first(first, WORDS)
            if speaker and words and isinstance(first[speaker], str):
                return 0.85, f"has `{key}` with `{speaker}`/`{words}`"
    return 0.0, "no list of turns with a speaker and words"


def _flat(item: Row) -> Row:
    """A message as LangChain keeps it (`type` and perhaps `data`) with its `role` beside it."""
    if item.get("type") not in LANGCHAIN or _first(item, SPEAKERS):
        return item
    data = item.get("data")
    return {"role": item["type"], **(data if isinstance(data, Mapping) else item)}


def _first(item: Row, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in item), "")


def read(row: Row) -> list[Conversation]:
    key = next((k for k in LISTS if isinstance(row.get(k), list)), LISTS[0])
    turns = [_spoken(item, number) for number, item in enumerate(items(row, key), 1)]
    if (system := optional_text(row, "system")) and turns[0].role != "system":
        turns.insert(0, Turn("system", system))
    meta = with_tools(meta_of(row, ("id", "system", "tools", key)), row)
    return [conversation(turns, "chats", source_id(row, *IDS), meta)]


def _spoken(item: Any, number: int) -> Turn:
    """A turn; of a list of bare texts the user says the first, third, …"""
    if isinstance(item, str):
        return Turn("assistant" if number % 2 == 0 else "user", item)
    return _turn(item, f"turn {number}: ")


def _turn(item: Any, where: str) -> Turn:
    if not isinstance(item, Mapping):
        raise DataError(f"{where}is {kind(item)}, not an object with a speaker and words")
    item = _flat(item)
    speaker, words = _first(item, SPEAKERS) or "role", _first(item, WORDS) or "content"
    plain = {"role": item.get(speaker), **({"content": item[words]} if words in item else {})}
    own = (speaker, words, "role", "content", *(("type",) if item.get("type") in LANGCHAIN else ()))
    more = {k: v for k, v in item.items() if k not in own and v not in ({}, [])}
    return messages.read_turn({**plain, **more}, where)


def recognise_pairs(row: Row) -> tuple[float, str]:
    turns = row.get("conversation", row.get("conversations"))
    if isinstance(turns, list) and turns and all(_is_pair(turn) for turn in turns):
        return 0.95, "has `conversation` of `input`/`output`"
    return 0.0, "no `conversation` of `input`/`output`"


def _is_pair(turn: Any) -> bool:
    return isinstance(turn, Mapping) and "input" in turn and "output" in turn


def read_pairs(row: Row) -> list[Conversation]:
    key = "conversation" if "conversation" in row else "conversations"
    turns = []
    if system := optional_text(row, "system"):
        turns.append(Turn("system", system))
    for number, item in enumerate(items(row, key), 1):
        if not isinstance(item, Mapping):
            raise DataError(f"field `{key}`: entry {number} is {kind(item)}, not an object")
        where = f"field `{key}`, entry {number}: "
        # XTuner keeps the system text in the first entry.
        if (system := optional_text(item, "system")) and not turns:
            turns.append(Turn("system", system))
        turns.append(Turn("user", text(item, "input", where)))
        turns.append(Turn("assistant", text(item, "output", where)))
    meta = meta_of(row, ("id", "system", key))
    return [conversation(turns, "capybara", source_id(row), meta)]


def recognise_moss(row: Row) -> tuple[float, str]:
    chat = row.get("chat")
    if isinstance(chat, Mapping) and isinstance(chat.get("turn_1"), Mapping):
        return 0.97, "has `chat` with `turn_1` of `Human`/`MOSS`"
    return 0.0, "no `chat` with `turn_1`"


def read_moss(row: Row) -> list[Conversation]:
    chat = row.get("chat")
    if not isinstance(chat, Mapping) or not chat:
        raise DataError(f"field `chat` is {kind(chat)}, not an object of turns")
    turns = []
    if system := optional_text(row, "meta_instruction").strip():
        turns.append(Turn("system", system))
    for name, item in chat.items():
        if not isinstance(item, Mapping):
            raise DataError(f"field `chat`, {name}: is {kind(item)}, not an object")
        turns += _exchange(item, f"field `chat`, {name}: ")
    meta = meta_of(row, ("id", "conversation_id", "meta_instruction", "num_turns", "chat"))
    return [conversation(turns, "moss", source_id(row, "id", "conversation_id"), meta)]


def _exchange(item: Row, where: str) -> Iterator[Turn]:
    """The question, and the answer with the inner thoughts, commands and results beside it."""
    yield Turn("user", _unmarked(text(item, "Human", where)))
    beside = {key: _unmarked(words) for key, words in item.items()
              if key not in ("Human", "MOSS") and isinstance(words, str)}  # fmt: skip
    thoughts = beside.pop("Inner Thoughts", "")
    extra: dict[str, Any] = {} if thoughts in NOTHING else {"reasoning": thoughts}
    extra |= {key: words for key, words in beside.items() if words not in NOTHING}
    yield Turn("assistant", _unmarked(text(item, "MOSS", where)), extra)


def _unmarked(words: str) -> str:
    return MOSS_MARK.sub("", MOSS_MARK.sub("", words))


FORMATS = (
    Format("chats", "lists of turns under any names: LMSYS, WildChat, dialogues", recognise, read,
           maps="role, from or speaker → role; content, value, text or bare → content"),
    Format("capybara", "Capybara: conversation of input/output", recognise_pairs, read_pairs,
           maps="input → user, output → assistant"),
    Format("moss", "MOSS: chat with turn_1, turn_2, …", recognise_moss, read_moss,
           maps="meta_instruction → system, Human → user, MOSS → assistant, the rest beside it"),
)  # fmt: skip
