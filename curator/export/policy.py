"""From a curated chat to the examples that leave: what of it, how far, and what is learnt."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from curator.conversation import Conversation, Curated, Settlement, Turn

Included = Literal["settled", "accepted", "edited", "rejected", "untouched"]
After = Literal["cut", "keep", "replay"]
Loss = Literal["auto", "all", "last", "changed"]

VERDICTS = {"accepted": "accept", "edited": "edit", "rejected": "reject"}


class Example(msgspec.Struct, frozen=True):
    """One thing to export: a chat, as far as it is to be told, with the settlements that count.

    `turn` is the settled turn that it is about, -1 where it is about the whole chat.
    """

    curated: Curated
    turn: int = -1


def verdicts_of(include: Sequence[Included], preferences: bool) -> tuple[str, ...]:
    """The verdicts asked for. `settled` means accepted and edited answers; where both sides of a
    decision are data (preferences and labels), rejected rewrites as well."""
    named: set[str] = {name for name in include if name in VERDICTS}
    if "settled" in include:
        named |= {"accepted", "edited"} | ({"rejected"} if preferences else set())
    return tuple(verdict for name, verdict in VERDICTS.items() if name in named)


def examples(
    curated: Curated, verdicts: Sequence[str], after: After, pairs: bool = False
) -> Iterator[Example]:
    """The examples of one chat, in turn order.

    A changed turn makes what follows it an answer to something nobody said. `cut` (and `replay`,
    which adds the user turns that should be asked again) ends the example there, one example for
    each settled turn, with the turns before it as the user saw them. `keep` gives the whole chat
    once, every settled answer in place. A chat of which nothing was settled leaves whole.
    """
    counted = tuple(s for s in curated.settlements if s.verdict in verdicts)
    if not counted:
        if not curated.settlements:
            yield Example(curated)
        return
    chat = curated.conversation
    if after == "keep" and not pairs:
        yield Example(Curated(chat, counted))
        return
    for one in counted:
        told = chat.turns[: one.turn_index + 1]
        meta = chat.meta
        later = [turn.content for turn in chat.turns[len(told) :] if turn.role == "user"]
        # After a rejected rewrite the old answer stands, and so does all that followed.
        if after == "replay" and later and one.chosen != chat.turns[one.turn_index].content:
            meta = {**meta, "replay": later}
        cut = msgspec.structs.replace(chat, turns=told, meta=meta)
        before = tuple(s for s in counted if s.turn_index < one.turn_index)
        kept = (*before, one) if after == "keep" else (one,)
        yield Example(_with_answers(cut, kept) if pairs else Curated(cut, kept), one.turn_index)


def _with_answers(chat: Conversation, settlements: tuple[Settlement, ...]) -> Curated:
    """The chat with all settlements but the last already in place, so that one pair comes of it."""
    from curator.formats.settled import settled

    *before, last = settlements
    bare = settled(Curated(chat, tuple(before))) if before else chat
    # Rivals that came with the file belong to other examples than this one; those of its own turn
    # say what rode along with the settled words, where they are one of them.
    turns = tuple(
        _without(turn, ("label",) if index == last.turn_index else ("label", "alternatives"))
        for index, turn in enumerate(bare.turns)
    )
    return Curated(msgspec.structs.replace(bare, turns=turns), (last,))


def _without(turn: Turn, names: tuple[str, ...]) -> Turn:
    if not any(name in turn.extra for name in names):
        return turn
    return Turn(turn.role, turn.content, {k: v for k, v in turn.extra.items() if k not in names})


def weighed(example: Example, loss: Loss) -> Example:
    """The example with weight 0 on the answers that should not be learnt.

    `auto` learns the settled answer alone where the example is cut at it: the answers before it
    are the ones of somebody's old chat, and would be learnt once per example.
    """
    if loss == "all" or (loss == "auto" and example.turn < 0):
        return example
    chat = example.curated.conversation
    answers = [i for i, turn in enumerate(chat.turns) if turn.role == "assistant"]
    changed = {s.turn_index for s in example.curated.settlements}
    learnt = {
        "last": set(answers[-1:]),
        "changed": changed or set(answers),
        "auto": {example.turn},
    }[loss]
    muted = [i for i in answers if i not in learnt and chat.turns[i].extra.get("weight") != 0]
    if not muted:
        return example
    turns = list(chat.turns)
    for index in muted:
        turn = turns[index]
        turns[index] = Turn(turn.role, turn.content, {**turn.extra, "weight": 0})
    told = msgspec.structs.replace(chat, turns=tuple(turns))
    return msgspec.structs.replace(example, curated=Curated(told, example.curated.settlements))
