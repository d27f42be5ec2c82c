"""Looking at every row with the trainers' eyes before it is written."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from curator.export.glance import Glances
from curator.export.lengths import Lengths
from curator.export.trainers import EFFECTS, Finding, Rules, Seen, Sight, Trainer, told
from curator.export.trainers.base import Told

_NUMBER = re.compile(r"\d[\d,]*")


#: Fields that some trainer or `told` looks at.
_TELLING = {
    "messages", "conversations", "data", "text", "system", "history", "prompt", "completion",
    "instruction", "input", "output", "chosen", "rejected", "label", "tools", "preferred_output",
    "non_preferred_output",
}  # fmt: skip


class Place(NamedTuple):
    """Where a row will stand, and the chat's number in the workspace, which orders all rows."""

    file: str
    number: int
    ord: int = 0


class Check:
    """One trainer's opinion of the rows of one file."""

    def __init__(
        self, trainer: Trainer, layout: str, lengths: Lengths | None, limit: int | None
    ) -> None:
        self.trainer = trainer
        self.rules = Rules(layout, limit or trainer.limit, lengths)
        self.seen = Seen(layout, kinds={})
        #: How many rows each (effect, reason without its numbers) befell.
        self.tally: Counter[tuple[str, str]] = Counter()
        self._form: list[Any] = []
        self._examples: dict[tuple[str, str], tuple[Place, str]] = {}

    def row(self, seen: Told, place: Place) -> list[Finding]:
        """What would befall one row, worst first."""
        self.seen.rows += 1
        self._note(seen.row)
        try:
            found = list(self.trainer.inspect(seen, self.rules))
        except ValueError as error:
            found = [Finding("error", f"the chat template refuses it: {error}", "chat template")]
        return self._counted(found, place)

    def glance(self, seen: Glances) -> tuple[list[Sight], Any]:
        """What `row` would find in many rows, worst first, and which of them it must read."""
        found, unread = self.trainer.glance(seen, self.rules)
        return sorted(found, key=lambda sight: EFFECTS.index(sight.effect)), unread

    def count(self, sights: Sequence[Sight], rows: int, place: Callable[[int], Place]) -> None:
        """Take note of so many rows that were not read, and of what was found in them; `place`
        tells where one of them stands."""
        self.seen.rows += rows
        dropped: set[int] = set()
        for sight in sights:
            if not len(sight.rows):
                continue
            if sight.effect == "dropped":
                dropped.update(sight.rows.tolist())
            first = sight.finding(0)
            key = (first.effect, _NUMBER.sub("n", first.why))
            self.tally[key] += len(sight.rows)
            self._show(key, place(int(sight.rows[0])), first.why)
        self.seen.dropped += len(dropped)

    def note(self, row: Mapping[str, Any]) -> None:
        """Take note of the types of a row that is not read, with one message for all."""
        self._note(row)

    def _counted(self, found: list[Finding], place: Place) -> list[Finding]:
        if not found:
            return found
        if len(found) > 1:
            found.sort(key=lambda finding: EFFECTS.index(finding.effect))
        self.seen.dropped += any(finding.effect == "dropped" for finding in found)
        for finding in found:
            key = (finding.effect, _NUMBER.sub("n", finding.why))
            self.tally[key] += 1
            self._show(key, place, finding.why)
        return found

    def _show(self, key: tuple[str, str], place: Place, why: str) -> None:
        """Keep the first example of each."""
        there = self._examples.get(key)
        if there is None or place.ord < there[0].ord:
            self._examples[key] = place, why

    def whole(self) -> list[Finding]:
        """What would befall the file."""
        found = []
        if self.seen.layout not in self.trainer.reads:
            why = f"{self.trainer.about} does not read {self.seen.layout}"
            others = ", ".join(sorted(self.trainer.reads))
            found.append(Finding("error", f"{why}; it reads {others}", "the trainer's loaders"))
        return [*found, *self.trainer.whole(self.seen)]

    def table(self) -> Iterator[tuple[str, str, int, str, str]]:
        """Trainer, effect, rows, an example's place and its reason; worst first."""
        for finding in self.whole():
            yield self.trainer.name, finding.effect, self.seen.rows, "the file", finding.why

        def rank(item: tuple[tuple[str, str], int]) -> tuple[int, int, str]:
            (effect, why), count = item
            return EFFECTS.index(effect), -count, why

        for key, count in sorted(self.tally.items(), key=rank):
            place, why = self._examples[key]
            yield self.trainer.name, key[0], count, f"{place.file}:{place.number}", why

    @property
    def refused(self) -> int:
        """Rows that would be dropped or stop the trainer, and refusals of the whole file."""
        return sum(n for (effect, _), n in self.tally.items() if effect in ("error", "dropped")) + (
            sum(finding.effect == "error" for finding in self.whole())
        )

    def _note(self, row: Mapping[str, Any]) -> None:
        if isinstance(row.get("label"), bool):
            self.seen.desired += row["label"]
            self.seen.undesired += not row["label"]
        kinds = self.seen.kinds
        # Most rows have the types of the row before: then there is nothing new to note.
        form = _form(row)
        if kinds is None or form == self._form:
            return
        self._form = form
        for field, kind in _kinds(row):
            kinds.setdefault(field, set()).add(kind)


def look(
    checks: Sequence[Check], row: Mapping[str, Any], place: Place
) -> Iterator[tuple[Check, Finding]]:
    """What all trainers would do to one row."""
    if not checks:
        return
    seen = told(row)
    for check in checks:
        for finding in check.row(seen, place):
            yield check, finding


def finding_row(check: Check, finding: Finding, place: Place, source: str) -> dict[str, Any]:
    """A line of `check.jsonl`."""
    return {
        "file": place.file,
        "row": place.number,
        "source": source,
        "trainer": check.trainer.name,
        **finding._asdict(),
    }


def odd(row: Mapping[str, Any], fields: Collection[str]) -> bool:
    """Whether a row has other fields than these that must be read."""
    return not row.keys().isdisjoint(_TELLING.difference(fields))


def _form(row: Mapping[str, Any]) -> list[Any]:
    """What types the fields of a row and of its messages have, told quickly."""
    form: list[Any] = list(map(type, row.values()))
    form += row
    for value in row.values():
        if type(value) is list:
            if value and type(value[0]) is dict:
                form.append({tuple(item) for item in value if type(item) is dict})
                form.append({type(inner) for item in value for inner in item.values()})
            else:
                form.append({type(item) for item in value})
    return form


def _kinds(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The types of the fields, and of those of messages, that Arrow must find to be one."""
    for key, value in row.items():
        kind = _NAMES.get(type(value))
        if kind is None:
            continue
        yield key, kind
        if kind != "a list":
            continue
        for item in value:
            if isinstance(item, dict):
                for name, inner in item.items():
                    found = _NAMES.get(type(inner))
                    if found is not None:
                        yield f"{key}[].{name}", found


_NAMES: dict[type, str] = {
    str: "a string", list: "a list", dict: "an object", bool: "true or false",
    int: "a number", float: "a number",
}  # fmt: skip


def checks_for(
    trainers: Iterable[Trainer], layout: str, lengths: Lengths | None, limit: int | None
) -> list[Check]:
    """One check for each trainer."""
    return [Check(trainer, layout, lengths, limit) for trainer in trainers]
