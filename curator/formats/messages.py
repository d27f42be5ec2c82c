"""OpenAI messages: `{"messages": [{"role", "content", ...}], "tools"?, ...}`.

Content may be a string or a list of parts; tool calls, names and weights ride along.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Curated, Role, Turn
from curator.errors import DataError
from curator.formats.base import Format, Plain, Row, kind
from curator.formats.fields import (
    clashes,
    conversation,
    fields_of,
    items,
    meta_of,
    role_of,
    source_id,
    speaker_of,
    tools_of,
    with_tools,
)
from curator.formats.settled import settled

KNOWN = ("id", "messages", "tools")
NAMES: dict[Role, str] = {
    "system": "system", "user": "user", "assistant": "assistant", "tool": "tool",
}  # fmt: skip
REASONING = ("reasoning_content", "reasoning", "thinking")


def recognise(row: Row) -> tuple[float, str]:
    turns = row.get("messages")
    if not isinstance(turns, list) or not turns:
        return 0.0, "no list `messages`"
    first = turns[0]
    if isinstance(first, Mapping) and "role" in first:
        return 0.9, "has `messages` with `role`/`content`"
    return 0.0, "`messages` has no `role`"


def read(row: Row) -> list[Conversation]:
    meta = with_tools(meta_of(row, KNOWN), row)
    return [conversation(turns_of(items(row, "messages")), "messages", source_id(row), meta)]


def turns_of(messages: list[Any], where: str = "turn") -> list[Turn]:
    """Turns of a list of messages; raises `DataError` naming the broken one."""
    return [read_turn(item, f"{where} {index}: ") for index, item in enumerate(messages, 1)]


def read_turn(item: Any, where: str) -> Turn:
    """One message; raises `DataError` naming the turn and the field."""
    if not isinstance(item, Mapping):
        raise DataError(f"{where}is {kind(item)}, not an object with `role` and `content`")
    role, extra = role_of(item.get("role"), where)
    content, parts = content_of(item, where)
    extra |= parts
    own = ("role", "content") if "content" in item else ("role", *PARTS)
    for key, value in item.items():
        if key in own:
            continue
        if key in REASONING and isinstance(value, str) and "reasoning" not in extra:
            extra["reasoning"] = value
        elif value is not None or key == "weight":
            extra[key] = value
    return Turn(role, content, extra)


#: Lists of parts under other names: Vercel's AI SDK, Chatbox.
PARTS = ("parts", "contentParts")


def content_of(item: Row, where: str) -> tuple[str, dict[str, Any]]:
    """The text of a message, and its parts where it is not text alone."""
    content = item.get("content")
    if isinstance(content, str):
        return content, {}
    if content is None and (other := next((k for k in PARTS if isinstance(item.get(k), list)), "")):
        content = item[other]
    if content is None and any(item.get(key) for key in ("tool_calls", "function_call", "refusal")):
        return "", {}
    if isinstance(content, list):
        return parts_text(content), {"parts": content}
    if "content" not in item:
        raise DataError(f"{where}field `content` is missing")
    raise DataError(f"{where}field `content` is {kind(content)}, not text or a list of parts")


def parts_text(parts: list[Any]) -> str:
    """The text parts of a content list, one below the other."""
    texts = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping) and part.get("type", "text") in (
            "text", "input_text", "output_text",
        ):  # fmt: skip
            words = part.get("text", part.get("value"))
            if isinstance(words, str):
                texts.append(words)
    return "\n".join(texts)


def write(curated: Curated) -> Iterator[dict[str, Any]]:
    chat = settled(curated)
    yield {
        **({"id": chat.origin.source_id} if chat.origin.source_id else {}),
        "messages": [write_turn(turn) for turn in chat.turns],
        **tools_of(chat),
        **fields_of(chat, KNOWN),
    }


def write_turn(turn: Turn) -> dict[str, Any]:
    """One message with all that rides along."""
    if not turn.extra:
        return {"role": turn.role, "content": turn.content}
    extra = dict(turn.extra)
    extra.pop("speaker", None)
    parts = extra.pop("parts", None)
    same = isinstance(parts, list) and parts_text(parts) == turn.content
    message = {"role": speaker_of(turn, NAMES), "content": parts if same else turn.content}
    if isinstance(extra.get("reasoning"), str):
        message["reasoning_content"] = extra.pop("reasoning")
    return message | {k: v for k, v in extra.items() if k not in ("role", "content")}


def loses(curated: Curated) -> list[str]:
    chat = settled(curated)
    own = [f"{k} of a turn" for t in chat.turns for k in t.extra if k in ("role", "content")]
    return [*clashes(chat, KNOWN), *own]


FORMAT = Format(
    "messages",
    "OpenAI messages: role/content, tool calls, weights",
    recognise,
    read,
    write,
    loses,
    maps="role → role, content → content (parts kept), tool_calls, name, weight → beside the turn",
    plain=Plain("messages", "role", "content", NAMES),
)


#: What OpenAI's upload knows; it refuses a file with any other field.
OF_A_MESSAGE = (
    "role", "content", "name", "weight", "tool_calls", "tool_call_id", "refusal", "function_call",
)  # fmt: skip
OF_A_ROW = ("messages", "tools", "parallel_tool_calls")


def write_strict(curated: Curated) -> Iterator[dict[str, Any]]:
    for row in write(curated):
        said = [{k: m[k] for k in OF_A_MESSAGE if k in m} for m in row["messages"]]
        given = {**row, **curated.conversation.meta}
        yield {"messages": said, **{k: given[k] for k in OF_A_ROW[1:] if k in given}}


def loses_strict(curated: Curated) -> list[str]:
    chat = settled(curated)
    held = (*OF_A_MESSAGE, "speaker", "parts")
    own = [f"{k} of a turn" for t in chat.turns for k in t.extra if k not in held]
    fields = [f"field {k}" for k in chat.meta if k not in OF_A_ROW[1:]]
    return [*dict.fromkeys((*loses(curated), *own, *fields))]


STRICT = Format(
    "openai",
    "OpenAI fine-tuning: messages with no field that its upload refuses",
    write=write_strict,
    loses=loses_strict,
    plain=Plain("messages", "role", "content", NAMES),
)
