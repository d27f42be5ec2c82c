"""Chats as the makers of models keep them: Claude's data export, Anthropic and Gemini requests.

ChatGPT's export is a tree and lives in `trees`. Claude's `conversations.json` has `chat_messages`
of `sender`/`text`. Anthropic's API keeps the system text beside the messages, and tool use and tool
results as parts of the content; Gemini has `contents` of `parts`.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import messages
from curator.formats.base import Format, Row, kind
from curator.formats.fields import conversation, items, meta_of, role_of, source_id, with_tools


def recognise_claude(row: Row) -> tuple[float, str]:
    said = row.get("chat_messages")
    if isinstance(said, list) and "uuid" in row:
        return 0.98, "has `uuid` and `chat_messages` of `sender`/`text`"
    return 0.0, "no `chat_messages`"


def read_claude(row: Row) -> list[Conversation]:
    turns = []
    for number, item in enumerate(items(row, "chat_messages"), 1):
        where = f"message {number}: "
        role, extra = role_of(_item(item, where).get("sender"), where)
        turns.append(Turn(role, _said(item), extra | _attached(item)))
    meta = meta_of(row, ("uuid", "chat_messages", "account"))
    if isinstance(name := meta.pop("name", None), str) and name:
        meta["title"] = name
    return [conversation(turns, "claude", source_id(row, "uuid"), meta)]


def _said(item: Row) -> str:
    """The words of a message: its `content`'s text parts, else its `text`."""
    parts = item.get("content")
    words = messages.parts_text(parts) if isinstance(parts, list) else ""
    given = item.get("text")
    return words or (given if isinstance(given, str) else "")


def _attached(item: Row) -> dict[str, Any]:
    kept = {key: item[key] for key in ("attachments", "files") if item.get(key)}
    parts = item.get("content")
    if not isinstance(parts, list):
        return kept
    thoughts = [part["thinking"] for part in parts
                if _type(part) == "thinking" and isinstance(part.get("thinking"), str)]  # fmt: skip
    if any(_type(part) not in ("text", "thinking") for part in parts):
        kept["parts"] = parts
    return kept | ({"reasoning": "\n\n".join(thoughts)} if thoughts else {})


def recognise_anthropic(row: Row) -> tuple[float, str]:
    said = row.get("messages")
    if isinstance(said, list) and any(_tools_inside(item) for item in said):
        return 0.96, "has `messages` with parts `tool_use` or `tool_result`"
    if isinstance(said, list) and said and isinstance(row.get("system"), (str, list)):
        first = said[0]
        if isinstance(first, Mapping) and first.get("role") in ("user", "assistant"):
            return 0.92, "has `messages` and a `system` beside them"
    return 0.0, "no `messages` as Anthropic's API has them"


def _tools_inside(item: Any) -> bool:
    parts = item.get("content") if isinstance(item, Mapping) else None
    return isinstance(parts, list) and any(_type(part) in ("tool_use", "tool_result")
                                           for part in parts)  # fmt: skip


def _type(part: Any) -> Any:
    return part.get("type") if isinstance(part, Mapping) else None


def read_anthropic(row: Row) -> list[Conversation]:
    system = row.get("system")
    words = messages.parts_text(system) if isinstance(system, list) else system
    turns = [Turn("system", words)] if isinstance(words, str) and words else []
    for number, item in enumerate(items(row, "messages"), 1):
        turns += _spoken(_item(item, f"turn {number}: "), f"turn {number}: ")
    meta = with_tools(meta_of(row, ("id", "system", "messages", "tools")), row)
    return [conversation(turns, "anthropic", source_id(row), meta)]


def _spoken(item: Row, where: str) -> Iterator[Turn]:
    """One message as turns: each tool result is one of its own, tool use rides on the answer."""
    parts = item.get("content")
    if not isinstance(parts, list):
        yield messages.read_turn(item, where)
        return
    for part in parts:
        if _type(part) == "tool_result":
            given = part.get("content")
            words = messages.parts_text(given) if isinstance(given, list) else str(given or "")
            call = part.get("tool_use_id")
            yield Turn("tool", words, {"tool_call_id": call} if call else {})
    calls = [_call(part) for part in parts if _type(part) == "tool_use"]
    rest = [part for part in parts if _type(part) not in ("tool_use", "tool_result")]
    if not rest and not calls:
        return
    plain = all(_type(part) == "text" for part in rest)
    turn = messages.read_turn({**item, "content": rest}, where)
    extra = {key: value for key, value in turn.extra.items() if not (plain and key == "parts")}
    yield Turn(turn.role, turn.content, {**extra, **({"tool_calls": calls} if calls else {})})


def _call(part: Row) -> dict[str, Any]:
    arguments = json.dumps(part.get("input") or {}, ensure_ascii=False)
    named = {"type": "function", "function": {"name": part.get("name"), "arguments": arguments}}
    return {"id": part["id"], **named} if isinstance(part.get("id"), str) else named


def recognise_gemini(row: Row) -> tuple[float, str]:
    said = row.get("contents")
    first = said[0] if isinstance(said, list) and said else None
    if isinstance(first, Mapping) and "parts" in first:
        return 0.97, "has `contents` with `parts`"
    return 0.0, "no `contents` with `parts`"


def read_gemini(row: Row) -> list[Conversation]:
    turns = []
    given = row.get("systemInstruction", row.get("system_instruction"))
    if isinstance(given, Mapping) and (words := _parts(given, "systemInstruction: ")[0]):
        turns.append(Turn("system", words))
    for number, item in enumerate(items(row, "contents"), 1):
        where = f"turn {number}: "
        role, extra = role_of(_item(item, where).get("role", "user"), where)
        words, beside = _parts(item, where)
        extra.pop("speaker", None)
        turns.append(Turn(role, words, extra | beside))
    known = ("id", "contents", "systemInstruction", "system_instruction", "tools")
    return [conversation(turns, "gemini", source_id(row), with_tools(meta_of(row, known), row))]


def _parts(item: Row, where: str) -> tuple[str, dict[str, Any]]:
    """The words of a content, and its parts where there are others than words."""
    parts = item.get("parts")
    if isinstance(parts, Mapping):
        parts = [parts]
    if not isinstance(parts, list):
        raise DataError(f"{where}field `parts` is {kind(parts)}, not a list")
    texts = [part["text"] for part in parts if isinstance(part, Mapping)
             and isinstance(part.get("text"), str)]  # fmt: skip
    return "\n".join(texts), {} if len(texts) == len(parts) else {"parts": parts}


def _item(item: Any, where: str) -> Row:
    if not isinstance(item, Mapping):
        raise DataError(f"{where}is {kind(item)}, not an object")
    return item


def recognise_webui(row: Row) -> tuple[float, str]:
    chat = row.get("chat")
    if isinstance(chat, Mapping) and ("history" in chat or "messages" in chat):
        return 0.97, "has a `chat` with `history` or `messages`"
    return 0.0, "no `chat` with `history`"


def read_webui(row: Row) -> list[Conversation]:
    """The branch that was on the screen."""
    chat = row.get("chat")
    if not isinstance(chat, Mapping):
        raise DataError(f"field `chat` is {kind(chat)}, not an object")
    own = ("id", "parentId", "childrenIds")
    turns = [
        messages.read_turn(
            {k: v for k, v in _item(item, "").items() if k not in own}, f"turn {n}: "
        )
        for n, item in enumerate(_branch(chat), 1)
    ]
    more = {k: v for k, v in chat.items() if k not in ("messages", "history", "title")}
    meta = meta_of(row, ("id", "chat")) | ({"chat": more} if more else {})
    if isinstance(title := row.get("title", chat.get("title")), str) and title:
        meta["title"] = title
    return [conversation(turns, "open-webui", source_id(row), meta)]


def _branch(chat: Row) -> list[Any]:
    """The messages from the first to the current one, or the list that stands beside them."""
    history = chat.get("history")
    nodes = history.get("messages") if isinstance(history, Mapping) else None
    key = history.get("currentId") if isinstance(history, Mapping) else None
    path: list[Any] = []
    while isinstance(nodes, Mapping) and isinstance(key, str) and key in nodes:
        node = _item(nodes[key], f"message {key}: ")
        path.append(node)
        if len(path) > len(nodes):
            raise DataError(f"field `history`: message {key} is its own parent")
        key = node.get("parentId")
    return path[::-1] if path else items(chat, "messages")


FORMATS = (
    Format("open-webui", "Open WebUI's export: chat with history and messages",
           recognise_webui, read_webui,
           maps="messages up to history.currentId → turns, title → title"),
    Format("claude", "Claude's data export: conversations.json", recognise_claude, read_claude,
           maps="sender → role, content or text → content, name → title"),
    Format("anthropic", "Anthropic's API: system beside messages, tool_use and tool_result parts",
           recognise_anthropic, read_anthropic,
           maps="system → first turn, tool_use → tool_calls, tool_result → tool turn"),
    Format("gemini", "Gemini's API: contents of parts", recognise_gemini, read_gemini,
           maps="systemInstruction → first turn, role → role, parts → content"),
)  # fmt: skip
