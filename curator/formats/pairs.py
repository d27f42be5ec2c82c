"""What preference data is made of: a context, the answer to prefer, and the one to avoid."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from curator.conversation import Conversation, Curated, Settlement, Turn
from curator.formats.settled import OF_AN_ALTERNATIVE, answered, settled


class Pair(NamedTuple):
    """Two ways to go on after `context`; each is one assistant turn, seldom more.

    `criticism` says what was wrong with the rejected answer, where somebody wrote it down.
    """

    context: tuple[Turn, ...]
    chosen: tuple[Turn, ...]
    rejected: tuple[Turn, ...]
    chat: Conversation
    criticism: str = ""


class Label(NamedTuple):
    """One answer with a thumb up or down."""

    context: tuple[Turn, ...]
    answer: Turn
    desired: bool
    chat: Conversation


def pairs(curated: Curated) -> list[Pair]:
    """The pairs of a chat, in turn order: from settled rewrites, chosen against the other text,
    and from alternatives that came with the file, the better one first (none of equal rank)."""
    chat = settled(curated)
    by_turn = {s.turn_index: s for s in curated.settlements}
    found = []
    for index, turn in enumerate(chat.turns):
        # An answer to nothing teaches no preference.
        if turn.role != "assistant" or not index:
            continue
        before = chat.turns[:index]
        settlement = by_turn.get(index)
        if settlement is None:
            found += [
                Pair(before, *sides, chat, str(turn.extra.get("criticism", "")))
                for sides in _alternatives(chat, index)
            ]
        else:
            old = curated.conversation.turns[index]
            # It was said of the old answer, which stands where the rewrite was rejected.
            criticism = "" if settlement.verdict == "reject" else settlement.criticism
            found += [
                Pair(before, (without_rivals(turn),), (other,), chat, criticism)
                for other in _refused(old, settlement)
            ]
    return found


def labels(curated: Curated) -> list[Label]:
    """Answers with a label: a settled rewrite (accepted or edited up, rejected down), and turns
    whose label came with the file."""
    chat = settled(curated)
    by_turn = {s.turn_index: s for s in curated.settlements}
    found = []
    for index, turn in enumerate(chat.turns):
        if turn.role != "assistant" or not index:
            continue
        settlement = by_turn.get(index)
        before = chat.turns[:index]
        if settlement is None:
            if isinstance(turn.extra.get("label"), bool):
                found.append(Label(before, without_label(turn), turn.extra["label"], chat))
        elif settlement.verdict == "reject":
            old = curated.conversation.turns[index]
            found += [Label(before, other, False, chat) for other in _refused(old, settlement)]
        elif settlement.verdict in ("accept", "edit"):
            found.append(Label(before, without_label(without_rivals(turn)), True, chat))
    return found


def _refused(old: Turn, settlement: Settlement) -> list[Turn]:
    """The answers that a settled one is preferred to, with what rode along with each."""
    return [without_rivals(answered(old, text)) for text in settlement.refused]


def without_rivals(turn: Turn) -> Turn:
    """The turn without the answers it competes with."""
    return _without(turn, ("alternatives", "criticism"))


def without_label(turn: Turn) -> Turn:
    """The turn without its thumb."""
    return _without(turn, ("label",))


def _without(turn: Turn, names: tuple[str, ...]) -> Turn:
    if not any(name in turn.extra for name in names):
        return turn
    return Turn(turn.role, turn.content, {k: v for k, v in turn.extra.items() if k not in names})


def _alternatives(
    chat: Conversation, index: int
) -> list[tuple[tuple[Turn, ...], tuple[Turn, ...]]]:
    turn = chat.turns[index]
    others = turn.extra.get("alternatives")
    if not isinstance(others, list):
        return []
    sides = []
    for other in others:
        if not isinstance(other, Mapping) or not isinstance(other.get("content"), str):
            continue
        if other.get("rank") == 0 or other["content"] == turn.content:
            continue
        then = other.get("turns")
        rest = chat.turns[index + 1 :] if isinstance(then, list) else ()
        here, there = (without_rivals(turn), *rest), (_turn(other), *_turns(then))
        sides.append((there, here) if _is_better(other) else (here, there))
    return sides


def _is_better(other: Mapping[str, Any]) -> bool:
    """Whether the file calls another answer better than the one that stands."""
    rank = other.get("rank")
    return isinstance(rank, int) and rank < 0


def _turn(other: Mapping[str, Any]) -> Turn:
    extra = {k: v for k, v in other.items() if k not in OF_AN_ALTERNATIVE}
    return Turn("assistant", other["content"], extra)


def _turns(then: Any) -> tuple[Turn, ...]:
    from curator.formats.messages import turns_of

    return tuple(turns_of(then)) if isinstance(then, list) else ()


def rival(turns: tuple[Turn, ...], rank: int = 1) -> dict[str, Any]:
    """An answer as an alternative of another, with the turns that follow it, if any do."""
    from curator.formats.messages import write_turn

    first, *rest = turns
    then = {"turns": [write_turn(turn) for turn in rest]} if rest else {}
    return {"content": first.content, "rank": rank, **first.extra, **then}
