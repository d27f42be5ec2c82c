"""What the room of near twins shows: groups, what is open, what a person has done. No terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from curator.stages.twinship import STEPS, Cut, Group, Ledger, Member, Tally

if TYPE_CHECKING:
    from curator.tui.ink import Row

#: How far a key moves the threshold, and from where to where.
STEP, LEAST, MOST = 0.05, STEPS[0], STEPS[-1]
#: The same for a cosine of meaning; what is kept begins at the model's own floor.
COSINE_STEP = 0.01


#: Characters of texts that are kept, so that what was read is there when the list changes.
REMEMBERED = 2_000_000


class Line(NamedTuple):
    """One line of the list: a group, a twin of it, or a row of the two texts side by side."""

    group: Group
    member: Member | None = None
    row: "Row | None" = None

    @property
    def place(self) -> int:
        """The text that the line is about."""
        return self.group.keeper if self.member is None else self.member.place


class TwinDesk:
    """One unit's groups at a threshold, as lines."""

    def __init__(self, ledger: Ledger, cut: Cut) -> None:
        self.ledger = ledger
        self.cut = cut
        self.groups: list[Group] = []
        #: `ord`s that went out of sight here; places whose texts lie open.
        self.gone: set[int] = set()
        self._open: set[int] = set()
        self._sides: dict[int, tuple[Row, ...]] = {}
        self._said: dict[int, tuple[str, str]] = {}
        self.regroup()

    def regroup(self) -> None:
        """Group anew at the threshold; what was open is closed."""
        self.groups = self.ledger.at(self.cut)
        self._open.clear()
        self._sides.clear()

    def said(self, places: Iterable[int]) -> tuple[dict[int, str], dict[int, str]]:
        """What stands at each place, and what it is called; read once. (May be asked by several
        threads: none changes what another holds.)"""
        known, wanted = self._said, sorted(set(places))
        if missing := [place for place in wanted if place not in known]:
            texts, names = self.ledger.texts(missing), self.ledger.names(missing)
            if sum(len(text) for text, _ in known.values()) > REMEMBERED:
                known = {place: known[place] for place in wanted if place in known}
            self._said = known = {**known, **{p: (texts[p], names[p]) for p in missing}}
        return {p: known[p][0] for p in wanted}, {p: known[p][1] for p in wanted}

    @property
    def threshold(self) -> float:
        """The Jaccard of words that makes a twin."""
        return self.cut.words

    def slide(self, steps: int) -> bool:
        """Move the threshold of words; whether it moved."""
        moved = round(min(max(self.cut.words + steps * STEP, LEAST), MOST), 2)
        return self._moved(self.cut._replace(words=moved))

    def slide_meaning(self, steps: int) -> bool:
        """Move the cosine of meaning; whether it moved. Where only words counted, meaning does
        from now on."""
        meant = self.ledger.meant
        if meant is None:
            return False
        if self.cut.meaning is None:
            return self._moved(self.cut._replace(meaning=meant.usual))
        moved = min(max(self.cut.meaning + steps * COSINE_STEP, meant.floor), MOST)
        return self._moved(self.cut._replace(meaning=round(moved, 3)))

    def switch_meaning(self) -> bool:
        """Let meaning count beside words, or words alone; whether there is meaning to count."""
        if self.ledger.meant is None:
            return False
        usual = self.ledger.meant.usual
        return self._moved(self.cut._replace(meaning=usual if self.cut.meaning is None else None))

    def _moved(self, cut: Cut) -> bool:
        if cut == self.cut:
            return False
        self.cut = cut
        self.regroup()
        return True

    def tallies(self) -> list[Tally]:
        """The numbers here, one step below and one above."""
        steps = (self.threshold - STEP, self.threshold, self.threshold + STEP)
        return [
            self.ledger.tally(self.cut._replace(words=round(s, 2)))
            for s in steps
            if LEAST <= round(s, 2) <= MOST
        ]

    def by_meaning(self) -> int:
        """How many twins only meaning finds."""
        words = self.ledger.tally(self.cut._replace(meaning=None))
        return self.ledger.tally(self.cut).twins - words.twins

    def lines(self) -> tuple[Line, ...]:
        """The list, with what is open."""
        found = []
        for group in self.groups:
            found.append(Line(group))
            if group.keeper not in self._open:
                continue
            for member in group.members:
                found.append(Line(group, member))
                found += [Line(group, member, row) for row in self._sides.get(member.place, ())]
        return tuple(found)

    def is_open(self, line: Line) -> bool:
        """Whether what is under the line is shown."""
        return line.place in (self._open if line.member is None else self._sides)

    def open(self, line: Line, rows: "tuple[Row, ...]" = ()) -> None:
        """Show a group's twins, or the rows of a twin beside its keeper."""
        if line.member is None:
            self._open.add(line.place)
        else:
            self._sides[line.place] = rows

    def close(self, line: Line) -> None:
        """Fold what is under the line."""
        if line.member is not None:
            self._sides.pop(line.place, None)
            return
        self._open.discard(line.place)
        for member in line.group.members:
            self._sides.pop(member.place, None)

    def removable(self, line: Line | None) -> list[int]:
        """The `ord`s that may go: of a twin's chat, of a group's, or with None of all groups. A
        twin that is named goes even from a heap that is held back."""
        if line is None:
            return [o for o in self.ledger.removable(self.groups) if o not in self.gone]
        members = line.group.members if line.member is None else (line.member,)
        group = line.group._replace(members=members, held=False)
        if self.ledger.unit in ("first-user-turn", "chat"):
            return [o for o in self.ledger.removable([group]) if o not in self.gone]
        # Of a chat with several answers all must be twins.
        near = {int(self.ledger.ords[member.place]) for member in members}
        free = [other._replace(held=False) if other == line.group else other
                for other in self.groups]  # fmt: skip
        return [o for o in self.ledger.removable(free) if o in near and o not in self.gone]

    def ords(self, line: Line) -> list[int]:
        """The `ord`s that a line is about."""
        places = [m.place for m in line.group.members] if line.member is None else [line.place]
        return sorted({int(self.ledger.ords[place]) for place in places})

    def is_gone(self, place: int) -> bool:
        """Whether the text went out of sight here."""
        return int(self.ledger.ords[place]) in self.gone

    def is_spared(self, place: int) -> bool:
        """Whether a person wants it kept."""
        return self.ledger.place_of(place) in self.ledger.spared
