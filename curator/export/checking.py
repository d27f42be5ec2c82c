"""Looking at every row with the trainers' eyes before it is written."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from curator.export.glance import Glance
from curator.export.lengths import Lengths
from curator.export.trainers import EFFECTS, Finding, Rules, Seen, Trainer, told
from curator.export.trainers.base import Told

_NUMBER = re.compile(r"\d[\d,]*")


#: Fields that some trainer or `told` looks at.
_TELLING = {
    "messages", "conversations", "data", "text", "system", "history", "prompt", "completion",
    "instruction", "input", "output", "chosen", "rejected", "label", "tools", "preferred_output",
    "non_preferred_output",
}  # fmt: skip


class PlainRow(NamedTuple):
    """A row whose only list of messages is `field`: with one message for all of them, as the
    pieces of the line that is written, what its chat looks like, and what of the chat the layout
    cannot hold."""

    row: Mapping[str, Any]
    field: str
    line: Sequence[bytes | memoryview]
    glance: Glance
    lost: Sequence[str] = ()


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
        self._noted: Mapping[str, Any] | None = None
        self._examples: dict[tuple[str, str], tuple[str, str]] = {}

    def row(self, seen: Told, file: str, number: int) -> list[Finding]:
        """What would befall one row, worst first."""
        self.seen.rows += 1
        self._note(seen.row)
        try:
            found = list(self.trainer.inspect(seen, self.rules))
        except ValueError as error:
            found = [Finding("error", f"the chat template refuses it: {error}", "chat template")]
        return self._counted(found, file, number)

    def glance(
        self, row: Mapping[str, Any], glance: Glance, file: str, number: int
    ) -> list[Finding] | None:
        """What `row` would find, or None where the words of the row must be read. `row` has one
        message for all."""
        found = self.trainer.glance(glance, self.rules)
        if found is None:
            return None
        self.seen.rows += 1
        # Chats with the same fields come with one and the same row.
        if row is not self._noted:
            self._note(row)
            self._noted = row if "label" not in row else None
        return self._counted(found, file, number)

    def _counted(self, found: list[Finding], file: str, number: int) -> list[Finding]:
        if not found:
            return found
        if len(found) > 1:
            found.sort(key=lambda finding: EFFECTS.index(finding.effect))
        self.seen.dropped += any(finding.effect == "dropped" for finding in found)
        for finding in found:
            key = (finding.effect, _NUMBER.sub("n", finding.why))
            self.tally[key] += 1
            self._examples.setdefault(key, (f"{file}:{number}", finding.why))
        return found

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
        order = sorted(self.tally.items(), key=lambda item: (EFFECTS.index(item[0][0]), -item[1]))
        for key, count in order:
            where, why = self._examples[key]
            yield self.trainer.name, key[0], count, where, why

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
    checks: Sequence[Check], row: Mapping[str, Any], file: str, number: int
) -> Iterator[tuple[Check, Finding]]:
    """What all trainers would do to one row."""
    if not checks:
        return
    seen = told(row)
    for check in checks:
        for finding in check.row(seen, file, number):
            yield check, finding


def look_from_afar(
    checks: Sequence[Check], plain: PlainRow, file: str, number: int
) -> Iterator[tuple[Check, Finding]]:
    """What all trainers would do to one row of plain messages, read only where it must be."""
    odd = not plain.row.keys().isdisjoint(_TELLING - {plain.field})
    seen = None
    for check in checks:
        found = None if odd else check.glance(plain.row, plain.glance, file, number)
        if found is None:
            seen = seen or told(orjson.loads(b"".join(plain.line)))
            found = check.row(seen, file, number)
        for finding in found:
            yield check, finding


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
