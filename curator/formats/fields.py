"""Reading fields of a record with an error that names them, and keeping the fields nobody knows."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from curator.conversation import Conversation, Origin, Role, Turn
from curator.errors import DataError
from curator.formats.base import Row, kind

#: These go to columns of the store, so they are text or else are kept under `fields`.
TEXT_META = ("license", "language", "category", "title")

USER_NAMES = ("user", "human", "prompter", "usr")
ASSISTANT_NAMES = (
    "assistant", "gpt", "chatgpt", "bing", "bard", "claude", "gemini", "model", "bot", "ai",
    "chatbot", "function_call",
)  # fmt: skip
SPEAKERS: dict[str, Role] = {
    **dict.fromkeys(USER_NAMES, "user"),
    **dict.fromkeys(ASSISTANT_NAMES, "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("tool", "observation", "function", "function_response", "ipython"), "tool"),
}
#: Other spellings of a role that say nothing more than the role; every other name is kept.
PLAIN_NAMES = frozenset(
    ("user", "human", "assistant", "gpt", "system", "tool", "observation", "function_call")
)


#: Names of a record's id where its layout has no own.
IDS = ("id", "conversation_id", "dialogue_id", "uuid")
#: Fields that hold a chat themselves: a `text` beside them is the same chat, printed.
WHOLE = frozenset(
    ("messages", "conversations", "conversation", "instruction", "prompt", "question", "chosen")
)


#: Fields that hold a whole chat as one text.
TEXTS = ("text", "transcript", "dialogue", "dialog", "conversation", "chat")


def written(row: Row) -> str:
    """The field that holds a whole chat as one text; "text" where none does."""
    return next((name for name in TEXTS if isinstance(row.get(name), str)), "text")


def printed(row: Row, sureness: float) -> float:
    """How sure a layout of texts is of a row, which may hold the chat in other fields as well."""
    return sureness if WHOLE.isdisjoint(row.keys() - {written(row)}) else 0.55


def text(row: Row, key: str, where: str = "") -> str:
    """The string at `key`; raises `DataError` naming the field if it is absent or no string."""
    value = row.get(key)
    if isinstance(value, str):
        return value
    if key not in row:
        raise DataError(f"{where}field `{key}` is missing")
    raise DataError(f"{where}field `{key}` is {kind(value)}, not a string")


def optional_text(row: Row, key: str) -> str:
    """The string at `key`, "" where it is absent or null; raises `DataError` otherwise."""
    return "" if row.get(key) is None else text(row, key)


def items(row: Row, key: str) -> list[Any]:
    """The list at `key`, not empty; raises `DataError` otherwise."""
    value = row.get(key)
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, list) and value:
        return value
    if key not in row:
        raise DataError(f"field `{key}` is missing")
    raise DataError(f"field `{key}` is {kind(value)}, not a list of turns")


def role_of(speaker: Any, where: str) -> tuple[Role, dict[str, Any]]:
    """The role a speaker's name stands for, and the name itself where it says more than that."""
    name = speaker.strip().lower() if isinstance(speaker, str) else speaker
    role = SPEAKERS.get(name) if isinstance(name, str) else None
    if role is None:
        raise DataError(
            f"{where}unknown speaker {speaker!r}; known are {', '.join(sorted(SPEAKERS))}"
        )
    return role, {} if name in PLAIN_NAMES else {"speaker": name}


def speaker_of(turn: Turn, names: Mapping[Role, str]) -> str:
    """The name to write for the speaker of a turn: the one it came with, or the layout's own."""
    name = turn.extra.get("speaker")
    if isinstance(name, str) and name not in PLAIN_NAMES and SPEAKERS.get(name) == turn.role:
        return name
    return names[turn.role]


def meta_of(row: Row, known: Collection[str]) -> dict[str, Any]:
    """The fields of a record that are not `known`, as meta."""
    meta: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for key, value in row.items():
        if key in known:
            continue
        odd = key == "fields" or (key in TEXT_META and not isinstance(value, str))
        (kept if odd else meta)[key] = value
    if kept:
        meta["fields"] = kept
    return meta


def fields_of(conversation: Conversation, taken: Collection[str]) -> dict[str, Any]:
    """The fields to write again beside the layout's own, which are `taken`."""
    meta = conversation.meta
    fields = {
        key: value
        for key, value in meta.items()
        if key not in taken and key != "fields" and key != "tools"
    }
    kept = meta.get("fields")
    if isinstance(kept, Mapping):
        fields.update((key, value) for key, value in kept.items() if key not in taken)
    return fields


def clashes(conversation: Conversation, taken: Collection[str]) -> list[str]:
    """Names of fields that a layout cannot hold because it uses the same names itself."""
    kept = conversation.meta.get("fields")
    names = [*conversation.meta, *(kept if isinstance(kept, Mapping) else ())]
    return [f"field {name}" for name in names if name in taken and name != "tools"]


def source_id(row: Row, *keys: str) -> str:
    """The record's own id under the first of `keys` that has one, as text; "" without."""
    for key in keys or IDS:
        value = row.get(key)
        if value is not None and not isinstance(value, (dict, list)):
            return str(value)
    return ""


def conversation(
    turns: Collection[Turn], format_: str, row_id: str = "", meta: dict[str, Any] | None = None
) -> Conversation:
    """A conversation whose source and line the reader will add; raises `DataError` if empty."""
    if not turns:
        raise DataError("the record has no turns")
    return Conversation(tuple(turns), Origin("", None, format_, row_id), meta or {})


def with_tools(meta: dict[str, Any], row: Row) -> dict[str, Any]:
    """The meta, and the record's `tools` as data where it has any."""
    tools = row.get("tools")
    return meta if tools is None or tools == "" else {**meta, "tools": decoded(tools)}


def tools_of(conversation: Conversation) -> dict[str, str]:
    """The field `tools` of a record that a trainer reads, as a JSON string where there are any:
    Arrow, which all trainers read with, gives objects of many shapes each other's keys, or refuses
    them."""
    meta = conversation.meta
    return {"tools": as_text(meta["tools"])} if "tools" in meta else {}


def decoded(value: Any) -> Any:
    """What a JSON string says (some layouts keep tools so); anything else as it is."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def as_text(value: Any) -> str:
    """A value as a JSON string; a string as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
