"""Chats as programs that people talk in keep them, and as OpenAI's Responses API is logged: one
file or record a chat. Those that write one turn a line are `sessions`."""

from collections.abc import Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import messages
from curator.formats.base import Format, Row, kind
from curator.formats.fields import conversation, items, meta_of, source_id, with_tools

#: How text-generation-webui writes that the model speaks first.
GREETING = "<|BEGIN-VISIBLE-CHAT|>"


def _inside(row: Row, *path: str) -> Any:
    """The value at the end of a path of objects; None where there is none."""
    value: Any = row
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _each(row: Any, key: str) -> Iterator[tuple[int, Row]]:
    """The objects of a list, counted from 1. Raises `DataError` for whatever else stands there."""
    for number, item in enumerate(items(row if isinstance(row, Mapping) else {}, key), 1):
        if not isinstance(item, Mapping):
            raise DataError(f"field `{key}`, entry {number} is {kind(item)}, not an object")
        yield number, item


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(i, Mapping) for i in value)


def recognise_aistudio(row: Row) -> tuple[float, str]:
    if _objects(_inside(row, "chunkedPrompt", "chunks")):
        return 0.97, "has a `chunkedPrompt` with `chunks`"
    return 0.0, "no `chunkedPrompt`"


def read_aistudio(row: Row) -> list[Conversation]:
    turns = []
    if isinstance(words := _inside(row, "systemInstruction", "text"), str) and words:
        turns.append(Turn("system", words))
    thoughts: list[str] = []
    for number, chunk in _each(row.get("chunkedPrompt"), "chunks"):
        if chunk.get("isThought"):
            thoughts.append(str(chunk.get("text", "")))
            continue
        said = {"role": chunk.get("role"), "content": chunk.get("text", "")}
        beside = {k: v for k, v in chunk.items() if k.startswith("drive") or k == "inlineData"}
        turn = messages.read_turn({**said, **beside}, f"chunk {number}: ")
        extra = {k: v for k, v in turn.extra.items() if k != "speaker"}
        if thoughts and turn.role == "assistant":
            extra["reasoning"], thoughts = "\n\n".join(thoughts), []
        turns.append(Turn(turn.role, turn.content, extra))
    meta = meta_of(row, ("id", "systemInstruction", "chunkedPrompt"))
    return [conversation(turns, "aistudio", source_id(row), meta)]


def recognise_responses(row: Row) -> tuple[float, str]:
    said = row.get("output")
    if _objects(said) and any(one.get("type") == "message" for one in said):  # type: ignore[union-attr]
        return 0.97, "has an `output` of items of type `message`"
    return 0.0, "no `output` of items"


def read_responses(row: Row) -> list[Conversation]:
    turns = []
    if isinstance(words := row.get("instructions"), str) and words:
        turns.append(Turn("system", words))
    asked = row.get("input")
    if isinstance(asked, str):
        turns.append(Turn("user", asked))
    for key, said in (("input", list_of(asked)), ("output", items(row, "output"))):
        for number, item in enumerate(said, 1):
            turns += _item(item, f"field `{key}`, item {number}: ")
    meta = with_tools(meta_of(row, ("id", "instructions", "input", "output", "tools")), row)
    return [conversation(turns, "responses", source_id(row), meta)]


def _item(item: Any, where: str) -> Iterator[Turn]:
    """An item of the Responses API as a turn; calls and their outcomes ride along as in chats."""
    if not isinstance(item, Mapping):
        raise DataError(f"{where}is {kind(item)}, not an object")
    if item.get("type") == "function_call":
        named = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": named}
        yield Turn("assistant", "", {"tool_calls": [call]})
    elif item.get("type") == "function_call_output":
        yield Turn("tool", str(item.get("output", "")), {"tool_call_id": item.get("call_id")})
    elif "role" in item:
        own = ("type", "id", "status")
        yield bare(messages.read_turn({k: v for k, v in item.items() if k not in own}, where))


def bare(turn: Turn) -> Turn:
    """A turn without a list of parts that are all words."""
    parts = turn.extra.get("parts")
    kinds = ("text", "input_text", "output_text", "step-start")
    if isinstance(parts, list) and all(_inside(one, "type") in kinds for one in parts):
        return Turn(turn.role, turn.content, {k: v for k, v in turn.extra.items() if k != "parts"})
    return turn


def recognise_librechat(row: Row) -> tuple[float, str]:
    said = row.get("messages")
    if _objects(said) and "isCreatedByUser" in said[0]:  # type: ignore[index]
        return 0.97, "has `messages` with `isCreatedByUser`"
    return 0.0, "no `messages` with `isCreatedByUser`"


def read_librechat(row: Row) -> list[Conversation]:
    turns = []
    for number, item in _each(row, "messages"):
        mine = bool(item.get("isCreatedByUser"))
        words = item.get("text")
        if not words and isinstance(item.get("content"), list):
            words = messages.parts_text(item["content"])
        if not isinstance(words, str):
            raise DataError(f"message {number}: field `text` is {kind(words)}, not a string")
        sender = item.get("sender")
        extra = {} if mine or not isinstance(sender, str) else {"name": sender}
        turns.append(Turn("user" if mine else "assistant", words, extra))
    meta = meta_of(row, ("id", "conversationId", "messages"))
    return [conversation(turns, "librechat", source_id(row, "conversationId", "id"), meta)]


def recognise_lmstudio(row: Row) -> tuple[float, str]:
    said = row.get("messages")
    if _objects(said) and all("versions" in one for one in said):  # type: ignore[union-attr]
        return 0.97, "has `messages` of `versions`"
    return 0.0, "no `messages` of `versions`"


def read_lmstudio(row: Row) -> list[Conversation]:
    turns = []
    if isinstance(words := row.get("systemPrompt"), str) and words:
        turns.append(Turn("system", words))
    for number, item in _each(row, "messages"):
        where = f"message {number}: "
        chosen, versions = item.get("currentlySelected", 0), list_of(item.get("versions"))
        if not _objects(versions) or not isinstance(chosen, int) or not chosen < len(versions):
            raise DataError(f"{where}field `versions` has no version {chosen!r}")
        version = versions[chosen]
        parts = version.get("content")
        if isinstance(steps := version.get("steps"), list):
            said = [one for one in steps if _inside(one, "type") == "contentBlock"]
            parts = [part for one in said for part in list_of(one.get("content"))]
        turns.append(
            bare(messages.read_turn({"role": version.get("role"), "content": parts}, where))
        )
    meta = meta_of(row, ("id", "systemPrompt", "messages", "name"))
    if isinstance(name := row.get("name"), str) and name:
        meta["title"] = name
    return [conversation(turns, "lm-studio", source_id(row), meta)]


def recognise_pairs(row: Row) -> tuple[float, str]:
    said = row.get("internal")
    if isinstance(said, list) and said and "visible" in row and isinstance(said[0], list):
        return 0.97, "has `internal` and `visible` pairs"
    return 0.0, "no `internal` and `visible` pairs"


def read_pairs(row: Row) -> list[Conversation]:
    turns = []
    for number, pair in enumerate(items(row, "internal"), 1):
        if not (
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(w, str) for w in pair)
        ):
            raise DataError(f"field `internal`, pair {number}: not a question and an answer")
        if pair[0] and pair[0] != GREETING:
            turns.append(Turn("user", pair[0]))
        if pair[1]:
            turns.append(Turn("assistant", pair[1]))
    meta = meta_of(row, ("id", "internal", "visible"))
    return [conversation(turns, "webui-pairs", source_id(row), meta)]


def recognise_copilot(row: Row) -> tuple[float, str]:
    said = row.get("requests")
    if _objects(said) and "response" in said[0] and "message" in said[0]:  # type: ignore[index]
        return 0.97, "has `requests` of `message` and `response`"
    return 0.0, "no `requests` of `message` and `response`"


def read_copilot(row: Row) -> list[Conversation]:
    turns = []
    for number, item in _each(row, "requests"):
        asked, given = item.get("message"), item.get("response")
        words = asked if isinstance(asked, str) else _inside(item, "message", "text")
        if not isinstance(words, str):
            raise DataError(f"request {number}: field `message` has no `text`")
        turns.append(Turn("user", words))
        said = [_inside(part, "value") for part in list_of(given)]
        if answer := "".join(part for part in said if isinstance(part, str)):
            turns.append(Turn("assistant", answer))
    meta = meta_of(row, ("id", "sessionId", "requests"))
    return [conversation(turns, "copilot", source_id(row, "sessionId", "id"), meta)]


FORMATS = (
    Format("aistudio", "Google AI Studio's saved chats: chunkedPrompt of chunks",
           recognise_aistudio, read_aistudio,
           maps="chunks → turns, systemInstruction → first turn, thoughts → beside the answer"),
    Format("responses", "OpenAI's Responses API: input and output items",
           recognise_responses, read_responses,
           maps="instructions → first turn, input → turns before, output message → answer"),
    Format("librechat", "LibreChat's export: messages of text and isCreatedByUser",
           recognise_librechat, read_librechat,
           maps="isCreatedByUser → role, text → content, sender → beside the turn"),
    Format("lm-studio", "LM Studio's saved chats: messages of versions",
           recognise_lmstudio, read_lmstudio,
           maps="chosen version → turn, steps with content → answer, systemPrompt → first turn"),
    Format("webui-pairs", "text-generation-webui's chats: internal and visible pairs",
           recognise_pairs, read_pairs,
           maps="internal[n] → question and answer; a greeting alone → first answer"),
    Format("copilot", "Copilot Chat in VS Code: requests of message and response",
           recognise_copilot, read_copilot,
           maps="message.text → user, response values → assistant"),
)  # fmt: skip
