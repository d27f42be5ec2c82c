"""What can be wrong with the order of a chat's turns, and how each is put right."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from curator.conversation import Conversation, Role, Turn
from curator.formats.messages import parts_text

Turns = tuple[Turn, ...]

#: What is true of one turn alone: an answer that has it is not made a part of another.
OF_ONE = frozenset(("alternatives", "criticism", "label"))
#: Marks that begin another speaker's words inside one turn: a transcript that was not split.
MARKS = (
    "\nHuman:", "\nUser:", "\nAssistant:", "\n[|Human|]", "<|im_start|>", "### Human:",
    "\n用户：", "\n人类：",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One way to be out of order: which turns, and the turns without it."""

    name: str
    about: str
    find: Callable[[Turns], tuple[int, ...]]
    mend: Callable[[Turns], Turns]


def says_something(turn: Turn) -> bool:
    """Whether a turn holds words, calls a tool, or has parts such as a picture."""
    return bool(turn.content.strip()) or bool(turn.extra)


def _empty(turns: Turns) -> tuple[int, ...]:
    return tuple(i for i, turn in enumerate(turns) if not says_something(turn))


def _leading(turns: Turns) -> tuple[int, ...]:
    """Assistant and tool turns before the first user turn. Answers without any question (a file
    of a model's answers) are no chat that lost its beginning."""
    first = next((index for index, turn in enumerate(turns) if turn.role == "user"), 0)
    return tuple(index for index in range(first) if turns[index].role != "system")


def _trailing(turns: Turns) -> tuple[int, ...]:
    end = len(turns)
    while end and turns[end - 1].role == "user":
        end -= 1
    # A prompt alone (a preference row, an evaluation question) is no chat that broke off.
    return tuple(range(end, len(turns))) if any(t.role == "assistant" for t in turns) else ()


def _doubled(turns: Turns) -> tuple[int, ...]:
    return tuple(
        index
        for index in range(1, len(turns))
        if turns[index].role == turns[index - 1].role and turns[index].role in ("user", "assistant")
    )


def _confused(turns: Turns) -> tuple[int, ...]:
    return tuple(
        index
        for index, turn in enumerate(turns)
        if turn.role == "assistant" and any(mark in turn.content for mark in MARKS)
    )


def _dropping(find: Callable[[Turns], tuple[int, ...]]) -> Callable[[Turns], Turns]:
    def mend(turns: Turns) -> Turns:
        bad = set(find(turns))
        return tuple(turn for index, turn in enumerate(turns) if index not in bad)

    return mend


def _merged(turns: Turns) -> Turns:
    merged: list[Turn] = []
    doubled = set(_doubled(turns))
    for index, turn in enumerate(turns):
        both = _as_one(merged[-1], turn) if index in doubled else None
        merged[-1:] = [both] if both else [*merged[-1:], turn]
    return tuple(merged)


def _as_one(one: Turn, two: Turn) -> Turn | None:
    """Two turns of one speaker as one; None where what rides along would be lost or untrue."""
    extra = {**one.extra, **two.extra}
    if not OF_ONE.isdisjoint(extra):
        return None
    text = "\n\n".join(text for text in (one.content, two.content) if text)
    for key in one.extra.keys() & two.extra.keys() | extra.keys() & {"parts"}:
        if key == "parts":
            extra[key] = parts = _parts(one) + _parts(two)
            text = parts_text(parts)
        elif key == "reasoning":
            extra[key] = f"{one.extra[key]}\n\n{two.extra[key]}"
        elif key == "tool_calls" and all(isinstance(t.extra[key], list) for t in (one, two)):
            extra[key] = [*one.extra[key], *two.extra[key]]
        elif key != "input" and one.extra[key] != two.extra[key]:
            return None
    return Turn(one.role, text, extra)


def _parts(turn: Turn) -> list[Any]:
    parts = turn.extra.get("parts")
    if isinstance(parts, list):
        return parts
    return [{"type": "text", "text": turn.content}] if turn.content else []


def _cut(turns: Turns) -> Turns:
    bad = set(_confused(turns))
    return tuple(
        msgspec.structs.replace(turn, content=_before_marks(turn.content)) if i in bad else turn
        for i, turn in enumerate(turns)
    )


def _before_marks(text: str) -> str:
    return text[: min(at for mark in MARKS if (at := text.find(mark)) >= 0)].rstrip()


#: In the order in which they are mended: what one leaves behind, a later one sees.
FAULTS: tuple[Fault, ...] = (
    Fault("role-confusion", "an answer goes on with another speaker's words", _confused, _cut),
    Fault("empty-turn", "a turn says nothing", _empty, _dropping(_empty)),
    Fault("leading-assistant", "the model speaks first", _leading, _dropping(_leading)),
    Fault("doubled-role", "one speaker twice in a row", _doubled, _merged),
    Fault("trailing-user", "the last question has no answer", _trailing, _dropping(_trailing)),
)
NAMES = tuple(fault.name for fault in FAULTS)


def faults_of(conversation: Conversation) -> tuple[str, ...]:
    """The names of what is out of order in a chat."""
    turns = conversation.turns
    if not _suspicious(turns):
        return ()
    return tuple(fault.name for fault in FAULTS if fault.find(turns))


def _suspicious(turns: Turns) -> bool:
    """Whether a chat needs the full look: false for nearly all, at a fifth of the price."""
    if not in_turn(tuple([turn.role for turn in turns])):
        return True
    texts = [turn.content for turn in turns]
    if not all([text and not text.isspace() for text in texts]):  # noqa: C419 (twice as fast)
        return True
    whole = "\n".join(texts)
    return any([mark in whole for mark in MARKS])  # noqa: C419


@lru_cache(maxsize=10_000)
def in_turn(roles: tuple[Role, ...]) -> bool:
    """Whether the order of speakers alone has no fault."""
    turns = tuple(Turn(role, "x") for role in roles)
    return not (_leading(turns) or _doubled(turns) or _trailing(turns))


def mended(conversation: Conversation, kinds: tuple[str, ...] = NAMES) -> Conversation:
    """The chat with the faults called `kinds` put right; itself where there was none. It may be
    left without turns."""
    turns = conversation.turns
    for fault in FAULTS:
        if fault.name in kinds and fault.find(turns):
            turns = fault.mend(turns)
    if turns == conversation.turns:
        return conversation
    return msgspec.structs.replace(conversation, turns=turns)
