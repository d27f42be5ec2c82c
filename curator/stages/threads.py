"""Groups of twins as threads of lines: the keeper, each twin under it, and what they share."""

from collections.abc import Sequence

from curator.stages.twinship import Group, Ledger, shared_words
from curator.text import snippet

#: Twins of a group that are listed, and the width of a line.
LISTED, WIDTH = 8, 96


def threads(ledger: Ledger, groups: Sequence[Group]) -> list[str]:
    """The lines that tell a person about these groups."""
    lines = []
    for group in groups:
        shown = group.members[:LISTED]
        places = [group.keeper, *(member.place for member in shown)]
        names = ledger.names(places)
        texts = {place: ledger.telling(text) for place, text in ledger.texts(places).items()}
        held = ", held back" if group.held else ""
        lines += [
            "",
            f"● {short(names[group.keeper])}  kept, {len(group.members)} twins{held}",
            f"  {snippet(texts[group.keeper], WIDTH)}",
        ]
        for member in shown:
            lines += _twin(texts[group.keeper], texts[member.place], member.jaccard,
                           short(names[member.place]))  # fmt: skip
        if len(group.members) > LISTED:
            lines.append(f"  └ … and {len(group.members) - LISTED:,} more")
    return lines


def short(name: str) -> str:
    """A name as it is shown: the first eight characters of an id, and the turn."""
    id_, mark, turn = name.partition("#")
    return f"{id_[:8]}{mark}{turn}"


def why(keeper: str, twin: str, jaccard: float) -> str:
    """Why a text is in its group, in one line."""
    if jaccard == 1.0:
        return "the same words"
    parts = [snippet(part, 40) for part in shared_words(keeper, twin)]
    return "shares " + " · ".join(f"“{part}”" for part in parts if part)


def _twin(keeper: str, twin: str, jaccard: float, name: str) -> list[str]:
    return [
        f"  ├ {jaccard:.2f}  {name}  {snippet(twin, WIDTH - 22)}",
        f"  │       {why(keeper, twin, jaccard)}",
    ]


def as_data(ledger: Ledger, groups: Sequence[Group]) -> list[dict[str, object]]:
    """The same for a program."""
    found: list[dict[str, object]] = []
    for group in groups:
        places = [group.keeper, *(member.place for member in group.members)]
        texts, names = ledger.texts(places), ledger.names(places)
        found.append({
            "keeper": names[group.keeper], "text": texts[group.keeper], "held": group.held,
            "members": [
                {"id": names[m.place], "jaccard": m.jaccard, "text": texts[m.place],
                 "why": why(texts[group.keeper], texts[m.place], m.jaccard)}
                for m in group.members
            ],
        })  # fmt: skip
    return found
