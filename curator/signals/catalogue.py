"""All signals in one table: those on rewrites (gates) and those on turns, by code and by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from curator.signals import GATES, Gate
from curator.signals.turns import TURN_SIGNALS, TurnSignal
from curator.signals.turns.base import Severity

_SEVERE: dict[str, Severity] = {
    "leak": "grave", "injection": "grave", "emptied": "grave", "refusal": "grave",
    "role-confusion": "grave", "meta-talk": "grave", "unchanged": "hint", "length-ratio": "hint",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A signal as people see it: `on` says what it reads."""

    code: str
    name: str
    severity: Severity
    on: str
    about: str
    when: str
    unit: str


def _gate(place: int, gate: Gate) -> Entry:
    severity = _SEVERE.get(gate.name, "warning")
    about = f"On a rewrite: {gate.about}."
    return Entry(f"G{place:02d}", gate.name, severity, "rewrite", about, gate.when, gate.unit)


def _turn(signal: TurnSignal) -> Entry:
    on = "question or answer" if len(signal.roles) > 1 else _READS[signal.roles[0]]
    return Entry(
        signal.code, signal.name, signal.severity, on, signal.about, signal.when, signal.unit
    )


_READS = {"user": "question", "assistant": "answer"}
#: Gates first, then turn signals by family.
CATALOGUE: tuple[Entry, ...] = (
    *(_gate(place, gate) for place, gate in enumerate(GATES, 1)),
    *map(_turn, TURN_SIGNALS),
)
_BY_WORD = {word.lower(): entry for entry in CATALOGUE for word in (entry.code, entry.name)}


def entry(word: str) -> Entry | None:
    """The signal of a code or a name, or None."""
    return _BY_WORD.get(word.lower())


def words() -> Sequence[str]:
    """Every code and name that `entry` knows."""
    return tuple(_BY_WORD)


def markdown() -> str:
    """The table of all signals, as `docs/signals.md` holds it."""
    lines = [
        "| code | signal | severity | reads | what it says | flags |",
        "|---|---|---|---|---|---|",
    ]
    for e in CATALOGUE:
        cells = (e.code, e.name, e.severity, e.on, e.about, e.when)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)
