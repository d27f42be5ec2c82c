"""Which answers are probably wrong: those with the most, and the gravest, flags of error."""

from typing import NamedTuple

from curator.signals.catalogue import CATALOGUE
from curator.store import Store

#: What a flag speaks for an error, by severity; flags of style and of privacy speak for none.
WEIGHT = {"grave": 4.0, "warning": 2.0, "hint": 0.5}
#: A sum that is wrong is wrong; the others only make it likely.
CERTAIN = ("A01", "A02", "A03", "A04")
NOT_ERRORS = ("P", "Y", "X", "G", "S04", "S05", "S06", "B07", "B08", "B10", "B11", "L05")


class Suspect(NamedTuple):
    """An answer that is probably wrong, and why."""

    conversation_id: str
    turn_index: int
    weight: float
    signals: list[str]
    note: str
    text: str


def suspects(store: Store, limit: int) -> list[Suspect]:
    """The answers with the heaviest flags, heaviest first; a low score of the judge counts as much
    as a wrong sum."""
    weight = {
        one.name: 8.0 if one.code in CERTAIN else WEIGHT[one.severity]
        for one in CATALOGUE
        if "answer" in one.on and not one.code.startswith(NOT_ERRORS)
    }
    weight |= {"judge": 8.0, "ifd": 2.0}
    return [
        Suspect(id_, index, total, names.split("\n"), notes.split("\n")[0], text[:120])
        for id_, index, total, names, notes, text in store.turn_signals.weights(weight, limit)
    ]
