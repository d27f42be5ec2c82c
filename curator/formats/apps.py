"""Chats as programs that people talk in keep them, and as OpenAI's Responses API is logged.

Google AI Studio, LibreChat, LM Studio, text-generation-webui, Copilot Chat in VS Code: one file (or
record) a chat. Claude Code and SillyTavern write one turn a line.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import messages, vendors
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
    for number, chunk in enumerate(items(row["chunkedPrompt"], "chunks"), 1):
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
    for key, said in (
        ("input", asked if isinstance(asked, list) else []),
        ("output", row["output"]),
    ):
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
        yield _bare(messages.read_turn({k: v for k, v in item.items() if k not in own}, where))


def _bare(turn: Turn) -> Turn:
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
    for number, item in enumerate(items(row, "messages"), 1):
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
    for number, item in enumerate(items(row, "messages"), 1):
        where = f"message {number}: "
        chosen, versions = item.get("currentlySelected", 0), item.get("versions")
        if not _objects(versions) or not isinstance(chosen, int) or not chosen < len(versions):
            raise DataError(f"{where}field `versions` has no version {chosen!r}")
        version = versions[chosen]
        parts = version.get("content")
        if isinstance(steps := version.get("steps"), list):
            parts = [p for s in steps if _inside(s, "type") == "contentBlock" for p in s["content"]]
        turns.append(
            _bare(messages.read_turn({"role": version.get("role"), "content": parts}, where))
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
    for number, item in enumerate(items(row, "requests"), 1):
        asked, given = item.get("message"), item.get("response")
        words = asked if isinstance(asked, str) else _inside(item, "message", "text")
        if not isinstance(words, str):
            raise DataError(f"request {number}: field `message` has no `text`")
        turns.append(Turn("user", words))
        said = [_inside(part, "value") for part in given] if isinstance(given, list) else []
        if answer := "".join(part for part in said if isinstance(part, str)):
            turns.append(Turn("assistant", answer))
    meta = meta_of(row, ("id", "sessionId", "requests"))
    return [conversation(turns, "copilot", source_id(row, "sessionId", "id"), meta)]


def recognise_code(row: Row) -> tuple[float, str]:
    if "uuid" in row and "sessionId" in row and isinstance(row.get("message"), Mapping):
        return 0.97, "has a `message` with `uuid` and `sessionId` in each row"
    if row.keys() >= {"type", "summary", "leafUuid"}:
        return 0.9, "has the `summary` of a session"
    return 0.0, "no `message` with `uuid` and `sessionId`"


def gather_code(rows: Iterable[tuple[Any, Row]]) -> Iterator[tuple[Any, Conversation | DataError]]:
    """One chat for each session, in the order of the file; what agents said among themselves is
    refused. Lines that are no message tell of the session and are no turns."""
    chats: dict[str, tuple[Any, list[Row]]] = {}
    for place, row in rows:
        if row.get("isSidechain"):
            yield place, DataError("a side chain: agents among themselves")
        elif isinstance(row.get("message"), Mapping):
            said = chats.setdefault(str(row.get("sessionId")), (place, []))[1]
            said[-1:] = _whole(said[-1:], row["message"])
    for session, (place, said) in chats.items():
        try:
            turns = vendors.read_anthropic({"messages": said})[0].turns
            bare = [_bare(_without(turn, "id", "type", "model", "stop_reason", "usage",
                                   "stop_sequence")) for turn in turns]  # fmt: skip
            yield place, conversation(bare, "claude-code", session)
        except DataError as error:
            yield place, error


def _whole(before: list[Row], message: Row) -> list[Row]:
    """The message behind the one before it, or both as one: each block of an answer has a line."""
    same = before and message.get("id") is not None and before[0].get("id") == message["id"]
    blocks = [one.get("content") for one in (*before, message)]
    if same and all(isinstance(one, list) for one in blocks):
        return [{**before[0], "content": [*blocks[0], *blocks[1]]}]  # type: ignore[misc]
    return [*before, message]


def _without(turn: Turn, *names: str) -> Turn:
    return Turn(turn.role, turn.content, {k: v for k, v in turn.extra.items() if k not in names})


def recognise_tavern(row: Row) -> tuple[float, str]:
    if "is_user" in row and isinstance(row.get("mes"), str):
        return 0.97, "has `is_user` and `mes` in each row"
    if row.keys() >= {"user_name", "character_name"}:
        return 0.9, "begins as SillyTavern's chats do"
    return 0.0, "no `is_user` and `mes`"


def gather_tavern(
    rows: Iterable[tuple[Any, Row]],
) -> Iterator[tuple[Any, Conversation | DataError]]:
    """All lines as one chat; the first line of a file tells of the chat and is no turn."""
    turns: list[Turn] = []
    first: Any = None
    for place, row in rows:
        first = place if first is None else first
        if not isinstance(words := row.get("mes"), str):
            continue
        role = "user" if row.get("is_user") else "system" if row.get("is_system") else "assistant"
        others = [one for one in row.get("swipes") or [] if isinstance(one, str) and one != words]
        extra: dict[str, Any] = {"name": row["name"]} if isinstance(row.get("name"), str) else {}
        if others:
            extra["alternatives"] = [{"content": one, "rank": 0} for one in others]
        turns.append(Turn(role, words, extra))  # type: ignore[arg-type]
    if turns:
        yield first, conversation(turns, "silly-tavern")


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
    Format("claude-code", "Claude Code's sessions: type, message, uuid on every line",
           recognise_code, gather=gather_code,
           maps="message → turn, tool_use → tool_calls, tool_result → tool turn; no side chains"),
    Format("silly-tavern", "SillyTavern's chats: name, is_user, mes on every line",
           recognise_tavern, gather=gather_tavern,
           maps="is_user → role, mes → content, other swipes → alternatives"),
)  # fmt: skip
