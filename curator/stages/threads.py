"""Groups of twins as threads of lines: the keeper, each twin under it, and what they share."""

from collections.abc import Sequence

from curator.stages.twinship import WORDS, Group, Ledger, Member, shared_words
from curator.text import snippet
from curator.wording import several

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
            f"● {short(names[group.keeper])}  kept, {several(len(group.members), 'twin')}{held}",
            f"  {snippet(texts[group.keeper], WIDTH)}",
        ]
        for member in shown:
            lines += _twin(texts[group.keeper], texts[member.place], member,
                           short(names[member.place]))  # fmt: skip
        if len(group.members) > LISTED:
            lines.append(f"  └ … and {len(group.members) - LISTED:,} more")
    return lines


def short(name: str) -> str:
    """A name as it is shown: the first eight characters of an id, and the turn."""
    id_, mark, turn = name.partition("#")
    return f"{id_[:8]}{mark}{turn}"


def likeness(member: Member) -> str:
    """How like its keeper a text is, and by what: "words 0.71", "meaning 0.93"."""
    return f"{member.kind} {member.likeness:.2f}"


def least_of(group: Group) -> str:
    """The least likeness in a group, of each kind that made it: "≥0.71", "meaning ≥0.93"."""
    least: dict[str, float] = {}
    for member in group.members:
        least[member.kind] = min(member.likeness, least.get(member.kind, 1.0))
    return ", ".join(
        f"{'' if kind == WORDS else f'{kind} '}{'=' if one == 1 else '≥'}{one:.2f}"
        for kind, one in least.items()
    )


def why(keeper: str, twin: str, member: Member) -> str:
    """Why a text is in its group, in one line."""
    if member.kind == WORDS and member.likeness == 1.0:
        return "the same words"
    parts = [snippet(part, 40) for part in shared_words(keeper, twin)]
    shared = "shares " + " · ".join(f"“{part}”" for part in parts if part)
    return shared if any(parts) else "no words in common"


def _twin(keeper: str, twin: str, member: Member, name: str) -> list[str]:
    return [
        f"  ├ {likeness(member)}  {name}  {snippet(twin, WIDTH - 29)}",
        f"  │       {why(keeper, twin, member)}",
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
                {"id": names[m.place], "kind": m.kind, "likeness": m.likeness,
                 **({"jaccard": m.likeness} if m.kind == WORDS else {}),
                 "text": texts[m.place], "why": why(texts[group.keeper], texts[m.place], m)}
                for m in group.members
            ],
        })  # fmt: skip
    return found
