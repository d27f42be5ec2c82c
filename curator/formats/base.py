"""What a dataset format is: a name, a nose, and a way in and out of a conversation."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple

from curator.conversation import Conversation, Curated, Role
from curator.errors import DataError

Row = Mapping[str, Any]
#: How the turns of a chat stand in a row.
Form = Literal["turns", "strings", "alpaca"]


@dataclasses.dataclass(frozen=True)
class Plain:
    """How `write` puts turns that have no extra: one row a chat, in which the first list named
    `field` has an object for each, with the speaker's name at `role` and the words at `content`,
    and the other fields depend on the meta alone. An `id` is the source's; `named` says that it is
    the conversation's own where the source gave none. Other forms hold chats in which question and
    answer take turns: `strings` are a list of what was said, `alpaca` the last exchange with those
    before it as `history`."""

    field: str
    role: str = ""
    content: str = ""
    names: Mapping[Role, str] = dataclasses.field(default_factory=dict)
    named: bool = False
    form: Form = "turns"

    @property
    def paired(self) -> bool:
        """Whether it holds only chats in which question and answer take turns."""
        return self.form != "turns"

    @property
    def fields(self) -> frozenset[str]:
        """The fields that turns are in."""
        alpaca = ("instruction", "input", "output", "history") if self.form == "alpaca" else ()
        return frozenset((self.field, *alpaca))

    @cached_property
    def openings(self) -> dict[Role, str]:
        """For each role what the JSON of a turn begins with, up to its words."""
        return {
            role: f"{{{json.dumps(self.role)}:{json.dumps(name)},{json.dumps(self.content)}:"
            for role, name in self.names.items()
        }

    @cached_property
    def nobody(self) -> bytes:
        """The JSON of a list of one turn in which a user says nothing."""
        return f'[{self.openings["user"]}""}}]'.encode()


@dataclasses.dataclass(frozen=True)
class Format:
    """One dataset layout.

    - `recognise(row)` says how sure it is that a decoded record has this layout (0 to 1) and why,
      in words a person can check ("has `conversations` with `from`/`value`").
    - `read(row)` gives the conversation(s) of a record, without their origin's source and line
      (the reader adds those); it raises `DataError` with the reason when the record is broken.
    - `gather(rows)` is there where one conversation is spread over many rows of a file (flat
      parent-id rows): it takes (place, row) pairs, the place being whatever the reader uses, and
      gives (place of the first row, conversation or the `DataError` that says what is wrong) once
      all rows were seen. A format with `gather` is read with it instead of with `read`.
    - `write(curated)` gives the records of one conversation, in a fixed key order.
    - `loses(curated)` names what of this conversation the layout cannot hold, one phrase each.
      Where it names nothing, reading what was written gives the same turns and meta again.

    Either direction may be missing. `maps` says in words which field becomes what.
    `teaches` is what a record holds: answers, pairs of a better and a worse one, or labelled ones.
    `plain` lets chats of words alone leave without an object for each of their turns.

    A record that is a bare string comes as `{"prompt": string}`, a plain text as `{"text": text}`,
    a bare list as `{"messages"|"conversations"|"data": list}` by what it holds.
    """

    name: str
    about: str
    recognise: Callable[[Row], tuple[float, str]] | None = None
    read: Callable[[Row], Iterable[Conversation]] | None = None
    write: Callable[[Curated], Iterator[dict[str, Any]]] | None = None
    loses: Callable[[Curated], list[str]] | None = None
    gather: (
        Callable[[Iterable[tuple[Any, Row]]], Iterator[tuple[Any, Conversation | DataError]]] | None
    ) = None
    maps: str = ""
    teaches: Literal["answers", "pairs", "labels"] = "answers"
    plain: Plain | None = None


class Recognised(NamedTuple):
    """One opinion on a sample of records: how sure it is of the format (0 to 1), and why."""

    format: Format
    sureness: float
    why: str


def kind(value: Any) -> str:
    """What JSON calls the type of a value, with its article."""
    if value is None:
        return "null"
    names = {bool: "true or false", str: "a string", dict: "an object", list: "a list"}
    if not value and isinstance(value, list):
        return "an empty list"
    return names.get(type(value), "a number")
