"""Chats that a program writes down turn by turn, one a line: Claude Code and SillyTavern."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import vendors
from curator.formats.apps import bare, list_of
from curator.formats.base import Format, Row
from curator.formats.fields import conversation


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
            plain = [bare(_without(turn, "id", "type", "model", "stop_reason", "usage",
                                   "stop_sequence")) for turn in turns]  # fmt: skip
            yield place, conversation(plain, "claude-code", session)
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
        others = [
            one for one in list_of(row.get("swipes")) if isinstance(one, str) and one != words
        ]
        extra: dict[str, Any] = {"name": row["name"]} if isinstance(row.get("name"), str) else {}
        if others:
            extra["alternatives"] = [{"content": one, "rank": 0} for one in others]
        turns.append(Turn(role, words, extra))  # type: ignore[arg-type]
    if turns:
        yield first, conversation(turns, "silly-tavern")


FORMATS = (
    Format("claude-code", "Claude Code's sessions: type, message, uuid on every line",
           recognise_code, gather=gather_code,
           maps="message → turn, tool_use → tool_calls, tool_result → tool turn; no side chains"),
    Format("silly-tavern", "SillyTavern's chats: name, is_user, mes on every line",
           recognise_tavern, gather=gather_tavern,
           maps="is_user → role, mes → content, other swipes → alternatives"),
)  # fmt: skip
