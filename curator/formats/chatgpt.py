"""ChatGPT's own data export: `conversations.json`, where each chat is a tree of messages.

The chat is the path to `current_node`. What was edited or regenerated stays as alternatives of the
turn that took its place, each with the turns that followed it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats.base import Format, Row, kind
from curator.formats.fields import conversation, meta_of, role_of, source_id
from curator.formats.messages import parts_text, write_turn


def recognise_chatgpt(row: Row) -> tuple[float, str]:
    mapping = row.get("mapping")
    if isinstance(mapping, Mapping) and ("current_node" in row or "title" in row):
        return 0.98, "has a `mapping` of messages and `current_node`"
    return 0.0, "no `mapping` of messages"


def read_chatgpt(row: Row) -> list[Conversation]:
    mapping = row.get("mapping")
    if not isinstance(mapping, Mapping):
        raise DataError("field `mapping` is no object of messages")
    turns = []
    for key in _path(row, mapping):
        turn = _said(mapping[key].get("message"))
        if turn is None:
            continue
        rivals = [
            {"content": other.content, "rank": 0, **other.extra, **_after(mapping, sibling)}
            for sibling, other in _siblings(mapping, key)
            if other.role == turn.role
        ]
        extra = {**turn.extra, "alternatives": rivals} if rivals else turn.extra
        turns.append(Turn(turn.role, turn.content, extra))
    meta = meta_of(row, ("mapping", "id", "conversation_id", "current_node"))
    row_id = source_id(row, "conversation_id", "id")
    return [conversation(turns, "chatgpt", row_id, meta)]


def _path(row: Row, mapping: Mapping[str, Any]) -> list[str]:
    """The keys from the root to the current node; raises `DataError` where the chain is broken."""
    key = row.get("current_node")
    if not isinstance(key, str) or key not in mapping:
        leaves = [k for k, n in mapping.items() if isinstance(n, Mapping) and not n.get("children")]
        key = leaves[-1] if leaves else None
    path: list[str] = []
    seen: set[Any] = set()
    while key is not None:
        node = mapping.get(key) if isinstance(key, str) else None
        if not isinstance(node, Mapping) or key in seen:
            raise DataError(f"field `mapping`: message {key} is missing or its own parent")
        seen.add(key)
        path.append(str(key))
        key = node.get("parent")
    return path[::-1]


def _said(message: Any) -> Turn | None:
    """A message as a turn; None for those that nobody saw and those without content."""
    if not isinstance(message, Mapping):
        return None
    metadata, author, content = (_inside(message, k) for k in ("metadata", "author", "content"))
    if metadata.get("is_visually_hidden_from_conversation"):
        return None
    role, extra = role_of(author.get("role"), "")
    parts = content.get("parts")
    words = parts_text(parts) if isinstance(parts, list) else str(content.get("text") or "")
    form = content.get("content_type", "text")
    if form in ("thoughts", "reasoning_recap", "user_editable_context", "model_editable_context"):
        return None
    if form != "text":
        extra["content_type"] = form
    if isinstance(parts, list) and any(not isinstance(part, str) for part in parts):
        extra["parts"] = parts
    if not words and "parts" not in extra:
        return None
    for name, value in (("model", metadata.get("model_slug")), ("name", author.get("name"))):
        if value:
            extra[name] = value
    if message.get("recipient") not in (None, "all"):
        extra["recipient"] = message["recipient"]
    return Turn(role, words, extra)


def _inside(message: Row, key: str) -> Row:
    """The object at `key`, empty where it is absent; raises `DataError` where it is another."""
    value = message.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise DataError(f"field `{key}` of a message is {kind(value)}, not an object")
    return value


def _siblings(mapping: Mapping[str, Any], key: str) -> Iterator[tuple[str, Turn]]:
    """The keys and turns of the messages that compete with one: other wordings and answers."""
    above = mapping[key].get("parent")
    for child in _children(mapping, above) if isinstance(above, str) else ():
        turn = _said(mapping[child].get("message")) if child != key else None
        if turn is not None:
            yield child, turn


def _children(mapping: Mapping[str, Any], key: str) -> list[str]:
    node = mapping.get(key)
    children = node.get("children") if isinstance(node, Mapping) else None
    if not isinstance(children, list):
        return []
    return [child for child in children
            if isinstance(child, str) and isinstance(mapping.get(child), Mapping)]  # fmt: skip


def _after(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    """How the chat went on from a message that was left, along the latest of each fork."""
    said, seen = [], {key}
    while (children := _children(mapping, key)) and children[-1] not in seen:
        key = children[-1]
        seen.add(key)
        turn = _said(mapping[key].get("message"))
        said += [write_turn(turn)] if turn is not None else []
    return {"turns": said} if said else {}


FORMAT = Format(
    "chatgpt", "ChatGPT data export: conversations.json", recognise_chatgpt, read_chatgpt,
    maps="path to current_node → turns, what was edited or regenerated → alternatives",
)  # fmt: skip
