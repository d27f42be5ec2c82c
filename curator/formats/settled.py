"""A curated conversation as the chat that should be learnt from, and as plain exchanges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from curator.conversation import Conversation, Curated, Turn

#: What rides along with an answer and is no longer true of another answer in its place.
OF_THE_OLD_ANSWER = (
    "parts", "reasoning", "alternatives", "criticism", "input", "label", "logprobs",
)  # fmt: skip
#: What an alternative says of itself as one of several; all else rides along with its words.
OF_AN_ALTERNATIVE = ("content", "rank", "turns", "score", "replies", "message_id")
#: What belongs to a turn whatever is said in it.
OF_THE_TURN = ("name", "weight")


def settled(curated: Curated) -> Conversation:
    """The conversation with every settled answer in its place."""
    changed = {
        s.turn_index: s.chosen
        for s in curated.settlements
        if s.chosen != curated.conversation.turns[s.turn_index].content
    }
    if not changed:
        return curated.conversation
    turns = tuple(
        answered(turn, changed[index]) if index in changed else turn
        for index, turn in enumerate(curated.conversation.turns)
    )
    return msgspec.structs.replace(curated.conversation, turns=turns)


def answered(turn: Turn, content: str) -> Turn:
    """The turn saying `content` instead, without what belonged to the old words only; with what
    rode along with these words, where they came with the file as another answer."""
    if content == turn.content:
        return turn
    if (own := _rode_along(turn, content)) is not None:
        kept = {k: v for k, v in turn.extra.items() if k in OF_THE_TURN}
        return Turn(turn.role, content, {**kept, **own})
    extra = {k: v for k, v in turn.extra.items() if k not in OF_THE_OLD_ANSWER}
    return Turn(turn.role, content, extra)


def _rode_along(turn: Turn, content: str) -> dict[str, Any] | None:
    others = turn.extra.get("alternatives")
    for other in others if isinstance(others, list) else ():
        if isinstance(other, Mapping) and other.get("content") == content:
            return {k: v for k, v in other.items() if k not in OF_AN_ALTERNATIVE}
    return None


@dataclass(frozen=True)
class Exchanges:
    """Question and answer pairs, the system text before them, and what did not fit, in words."""

    system: str
    pairs: tuple[tuple[Turn, Turn], ...]
    lost: tuple[str, ...]


def exchanges(conversation: Conversation) -> Exchanges:
    """The pairs of a chat, for layouts that know nothing but questions and answers.

    Doubled turns of one role are joined by a blank line, a leading answer and a trailing question
    are left out, and a chat with tool turns has no pairs: each is named in `lost`.
    """
    turns = list(conversation.turns)
    lost: list[str] = []
    if any(t.role == "tool" or "tool_calls" in t.extra for t in turns):
        return Exchanges("", (), ("the whole chat: it calls tools",))
    system = ""
    if turns and turns[0].role == "system":
        system = turns.pop(0).content
    if any(t.role == "system" for t in turns):
        lost.append("system turns in mid-chat")
    joined: list[Turn] = []
    for turn in turns:
        if turn.role == "system":
            continue
        if joined and joined[-1].role == turn.role:
            both = f"{joined[-1].content}\n\n{turn.content}"
            joined[-1] = Turn(turn.role, both, joined[-1].extra | turn.extra)
            lost.append("the border between doubled turns")
        else:
            joined.append(turn)
    if joined and joined[0].role == "assistant":
        joined.pop(0)
        lost.append("the leading answer")
    if joined and joined[-1].role == "user":
        joined.pop()
        lost.append("the trailing question")
    if not joined:
        lost.append("the whole chat: it has no question with an answer")
    return Exchanges(system, tuple(zip(joined[::2], joined[1::2], strict=True)), tuple(lost))


def extras_lost(conversation: Conversation, held: tuple[str, ...] = ()) -> list[str]:
    """Names of the per-turn extras that a layout holding only `held` leaves out."""
    names = dict.fromkeys(
        key for turn in conversation.turns for key in turn.extra if key not in held
    )
    return [f"{name} of a turn" for name in names]


def meta_lost(conversation: Conversation, held: tuple[str, ...] = ()) -> list[str]:
    """Names of the meta fields that a layout holding only `held` leaves out."""
    return [f"field {name}" for name in conversation.meta if name not in held]
