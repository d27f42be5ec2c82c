"""Preference data: one context, a chosen and a rejected answer, in every trainer's shape.

TRL explicit and implicit, LLaMA-Factory (ShareGPT, Alpaca and its new engine), Axolotl, OpenAI and
swift. The chosen answer becomes the turn, the rejected one its alternative of rank 1.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import takewhile
from typing import Any

from curator.conversation import Conversation, Role, Turn
from curator.errors import DataError
from curator.formats import alpaca, messages, shapes, sharegpt
from curator.formats.base import Format, Row, kind
from curator.formats.fields import (
    conversation,
    items,
    meta_of,
    optional_text,
    source_id,
    text,
    with_tools,
)
from curator.formats.pairs import rival
from curator.formats.shapes import KNOWN, SIDES, Shape, loses, write

TRANSCRIPT = re.compile(r"(?:^|\n\n)\s*(Human|Assistant):")
OPEN = re.compile(r"\n\n\s*Assistant:\s*$")
SPOKEN: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}


def sides_of(row: Row) -> tuple[str, str] | None:
    """The names of the two answers' fields, or None where the row has no such fields."""
    for names in SIDES:
        if all(name in row for name in names):
            return names
    return None


def read(row: Row, name: str) -> list[Conversation]:
    """The chat of a preference row; raises `DataError` naming the field that is broken."""
    names = sides_of(row)
    if names is None:
        raise DataError("no `chosen` and `rejected` answers")
    context = context_of(row)
    chosen, rejected = (side_of(row, side) for side in names)
    context, chosen, rejected = parted(context, chosen, rejected)
    if not chosen or not rejected:
        raise DataError(f"field `{names[1 if chosen else 0]}` adds no answer to the prompt")
    first = chosen[0]
    turn = Turn(first.role, first.content, {**first.extra, "alternatives": [rival(rejected)]})
    inner = row["input"] if isinstance(row.get("input"), Mapping) else {}
    meta = with_tools(meta_of(row, KNOWN), {**inner, **row})
    if more := {key: inner[key] for key in inner if key not in ("messages", "tools")}:
        meta["input"] = more
    row_id = source_id(row, "id", "prompt_id")
    return [conversation([*context, turn, *chosen[1:]], name, row_id, meta)]


def context_of(row: Row) -> tuple[Turn, ...]:
    """The turns before the two answers, from whichever fields hold them."""
    if isinstance(row.get("conversations"), list):
        return tuple(sharegpt.turns_of(row))
    if isinstance(row.get("messages"), list):
        return tuple(messages.turns_of(items(row, "messages")))
    if isinstance(row.get("input"), Mapping):
        return tuple(messages.turns_of(items(row["input"], "messages"), "input turn"))
    if isinstance(row.get("prompt"), list):
        return tuple(messages.turns_of(items(row, "prompt"), "prompt turn"))
    before = alpaca.context_of(row)
    if "instruction" in row:
        return (*before, alpaca.question_of(row))
    for key in ("prompt", "question", "input"):
        if key in row:
            return (*before, *_prompt(optional_text(row, key)))
    return tuple(before)


def _prompt(words: str) -> list[Turn]:
    """A prompt, or the chat before the answer where it is a transcript that ends with a mark."""
    marks = [mark[1] for mark in TRANSCRIPT.finditer(words)]
    if marks[:1] == ["Human"] and OPEN.search(words) and TRANSCRIPT.match(words):
        said = [Turn(SPOKEN[who], text) for who, text in _marked(words)]
        return said[:-1] if said[-1].role == "assistant" and not said[-1].content else said
    return [Turn("user", words)]


def side_of(row: Row, key: str) -> tuple[Turn, ...]:
    """An answer field as turns: a string, one message, or a list of messages."""
    value = row[key]
    if isinstance(value, str):
        return (Turn("assistant", value),)
    if isinstance(value, Mapping):
        return (_message(value, f"field `{key}`: "),)
    if isinstance(value, list):
        return tuple(
            _message(item, f"field `{key}`, turn {n}: ") for n, item in enumerate(value, 1)
        )
    raise DataError(f"field `{key}` is {kind(value)}, not an answer")


def _message(item: Any, where: str) -> Turn:
    if isinstance(item, Mapping) and "from" in item:
        return sharegpt.read_turn(item, 1)
    return messages.read_turn(item, where)


def parted(
    context: tuple[Turn, ...], chosen: tuple[Turn, ...], rejected: tuple[Turn, ...]
) -> tuple[tuple[Turn, ...], tuple[Turn, ...], tuple[Turn, ...]]:
    """Context and the two endings, where both lists repeat the context or nothing names it."""
    shared = sum(
        1 for _ in takewhile(lambda both: both[0] == both[1], zip(chosen, rejected, strict=False))
    )
    if shared and chosen[0].role != "assistant":
        if shared == min(len(chosen), len(rejected)):
            shared -= 1
        spoken, chosen, rejected = chosen[:shared], chosen[shared:], rejected[shared:]
        context = spoken if _ends_alike(context, spoken) or not context else (*context, *spoken)
    return context, chosen, rejected


def _ends_alike(context: tuple[Turn, ...], spoken: tuple[Turn, ...]) -> bool:
    said = [turn.content for turn in context if turn.role == "user"]
    return bool(said) and said[-1] in [turn.content for turn in spoken if turn.role == "user"]


# in -----------------------------------------------------------------------------------------------


def _has(row: Row, *names: str) -> bool:
    return all(name in row for name in names)


def _is_messages(value: Any, key: str = "role") -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, Mapping) and key in item for item in value)
    )


def _is_explicit(row: Row) -> bool:
    return _is_messages(row.get("prompt")) and _is_messages(row.get("chosen"))


def _is_implicit(row: Row) -> bool:
    return _is_messages(row.get("chosen")) and _is_messages(row.get("rejected"))


def _is_text(row: Row) -> bool:
    asked = any(isinstance(row.get(key), str) for key in ("prompt", "question", "input"))
    return asked and "instruction" not in row and isinstance(row.get("chosen"), str)


def _is_sharegpt(row: Row) -> bool:
    return isinstance(row.get("conversations"), list) and _has(row, "chosen", "rejected")


def _is_alpaca(row: Row) -> bool:
    return "instruction" in row and sides_of(row) is not None


def _is_axolotl(row: Row) -> bool:
    return isinstance(row.get("messages"), list) and isinstance(row.get("chosen"), Mapping)


def _is_openai(row: Row) -> bool:
    return _has(row, "input", "preferred_output", "non_preferred_output")


def _is_v1(row: Row) -> bool:
    return _has(row, "chosen_messages", "rejected_messages")


def _is_transcripts(row: Row) -> bool:
    sides = (row.get("chosen"), row.get("rejected"))
    return len(row) < 8 and all(isinstance(s, str) and TRANSCRIPT.match(s) for s in sides)


def _is_swift(row: Row) -> bool:
    return _has(row, "messages", "rejected_response")


def _recognise(row: Row, test: Callable[[Row], bool], why: str) -> tuple[float, str]:
    return (0.98, f"has {why}") if test(row) else (0.0, f"lacks {why}")


def read_swift(row: Row, name: str) -> list[Conversation]:
    *context, answer = messages.turns_of(items(row, "messages"))
    other = Turn("assistant", optional_text(row, "rejected_response"))
    turn = Turn(answer.role, answer.content, {**answer.extra, "alternatives": [rival((other,))]})
    meta = with_tools(meta_of(row, KNOWN), row)
    return [conversation([*context, turn], name, source_id(row), meta)]


def read_transcripts(row: Row) -> list[Conversation]:
    """Two transcripts that part at the last answer (Anthropic's HH-RLHF)."""
    spoken = {side: _spoken(row, side) for side in ("chosen", "rejected")}
    if any(not turns for turns in spoken.values()):
        raise DataError("`chosen` or `rejected` has no Human: and Assistant: marks")
    return read({**row, **spoken}, "hh-rlhf")


def _spoken(row: Row, side: str) -> list[dict[str, Any]]:
    return [{"role": SPOKEN[who], "content": said} for who, said in _marked(text(row, side))]


def _marked(words: str) -> list[tuple[str, str]]:
    """Who says what in a transcript."""
    marks = list(TRANSCRIPT.finditer(words))
    ends = [*(mark.start() for mark in marks[1:]), len(words)][: len(marks)]
    return [
        (mark[1], words[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=True)
    ]


def _format(
    name: str, about: str, test: Callable[[Row], bool], shape: Shape | None, why: str
) -> Format:
    reads = partial(read_swift if name == "dpo-swift" else read, name=name)
    return Format(
        name,
        about,
        partial(_recognise, test=test, why=why),
        reads,
        partial(write, shape=shape) if shape else None,
        partial(loses, shape=shape, reads=reads) if shape else None,
        maps="prompt → turns before, chosen → answer, rejected → alternative of rank 1",
        teaches="pairs",
    )


FORMATS = (
    _format("dpo-trl", "TRL preferences: prompt, chosen, rejected as message lists",
            _is_explicit, shapes.explicit, "message lists `prompt`, `chosen`, `rejected`"),
    _format("dpo-trl-implicit", "TRL preferences: chosen and rejected, each the whole chat",
            _is_implicit, shapes.implicit, "message lists `chosen`, `rejected`"),
    _format("dpo-trl-text", "TRL preferences: prompt, chosen, rejected as strings",
            _is_text, shapes.text, "strings `prompt`, `chosen`, `rejected`"),
    _format("dpo-llamafactory", "LLaMA-Factory preferences, ShareGPT shape",
            _is_sharegpt, shapes.llamafactory, "`conversations`, `chosen`, `rejected`"),
    _format("dpo-llamafactory-alpaca", "LLaMA-Factory preferences, Alpaca shape",
            _is_alpaca, shapes.llamafactory_alpaca, "`instruction`, `chosen`, `rejected`"),
    _format("dpo-axolotl", "Axolotl preferences: messages and two single answers",
            _is_axolotl, shapes.axolotl, "`messages` and single messages `chosen`, `rejected`"),
    _format("dpo-openai", "OpenAI preferences: input, preferred and non-preferred output",
            _is_openai, shapes.openai, "`input`, `preferred_output`, `non_preferred_output`"),
    _format("dpo-llamafactory-v1", "LLaMA-Factory's new engine: chosen and rejected messages",
            _is_v1, None, "`chosen_messages`, `rejected_messages`"),
    Format("hh-rlhf", "HH-RLHF: chosen and rejected, each a transcript with Human: and Assistant:",
           partial(_recognise, test=_is_transcripts, why="transcripts `chosen` and `rejected`"),
           read_transcripts, teaches="pairs",
           maps="what both begin with → turns before, chosen → answer, rejected → alternative"),
    _format("dpo-swift", "swift preferences: messages and rejected_response",
            _is_swift, shapes.swift, "`messages` and `rejected_response`"),
)  # fmt: skip
