"""A chat in one field and its answer in another: requests with their responses, as logs keep them.

`{"input": [messages], "output": text}` under everyday names, and `{"request": {"messages"},
"response": {"choices": [{"message"}]}}` as OpenAI's API is logged (`body` in its batch files). The
other choices of a response are alternatives that nobody ranked.
"""

from collections.abc import Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import messages, sharegpt
from curator.formats.asked import SYSTEMS
from curator.formats.base import Format, Row, kind
from curator.formats.fields import conversation, items, meta_of, source_id, with_tools

CHATS = (
    "input", "inputs", "prompt", "messages", "conversation", "conversations", "context", "history",
    "dialogue",
)  # fmt: skip
ANSWERS = ("output", "response", "answer", "reply", "target", "outputs")
REQUESTS = ("request", "body", "kwargs", "input", "params")
RESPONSES = ("response", "output", "completion", "result")


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
    message = isinstance(value, Mapping) and "role" in value and "content" in value
    return isinstance(value, str) or message


def read(row: Row) -> list[Conversation]:
    chat, answer = _field(row, CHATS, _is_open), _field(row, ANSWERS, _is_answer)
    if not chat or not answer:
        raise DataError("no chat that ends with a question, and an answer beside it")
    turns = _turns(row[chat], chat)
    given = row[answer]
    turns.append(
        Turn("assistant", given)
        if isinstance(given, str)
        else messages.read_turn(given, f"field `{answer}`: ")
    )
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
    said = value.get("messages") if isinstance(value, Mapping) else None
    return isinstance(said, list) and bool(said) and isinstance(said[0], Mapping)


def read_log(row: Row) -> list[Conversation]:
    name = _field(row, REQUESTS, _asks)
    if not name:
        raise DataError("no `request` with `messages`")
    request = row[name]
    turns = messages.turns_of(items(request, "messages"))
    answer = next((key for key in RESPONSES if key != name and row.get(key) is not None), "")
    if answer:
        turns.append(_response(row[answer], answer))
    own = ("id", "custom_id", "method", "url", name, answer)
    more = {k: v for k, v in request.items() if k not in ("messages", "tools")}
    meta = with_tools({**meta_of(row, own), **({"request": more} if more else {})}, request)
    return [conversation(turns, "request-log", source_id(row, "custom_id", "id"), meta)]


def _response(value: Any, key: str) -> Turn:
    """The first answer of a response, the others as its alternatives. Raises `DataError`."""
    if isinstance(value, Mapping) and isinstance(value.get("body"), Mapping):
        value = value["body"]
    if isinstance(value, str):
        return Turn("assistant", value)
    if not isinstance(value, Mapping):
        raise DataError(f"field `{key}` is {kind(value)}, not a response")
    found = value.get("choices")
    choices = found if isinstance(found, list) and found else [value]
    said = [one.get("message", one) if isinstance(one, Mapping) else one for one in choices]
    first, *others = [
        messages.read_turn({"role": "assistant", **one} if isinstance(one, Mapping) else one,
                           f"field `{key}`, choice {number}: ")
        for number, one in enumerate(said, 1)
    ]  # fmt: skip
    if not others:
        return first
    rivals = [{"content": turn.content, "rank": 0, **turn.extra} for turn in others]
    return Turn(first.role, first.content, {**first.extra, "alternatives": rivals})


FORMATS = (
    Format("answered", "a chat in one field and its answer in another, as input and output",
           recognise, read, maps="chat → turns before, output or response → answer"),
    Format("request-log", "logged requests: request (or body) with messages, and response",
           recognise_log, read_log,
           maps="request.messages → turns, response.choices[0] → answer, others → alternatives"),
)  # fmt: skip
