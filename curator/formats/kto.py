"""KTO data: one answer and whether it is desired.

TRL `{"prompt", "completion", "label"}` and LLaMA-Factory `{"messages", "label"}` (any of the names
label and kto_tag). The label rides with the last assistant turn.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from curator.conversation import Conversation, Curated, Turn
from curator.errors import DataError
from curator.formats import alpaca, messages, sharegpt
from curator.formats.base import Format, Row, kind
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
from curator.formats.pairs import labels
from curator.formats.preference import context_of, side_of
from curator.formats.settled import settled

LABELS = ("label", "kto_tag")
WRITTEN = {"true": True, "false": False, "1": True, "0": False}
KNOWN = ("id", "tools", "prompt", "completion", "messages", "conversations", "system", *LABELS)
KNOWN_ALPACA = (*alpaca.KNOWN, *LABELS)


def label_of(row: Row) -> bool:
    """The row's label; raises `DataError` where it is no true or false (a string would be read as
    true by every trainer)."""
    key = next((name for name in LABELS if name in row), "label")
    value = row.get(key)
    if isinstance(value, bool):
        return value
    if value in (0, 1) and isinstance(value, int | float):
        return bool(value)
    # A table holds nothing but text.
    if isinstance(value, str) and value.strip().lower() in WRITTEN:
        return WRITTEN[value.strip().lower()]
    raise DataError(f"field `{key}` is {kind(value)}, not true or false")


def read(row: Row, name: str) -> list[Conversation]:
    if "completion" in row:
        turns = [*context_of(row), *side_of(row, "completion")]
    elif "instruction" in row:
        turns = [*alpaca.context_of(row), alpaca.question_of(row), alpaca.answer_of(row)]
    elif isinstance(row.get("conversations"), list):
        turns = sharegpt.turns_of(row)
    else:
        turns = messages.turns_of(items(row, "messages"))
    last = turns[-1] if turns else None
    if last is None or last.role != "assistant":
        raise DataError("the last turn is no answer that a label could belong to")
    turns[-1] = Turn(last.role, last.content, {**last.extra, "label": label_of(row)})
    known = KNOWN_ALPACA if "instruction" in row else KNOWN
    return [conversation(turns, name, source_id(row), with_tools(meta_of(row, known), row))]


def recognise_trl(row: Row) -> tuple[float, str]:
    if "prompt" in row and "completion" in row and any(name in row for name in LABELS):
        return 0.98, "has `prompt`, `completion`, `label`"
    return 0.0, "no `prompt`, `completion`, `label`"


def recognise_chat(row: Row) -> tuple[float, str]:
    chat = next((k for k in ("messages", "conversations") if isinstance(row.get(k), list)), None)
    if "instruction" in row and isinstance(row.get("output"), str):
        chat = "instruction"
    label = next((k for k in LABELS if _says(row.get(k))), None)
    if chat and label:
        return 0.97, f"has `{chat}` and a true or false `{label}`"
    return 0.0, "no chat with a true or false label"


def _says(value: Any) -> bool:
    written = isinstance(value, str) and value.strip().lower() in ("true", "false")
    return isinstance(value, bool) or written


def write_trl(curated: Curated) -> Iterator[dict[str, Any]]:
    for label in labels(curated):
        yield {
            "prompt": [messages.write_turn(turn) for turn in label.context],
            "completion": [messages.write_turn(label.answer)],
            "label": label.desired,
            **_more(label.chat),
        }


def write_chat(curated: Curated) -> Iterator[dict[str, Any]]:
    for label in labels(curated):
        yield {
            "messages": [messages.write_turn(t) for t in (*label.context, label.answer)],
            "label": label.desired,
            **_more(label.chat),
        }


def _more(chat: Conversation) -> Mapping[str, Any]:
    return {**tools_of(chat), **fields_of(chat, KNOWN)}


def loses(curated: Curated) -> list[str]:
    chat = settled(curated)
    found = labels(curated)
    if not found:
        return ["the whole chat: nobody said whether an answer in it is desired"]
    lost = clashes(chat, KNOWN)
    if len(found) > 1:
        lost.append("that its labelled answers are one chat")
    if len(found[-1].context) + 1 < len(chat.turns):
        lost.append("the turns after the last label")
    own = [f"{k} of a turn" for t in chat.turns for k in t.extra if k in ("role", "content")]
    return [*lost, *own]


TRL = Format(
    "kto-trl", "TRL KTO: prompt, completion as message lists, label",
    recognise_trl, partial(read, name="kto-trl"), write_trl, loses,
    maps="prompt → turns before, completion → answer, label → label of the answer",
    teaches="labels",
)  # fmt: skip
LLAMAFACTORY = Format(
    "kto-llamafactory", "LLaMA-Factory KTO: messages and label",
    recognise_chat, partial(read, name="kto-llamafactory"), write_chat, loses,
    maps="messages → turns, label or kto_tag → label of the last answer",
    teaches="labels",
)  # fmt: skip
