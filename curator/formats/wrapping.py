"""Records in a wrapping: as JSON text in a field, or inside an object of the row.

`{"messages": "[{…}]"}` is what a table of nested columns becomes, `{"row": {…}}` is the Hugging
Face viewer's, `{"data": {…}, "annotations": […]}` Label Studio's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curator.formats.base import Row
from curator.formats.reading.decoding import Decoder, Unreadable
from curator.formats.reading.records import LIMITS

#: Fields that hold lists or objects, and hold them as text where a row was flattened.
PACKED = frozenset(
    ("messages", "conversations", "conversation", "chosen", "rejected", "prompt", "completion",
     "history", "tools", "data", "answers", "responses", "chat", "chat_messages", "mapping")
)  # fmt: skip
#: Fields that hold a record, of those that might as well be its id.
WRAPPERS = frozenset(("", "row", "data", "record", "item", "sample", "example", "json", "fields"))
#: Rows of a sample that are looked at.
FEW = 20


@dataclass(frozen=True)
class Wrapping:
    """How the records of a file are wrapped: `packed` as text in fields, `inside` one field."""

    packed: bool = False
    inside: str = ""

    def opened(self, row: Row) -> Row:
        """The record of a row. Fields beside the one it is in stay, under its own."""
        if self.inside:
            inner = row.get(self.inside)
            rest = {key: value for key, value in row.items() if key != self.inside}
            row = {**rest, **inner} if isinstance(inner, Mapping) else row
        if not self.packed:
            return row
        return {k: _value(v) if k in PACKED else v for k, v in row.items()}

    def __bool__(self) -> bool:
        return self.packed or bool(self.inside)

    @property
    def told(self) -> str:
        """What was opened, in words; "" for nothing."""
        ways = [f"inside `{self.inside}`"] if self.inside else []
        return " and ".join([*ways, *(["as JSON text in fields"] if self.packed else [])])


BARE = Wrapping()


def wrappings(rows: Sequence[Row]) -> list[Wrapping]:
    """The ways in which these rows may be wrapped, the simplest first."""
    few = rows[:FEW]
    keys = dict.fromkeys(key for row in few for key, v in row.items() if isinstance(v, Mapping))
    held = [key for key in keys if all(isinstance(row.get(key), Mapping) for row in few)]
    packed = any(_looks_packed(row.get(key)) for row in few for key in PACKED)
    found = [Wrapping(packed=True)] if packed else []
    found += [Wrapping(inside=key) for key in held]
    inner = [(key, row[key]) for key in held for row in few]
    found += [
        Wrapping(True, key) for key in held
        if any(_looks_packed(row.get(name)) for one, row in inner if one == key for name in PACKED)
    ]  # fmt: skip
    return found


def _looks_packed(value: Any) -> bool:
    return isinstance(value, str) and value.strip()[:2] in ("[{", '{"', '["', "[[")


def _value(value: Any) -> Any:
    """What a text says as JSON; itself where it is none, or broken."""
    if not _looks_packed(value):
        return value
    try:
        return Decoder(LIMITS).decode(value.encode("utf-8", "replace"))
    except Unreadable:
        return value
