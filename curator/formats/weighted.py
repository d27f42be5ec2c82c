"""Chats that say turn by turn what carries loss: LLaMA-Factory's new engine and Axolotl.

OpenAI's `weight` is in `messages` itself. LLaMA-Factory v1 wants `loss_weight` and content as
parts on every message; Axolotl reads a true or false `train` (its `message_field_training`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Curated, Turn
from curator.errors import DataError
from curator.formats import messages
from curator.formats.base import Format, Row
from curator.formats.fields import (
    clashes,
    conversation,
    fields_of,
    items,
    meta_of,
    source_id,
    tools_of,
    with_tools,
)
from curator.formats.settled import settled

FIELDS = {"train": "messages-train", "loss_weight": "llamafactory-v1"}


def _recognise(row: Row, field: str) -> tuple[float, str]:
    turns = row.get("messages")
    if isinstance(turns, list) and any(isinstance(t, Mapping) and field in t for t in turns):
        return 0.96, f"has `messages` with `{field}`"
    return 0.0, f"no `messages` with `{field}`"


def recognise_train(row: Row) -> tuple[float, str]:
    return _recognise(row, "train")


def recognise_v1(row: Row) -> tuple[float, str]:
    return _recognise(row, "loss_weight")


def _read(row: Row, field: str) -> list[Conversation]:
    turns = []
    for item, turn in zip(
        items(row, "messages"), messages.turns_of(items(row, "messages")), strict=True
    ):
        extra = {k: v for k, v in turn.extra.items() if k != field}
        learned = item.get(field)
        if learned is not None and not isinstance(learned, (bool, int, float)):
            raise DataError(f"field `{field}` of a turn is no number and not true or false")
        if field == "loss_weight" and _plain(extra.get("parts")):
            del extra["parts"]
        if turn.role == "assistant" and learned is not None and not learned:
            extra["weight"] = 0
        turns.append(Turn(turn.role, turn.content, extra))
    meta = with_tools(meta_of(row, messages.KNOWN), row)
    return [conversation(turns, FIELDS[field], source_id(row), meta)]


def _plain(parts: Any) -> bool:
    return (
        isinstance(parts, list)
        and len(parts) == 1
        and (isinstance(parts[0], Mapping) and parts[0].keys() == {"type", "value"})
    )


def read_train(row: Row) -> list[Conversation]:
    return _read(row, "train")


def read_v1(row: Row) -> list[Conversation]:
    return _read(row, "loss_weight")


def learned(turn: Turn) -> bool:
    """Whether a turn carries loss: an answer that nobody gave the weight 0."""
    return turn.role == "assistant" and turn.extra.get("weight") != 0


def write_train(curated: Curated) -> Iterator[dict[str, Any]]:
    chat = settled(curated)
    yield _row(chat, [{**_bare(turn), "train": learned(turn)} for turn in chat.turns])


def write_v1(curated: Curated) -> Iterator[dict[str, Any]]:
    chat = settled(curated)
    said = []
    for turn in chat.turns:
        message = _bare(turn)
        if isinstance(message["content"], str):
            message["content"] = [{"type": "text", "value": message["content"]}]
        said.append({**message, "loss_weight": 1.0 if learned(turn) else 0.0})
    yield _row(chat, said)


def _bare(turn: Turn) -> dict[str, Any]:
    message = messages.write_turn(turn)
    message.pop("weight", None)
    return message


def _row(chat: Conversation, said: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **({"id": chat.origin.source_id} if chat.origin.source_id else {}),
        "messages": said,
        **tools_of(chat),
        **fields_of(chat, messages.KNOWN),
    }


def loses(curated: Curated) -> list[str]:
    chat = settled(curated)
    own = ("role", "content", *FIELDS)
    lost = [f"{key} of a turn" for turn in chat.turns for key in turn.extra if key in own]
    for turn in chat.turns:
        weight = turn.extra.get("weight", 0)
        if turn.role != "assistant" and "weight" in turn.extra:
            lost.append("weight of a turn that is no answer")
        elif weight != 0 or isinstance(weight, (bool, float)):
            lost.append("weight of a turn other than 0")
        if _plain(turn.extra.get("parts")):
            lost.append("parts of a turn")
    return [*clashes(chat, messages.KNOWN), *lost]


TRAIN = Format(
    "messages-train", "Messages with `train` on every turn, for Axolotl",
    recognise_train, read_train, write_train, loses,
    maps="role → role, content → content, train false → weight 0",
)  # fmt: skip
V1 = Format(
    "llamafactory-v1", "LLaMA-Factory's new engine: parts and `loss_weight` on every turn",
    recognise_v1, read_v1, write_v1, loses,
    maps="role → role, content parts → content, loss_weight 0 → weight 0",
)  # fmt: skip
