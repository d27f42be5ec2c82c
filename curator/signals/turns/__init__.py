"""Quality signals on single turns, English and Chinese, each with the reason in words.

To add one: a file with `SIGNALS`, and its entry here. A flag removes nothing; it tells where to
look. What several signals ask of a turn is worked out once (`base.Reading`), and patterns are only
tried where one of their words is in the text, so that the whole set reads thousands of turns a
second.
"""

from collections.abc import Iterator, Sequence

from curator.signals.base import Finding
from curator.signals.turns import (
    arithmetic,
    attack,
    beyond,
    boilerplate,
    circles,
    confounded,
    courtesy,
    damage,
    echo,
    empty,
    format_asked,
    languages,
    length,
    links,
    lists,
    measure,
    merged,
    placeholders,
    private,
    question_form,
    residue,
    structure,
    tone,
    translated,
    typing,
    unfinished,
)
from curator.signals.turns.base import NOTHING, Reading, TurnSignal, read

_ROOMS = (
    empty, structure, residue, length, circles, echo, boilerplate, courtesy, confounded, languages,
    translated, damage, unfinished, lists, format_asked, merged, beyond, question_form,
    placeholders,
    attack, arithmetic, links, private, tone, typing, measure,
)  # fmt: skip
#: In the order of their codes' families.
TURN_SIGNALS: tuple[TurnSignal, ...] = tuple(s for room in _ROOMS for s in room.SIGNALS)


def measured(
    chat: Sequence[Reading], signals: Sequence[TurnSignal] = TURN_SIGNALS
) -> Iterator[tuple[Reading, TurnSignal, Finding]]:
    """What each signal says of each turn that it reads, the unremarkable too."""
    by_role = {
        role: [signal for signal in signals if role in signal.roles]
        for role in ("user", "assistant")
    }
    for turn in chat:
        for signal in by_role.get(turn.role, ()):
            yield turn, signal, signal.look(turn)


def remarkable(
    chat: Sequence[Reading], by_role: dict[str, list[TurnSignal]]
) -> list[tuple[int, TurnSignal, Finding]]:
    """Turn index, signal and finding wherever one is out of the ordinary."""
    noted = []
    for turn in chat:
        for signal in by_role.get(turn.role, ()):
            finding = signal.look(turn)
            if finding is NOTHING:
                continue
            if finding.flagged or (signal.keep is not None and finding.value >= signal.keep):
                noted.append((turn.index, signal, finding))
    return noted


def for_roles(signals: Sequence[TurnSignal]) -> dict[str, list[TurnSignal]]:
    """The signals that read each role's turns."""
    return {role: [s for s in signals if role in s.roles] for role in ("user", "assistant")}


__all__ = ["TURN_SIGNALS", "Reading", "TurnSignal", "for_roles", "measured", "read", "remarkable"]
