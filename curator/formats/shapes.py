"""Writing preference data: each trainer's shape of one pair, and what a shape cannot hold."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from curator.conversation import Conversation, Curated, Turn
from curator.errors import DataError
from curator.formats import alpaca, messages, sharegpt
from curator.formats.base import Row
from curator.formats.fields import fields_of, tools_of
from curator.formats.pairs import Pair, pairs, rival
from curator.formats.settled import exchanges, settled

SIDES = (
    ("chosen", "rejected"),
    ("chosen_response", "rejected_response"),
    ("preferred_output", "non_preferred_output"),
    ("chosen_messages", "rejected_messages"),
)
CONTEXTS = ("prompt", "question", "instruction", "conversations", "messages", "input")
KNOWN = (
    "id", "prompt_id", "tools", "system", "history", "rejected_response",
    *CONTEXTS, *(name for names in SIDES for name in names),
)  # fmt: skip


def _said(turns: tuple[Turn, ...]) -> list[dict[str, Any]]:
    return [messages.write_turn(turn) for turn in turns]


def _more(pair: Pair, taken: tuple[str, ...]) -> dict[str, Any]:
    return {**tools_of(pair.chat), **fields_of(pair.chat, (*taken, *KNOWN))}


def explicit(pair: Pair) -> dict[str, Any]:
    return {
        "prompt": _said(pair.context),
        "chosen": _said(pair.chosen),
        "rejected": _said(pair.rejected),
        **_more(pair, ()),
    }


def implicit(pair: Pair) -> dict[str, Any]:
    return {
        "chosen": _said((*pair.context, *pair.chosen)),
        "rejected": _said((*pair.context, *pair.rejected)),
        **_more(pair, ()),
    }


def text(pair: Pair) -> dict[str, Any] | None:
    if len(pair.context) != 1 or pair.context[0].role != "user" or not _single(pair):
        return None
    return {
        "prompt": pair.context[0].content,
        "chosen": pair.chosen[0].content,
        "rejected": pair.rejected[0].content,
        **_more(pair, ()),
    }


def llamafactory(pair: Pair) -> dict[str, Any] | None:
    if not _single(pair):
        return None
    return {
        "conversations": [sharegpt.write_turn(turn) for turn in pair.context],
        "chosen": sharegpt.write_turn(pair.chosen[0]),
        "rejected": sharegpt.write_turn(pair.rejected[0]),
        **_more(pair, ()),
    }


def llamafactory_alpaca(pair: Pair) -> dict[str, Any] | None:
    before = exchanges(Conversation((*pair.context, pair.chosen[0]), pair.chat.origin))
    if not before.pairs or not _single(pair):
        return None
    *history, (question, _) = before.pairs
    instruction, given = alpaca.asked(question)
    return {
        "instruction": instruction,
        "input": given,
        "chosen": pair.chosen[0].content,
        "rejected": pair.rejected[0].content,
        **({"system": before.system} if before.system else {}),
        **({"history": [[q.content, a.content] for q, a in history]} if history else {}),
        **_more(pair, ()),
    }


def axolotl(pair: Pair) -> dict[str, Any] | None:
    if not _single(pair):
        return None
    return {
        "messages": _said(pair.context),
        "chosen": messages.write_turn(pair.chosen[0]),
        "rejected": messages.write_turn(pair.rejected[0]),
        **_more(pair, ()),
    }


def openai(pair: Pair) -> dict[str, Any]:
    """With no field that OpenAI's upload refuses."""
    inner = pair.chat.meta.get("input")
    given = {**pair.chat.meta, **(inner if isinstance(inner, Mapping) else {})}
    return {
        "input": {
            "messages": _known(pair.context),
            **{key: given[key] for key in messages.OF_A_ROW[1:] if key in given},
        },
        "preferred_output": _known(pair.chosen),
        "non_preferred_output": _known(pair.rejected),
    }


def _known(turns: tuple[Turn, ...]) -> list[dict[str, Any]]:
    return [{k: said[k] for k in messages.OF_A_MESSAGE if k in said} for said in _said(turns)]


def swift(pair: Pair) -> dict[str, Any] | None:
    if not _single(pair):
        return None
    return {
        "messages": _said((*pair.context, *pair.chosen)),
        "rejected_response": pair.rejected[0].content,
        **_more(pair, ()),
    }


def _single(pair: Pair) -> bool:
    return len(pair.chosen) == len(pair.rejected) == 1


Shape = Callable[[Pair], dict[str, Any] | None]


def write(curated: Curated, shape: Shape) -> Iterator[dict[str, Any]]:
    for pair in pairs(curated):
        row = shape(pair)
        if row is not None:
            yield row


def loses(curated: Curated, shape: Shape, reads: Callable[[Row], list[Conversation]]) -> list[str]:
    """What cannot be held, found by reading the row again and comparing."""
    chat = settled(curated)
    found = pairs(curated)
    if not found:
        return ["the whole chat: no answer in it is preferred to another"]
    last = max(len(pair.context) + len(pair.chosen) for pair in found)
    lost = ["the turns after the last pair"] if last < len(chat.turns) else []
    if len(found) > 1:
        return [*lost, "that its pairs belong to one chat"]
    rows = list(write(curated, shape))
    if not rows:
        return ["the whole chat: the layout holds one question and two answers only"]
    try:
        (again,) = reads(rows[0])
    except DataError as error:
        return [f"the whole chat: {error}"]
    if again.turns != (_pivot(found[0]) if curated.settlements else chat.turns):
        lost.append("how its turns are divided, or what rides along with them")
    names = dict.fromkeys((*chat.meta, *again.meta))
    return lost + [f"field {n}" for n in names if again.meta.get(n) != chat.meta.get(n)]


def _pivot(pair: Pair) -> tuple[Turn, ...]:
    """The turns that a pair is read as."""
    first, *rest = pair.chosen
    turn = Turn(first.role, first.content, {**first.extra, "alternatives": [rival(pair.rejected)]})
    return (*pair.context, turn, *rest)
