"""A chat in one field and its answer in another: requests with their responses, as logs keep them.

`{"input": [messages], "output": text}` under everyday names, and `{"request": {"messages"},
"response": {"choices": [{"message"}]}}` as OpenAI's API is logged (`body` in its batch files). The
other choices of a response are alternatives that nobody ranked.
"""

from collections.abc import Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import messages, sharegpt, vendors
from curator.formats.asked import SYSTEMS
from curator.formats.base import Format, Row, kind
from curator.formats.fields import conversation, meta_of, source_id, with_tools

CHATS = (
    "input", "inputs", "prompt", "messages", "conversation", "conversations", "context", "history",
    "dialogue",
)  # fmt: skip
ANSWERS = ("output", "response", "answer", "reply", "target", "outputs", "ideal")
REQUESTS = (
    "request", "body", "request_body", "requestBody", "kwargs", "input", "inputs", "params",
)  # fmt: skip
RESPONSES = (
    "response", "response_body", "responseBody", "output", "outputs", "completion", "result",
    "message",
)  # fmt: skip


def recognise(row: Row) -> tuple[float, str]:
    chat, answer = _field(row, CHATS, _is_open), _field(row, ANSWERS, _is_answer)
    if chat and answer:
        return 0.96, f"has a chat `{chat}` and its answer `{answer}`"
    return 0.0, "no chat with its answer beside it"


def _field(row: Row, names: tuple[str, ...], test: Any) -> str:
    return next((name for name in names if test(row.get(name))), "")


def _is_open(value: Any) -> bool:
    """Whether a value is a chat that waits for an answer."""
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return False
    last = str(value[-1].get("role", value[-1].get("from", ""))).lower() if value else ""
    return last in ("user", "human", "tool", "observation", "function")


def _is_answer(value: Any) -> bool:
    if isinstance(value, Mapping):
        return ("role" in value and "content" in value) or isinstance(value.get("choices"), list)
    return isinstance(value, str)


def read(row: Row) -> list[Conversation]:
    chat, answer = _field(row, CHATS, _is_open), _field(row, ANSWERS, _is_answer)
    if not chat or not answer:
        raise DataError("no chat that ends with a question, and an answer beside it")
    turns = _turns(row[chat], chat)
    turns.append(_response(row[answer], answer))
    system = next((name for name in SYSTEMS if isinstance(row.get(name), str)), "system")
    if words := row.get(system):
        if turns[0].role == "system" and not turns[0].content:
            turns.pop(0)
        turns.insert(0, Turn("system", words))
    meta = with_tools(meta_of(row, ("id", "tools", system, chat, answer)), row)
    return [conversation(turns, "answered", source_id(row), meta)]


def _turns(said: list[Any], key: str) -> list[Turn]:
    if "from" in said[0]:
        return [sharegpt.read_turn(item, number) for number, item in enumerate(said, 1)]
    return messages.turns_of(said, f"field `{key}`, turn")


def recognise_log(row: Row) -> tuple[float, str]:
    if name := _field(row, REQUESTS, _asks):
        return 0.97, f"has a logged `{name}` with `messages`"
    return 0.0, "no logged request"


def _asks(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(_list_of(value))


def _list_of(request: Row) -> str:
    """The field of a request that holds its messages; Gemini's are `contents`."""
    for name in ("messages", "contents"):
        said = request.get(name)
        if isinstance(said, list) and said and isinstance(said[0], Mapping):
            return name
    return ""


def read_log(row: Row) -> list[Conversation]:
    name = _field(row, REQUESTS, _asks)
    if not name:
        raise DataError("no `request` with `messages`")
    request = row[name]
    said = _list_of(request)
    reader = vendors.read_gemini if said == "contents" else vendors.read_anthropic
    turns = list(reader(request)[0].turns)
    answer = next((key for key in RESPONSES if key != name and row.get(key) is not None), "")
    if answer:
        turns.append(_response(row[answer], answer))
    own = ("id", "custom_id", "method", "url", name, answer)
    more = {k: v for k, v in request.items() if k not in (said, *_READ)}
    meta = with_tools({**meta_of(row, own), **({"request": more} if more else {})}, request)
    return [conversation(turns, "request-log", source_id(row, "custom_id", "id"), meta)]


#: What is read of a request besides its messages.
_READ = ("tools", "system", "systemInstruction", "system_instruction")


def _response(value: Any, key: str) -> Turn:
    """The first answer of a response, the others as its alternatives. Raises `DataError`."""
    if isinstance(value, Mapping) and isinstance(value.get("body"), Mapping):
        value = value["body"]
    if isinstance(value, str):
        return Turn("assistant", value)
    if not isinstance(value, Mapping):
        raise DataError(f"field `{key}` is {kind(value)}, not a response")
    found = value.get("choices", value.get("candidates"))
    choices = found if isinstance(found, list) and found else [value]
    said = [one.get("message", one) if isinstance(one, Mapping) else one for one in choices]
    first, *others = [
        _choice(one, f"field `{key}`, choice {number}: ")
        for number, one in enumerate(said, 1)
    ]  # fmt: skip
    if not others:
        return first
    rivals = [{"content": turn.content, "rank": 0, **turn.extra} for turn in others]
    return Turn(first.role, first.content, {**first.extra, "alternatives": rivals})


def _choice(said: Any, where: str) -> Turn:
    """One answer of a response: OpenAI's, Anthropic's or Gemini's."""
    if not isinstance(said, Mapping):
        return messages.read_turn(said, where)
    inner = said.get("content")
    if isinstance(inner, Mapping) and "parts" in inner:
        return vendors.read_gemini({"contents": [{"role": "model", **inner}]})[0].turns[0]
    if isinstance(inner, list):
        return vendors.read_anthropic({"messages": [{"role": "assistant", **said}]})[0].turns[-1]
    return messages.read_turn({"role": "assistant", **said}, where)


FORMATS = (
    Format("answered", "a chat in one field and its answer in another, as input and output",
           recognise, read, maps="chat → turns before, output or response → answer"),
    Format("request-log", "logged requests: request (or body) with messages, and response",
           recognise_log, read_log,
           maps="request.messages → turns, response.choices[0] → answer, others → alternatives"),
)  # fmt: skip
