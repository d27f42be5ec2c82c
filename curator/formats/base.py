"""What a dataset format is: a name, a nose, and a way in and out of a conversation."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from curator.conversation import Conversation, Curated
from curator.errors import DataError

Row = Mapping[str, Any]


@dataclass(frozen=True)
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
