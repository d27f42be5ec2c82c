"""ShareGPT: `{"id", "conversations": [{"from", "value"}], "system"?, "tools"?}`.

Real files know more speakers than human and gpt, start with the model and have empty values; see
the LLaMA-Factory data README for function_call, observation, system and tools.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Curated, Role, Turn
from curator.errors import DataError
from curator.formats.base import Format, Plain, Row
from curator.formats.fields import (
    as_text,
    clashes,
    conversation,
    decoded,
    fields_of,
    items,
    meta_of,
    optional_text,
    role_of,
    source_id,
    speaker_of,
    text,
    tools_of,
    with_tools,
)
from curator.formats.settled import settled

KNOWN = ("id", "conversations", "system", "tools")
NAMES: dict[Role, str] = {
    "system": "system", "user": "human", "assistant": "gpt", "tool": "observation",
}  # fmt: skip
OWN_MESSAGE_KEYS = ("from", "value", "content")


def recognise(row: Row) -> tuple[float, str]:
    turns = row.get("conversations")
    if not isinstance(turns, list):
        return 0.0, "no list `conversations`"
    if not turns:
        return 0.6, "has an empty `conversations`"
    first = turns[0]
    if isinstance(first, Mapping) and "from" in first and "value" in first:
        if "chosen" in row and "rejected" in row:
            return 0.5, "has `conversations`, but `chosen` and `rejected` too"
        return 0.95, "has `conversations` with `from`/`value`"
    return 0.0, "`conversations` has no `from`/`value`"


def read(row: Row) -> list[Conversation]:
    meta = with_tools(meta_of(row, KNOWN), row)
    return [conversation(turns_of(row), "sharegpt", source_id(row), meta)]


def turns_of(row: Row) -> list[Turn]:
    """The turns of a record, its `system` first; raises `DataError` naming the broken turn."""
    turns = [read_turn(item, index) for index, item in enumerate(items(row, "conversations"), 1)]
    if system := optional_text(row, "system"):
        turns.insert(0, Turn("system", system))
    return turns


def read_turn(item: Any, index: int) -> Turn:
    """One `{"from", "value"}`; raises `DataError` naming the turn and the field."""
    where = f"turn {index}: "
    if not isinstance(item, Mapping):
        raise DataError(f"{where}is {type(item).__name__}, not an object with `from` and `value`")
    role, extra = role_of(item.get("from"), where)
    value = text(item, "value", where)
    extra |= {key: item[key] for key in item if key not in OWN_MESSAGE_KEYS}
    if item["from"].strip().lower() != "function_call":
        return Turn(role, value, extra)
    if "tool_calls" not in extra:
        calls = calls_of(value)
        extra |= {"tool_calls": calls} if calls else {"speaker": "function_call"}
    if "speaker" in extra:
        return Turn(role, value, extra)
    return Turn(role, optional_text(item, "content"), extra)


def calls_of(value: str) -> list[dict[str, Any]]:
    """Tool calls of a `function_call` text, in OpenAI's shape; empty where it is something else."""
    try:
        found = json.loads(value)
    except ValueError:
        return []
    calls = found if isinstance(found, list) else [found]
    if not all(isinstance(call, dict) and call.keys() == {"name", "arguments"} for call in calls):
        return []
    return [
        {
            "type": "function",
            "function": {"name": call["name"], "arguments": as_text(call["arguments"])},
        }
        for call in calls
    ]


def write(curated: Curated) -> Iterator[dict[str, Any]]:
    chat = settled(curated)
    yield {
        "id": chat.origin.source_id or chat.id,
        "conversations": [write_turn(turn) for turn in chat.turns],
        **tools_of(chat),
        **fields_of(chat, KNOWN),
    }


def write_turn(turn: Turn) -> dict[str, Any]:
    """One `{"from", "value", ...}`; tool calls as a function_call in LLaMA-Factory's shape."""
    extra = {k: v for k, v in turn.extra.items() if k not in ("speaker", "tool_calls")}
    calls = turn.extra.get("tool_calls")
    if not calls:
        name = (
            "function_call"
            if turn.extra.get("speaker") == "function_call"
            else speaker_of(turn, NAMES)
        )
        return {"from": name, "value": turn.content, **extra}
    value = call_text(calls)
    written: dict[str, Any] = {"from": "function_call", "value": value, **extra}
    if calls_of(value) != calls:
        written["tool_calls"] = calls
    if turn.content:
        written["content"] = turn.content
    return written


def call_text(calls: Any) -> str:
    """The value of a function_call: one `{"name", "arguments"}`, or a list of several."""
    plain = [
        {"name": f.get("name"), "arguments": decoded(f.get("arguments"))}
        for f in (call.get("function") or {} for call in calls if isinstance(call, Mapping))
    ]
    return json.dumps(plain[0] if len(plain) == 1 else plain, ensure_ascii=False)


def loses(curated: Curated) -> list[str]:
    chat = settled(curated)
    own = [
        f"{key} of a turn"
        for turn in chat.turns
        for key in turn.extra
        if key in ("from", "value", "content")
    ]
    return [*clashes(chat, KNOWN), *own]


FORMAT = Format(
    "sharegpt",
    "ShareGPT: conversations of from/value",
    recognise,
    read,
    write,
    loses,
    maps="from → role, value → content, system → first turn, tools → tools, id → source id",
    plain=Plain("conversations", "from", "value", NAMES, named=True),
)
