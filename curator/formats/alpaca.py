"""Alpaca: `{"instruction", "input", "output"}`, with LLaMA-Factory's `system` and `history`.

The question is instruction, a line break, and input (tatsu-lab/stanford_alpaca; LLaMA-Factory's
data README). A list as `output` holds ranked answers, best first: the first is the turn, the
others are its alternatives, which are not written again: trainers drop such a row.
"""

from collections.abc import Iterator
from typing import Any

from curator.conversation import Conversation, Curated, Turn
from curator.errors import DataError
from curator.formats.base import Format, Plain, Row, kind
from curator.formats.fields import (
    clashes,
    conversation,
    fields_of,
    meta_of,
    optional_text,
    source_id,
    text,
)
from curator.formats.settled import Exchanges, exchanges, meta_lost, settled

KNOWN = ("id", "instruction", "input", "output", "system", "history")


def recognise(row: Row) -> tuple[float, str]:
    if "instruction" not in row or "output" not in row:
        return 0.0, "no `instruction` and `output`"
    if not isinstance(row["instruction"], str | None):
        return 0.0, "`instruction` is no text"
    if isinstance(row["output"], list):
        return 0.9, "has `instruction` and a ranked list `output`"
    extras = [f"`{key}`" for key in ("input", "history", "system") if key in row]
    return 0.9, "has " + ", ".join(["`instruction`", "`output`", *extras])


def read(row: Row) -> list[Conversation]:
    turns = [*context_of(row), question_of(row), answer_of(row)]
    return [conversation(turns, "alpaca", source_id(row), meta_of(row, KNOWN))]


def context_of(row: Row) -> list[Turn]:
    """The turns before the question: `system` and `history`."""
    turns = []
    if system := optional_text(row, "system"):
        turns.append(Turn("system", system))
    history = row.get("history")
    if history is None or history == "":
        return turns
    if not isinstance(history, list):
        raise DataError(f"field `history` is {kind(history)}, not a list of [question, answer]")
    for number, pair in enumerate(history, 1):
        if not (
            isinstance(pair, (list, tuple))
            and len(pair) == 2
            and all(isinstance(words, str) for words in pair)
        ):
            raise DataError(f"field `history`: entry {number} is not [question, answer]")
        turns += [Turn("user", pair[0]), Turn("assistant", pair[1])]
    return turns


def question_of(row: Row) -> Turn:
    """Instruction and input as one user turn that remembers where the input begins."""
    instruction, given = text(row, "instruction"), optional_text(row, "input")
    if not given:
        return Turn("user", instruction)
    words = f"{instruction}\n{given}" if instruction else given
    return Turn("user", words, {"input": given})


def answer_of(row: Row) -> Turn:
    """The output, or the best of a ranked list with the others beside it."""
    output = row.get("output")
    if not isinstance(output, list):
        return Turn("assistant", text(row, "output"))
    if not output or not all(isinstance(answer, str) for answer in output):
        raise DataError("field `output` is a list, but not of answers")
    others = [{"content": words, "rank": rank} for rank, words in enumerate(output[1:], 1)]
    return Turn("assistant", output[0], {"alternatives": others} if others else {})


def asked(turn: Turn) -> tuple[str, str]:
    """Instruction and input of a user turn; the input is "" unless the turn remembers one."""
    given = turn.extra.get("input")
    if isinstance(given, str) and given:
        if turn.content == given:
            return "", given
        if turn.content.endswith("\n" + given):
            return turn.content[: -len(given) - 1], given
    return turn.content, ""


def record(curated: Curated, always: bool, plain: bool = False) -> Iterator[dict[str, Any]]:
    """The one Alpaca record of a chat: its last exchange, the others as history.

    `always` writes system and history even where they are empty, `plain` leaves them out.
    """
    chat = settled(curated)
    found = exchanges(chat)
    if not found.pairs:
        return
    *before, (question, answer) = found.pairs
    instruction, given = asked(question)
    row: dict[str, Any] = {"instruction": instruction, "input": given, "output": answer.content}
    if not plain and (found.system or always):
        row["system"] = found.system
    if not plain and (before or always):
        row["history"] = [[q.content, a.content] for q, a in before]
    yield row if plain else row | fields_of(chat, (*KNOWN, "tools"))


def write(curated: Curated) -> Iterator[dict[str, Any]]:
    yield from record(curated, always=False)


def loses(curated: Curated) -> list[str]:
    chat = settled(curated)
    found = exchanges(chat)
    lost = [*found.lost, *clashes(chat, KNOWN)]
    if not found.system and chat.turns and chat.turns[0].role == "system":
        lost.append("an empty system turn")
    if "tools" in chat.meta:
        lost.append("tools")
    return lost + _extras_lost(chat, found)


def _extras_lost(chat: Conversation, found: Exchanges) -> list[str]:
    """Extras of turns, but for the input of the last question."""
    question = found.pairs[-1][0] if found.pairs else None
    return [
        f"{key} of a turn"
        for turn in chat.turns
        for key, value in turn.extra.items()
        if not (key == "input" and turn is question and asked(turn)[1] == value)
    ]


def write_full(curated: Curated) -> Iterator[dict[str, Any]]:
    yield from record(curated, always=True)


def write_plain(curated: Curated) -> Iterator[dict[str, Any]]:
    yield from record(curated, always=False, plain=True)


def loses_plain(curated: Curated) -> list[str]:
    chat = settled(curated)
    found = exchanges(chat)
    lost = list(found.lost)
    if chat.turns and chat.turns[0].role == "system":
        lost.append("the system turn")
    if len(found.pairs) > 1:
        lost.append("the exchanges before the last")
    return [*lost, *_extras_lost(chat, found), *meta_lost(chat)]


FORMAT = Format(
    "alpaca",
    "Alpaca: instruction, input, output; system and history where there are any",
    recognise,
    read,
    write,
    loses,
    maps="instruction + input → question, output → answer, history → turns before, system → first",
    plain=Plain("output", form="alpaca"),
)
HISTORY = Format(
    "alpaca-history",
    "Alpaca with system and history in every record",
    write=write_full,
    loses=loses,
)
PLAIN = Format(
    "alpaca-plain",
    "Alpaca with exactly instruction, input, output",
    write=write_plain,
    loses=loses_plain,
)
