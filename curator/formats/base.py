"""What a dataset format is: a name, a nose, and a way in and out of a conversation."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curator.conversation import Conversation, Curated

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Format:
    """One dataset layout.

    - `recognise(row)` says how sure it is that a decoded record has this layout (0 to 1) and why,
      in words a person can check ("has `conversations` with `from`/`value`").
    - `read(row)` gives the conversation(s) of a record, without their origin's source and line
      (the reader adds those); it raises `DataError` with the reason when the record is broken.
    - `write(curated)` gives the records of one conversation, in a fixed key order.
    - `loses(curated)` names what of this conversation the layout cannot hold, one phrase each.

    Either direction may be missing.
    """

    name: str
    about: str
    recognise: Callable[[Row], tuple[float, str]] | None = None
    read: Callable[[Row], Iterable[Conversation]] | None = None
    write: Callable[[Curated], Iterator[dict[str, Any]]] | None = None
    loses: Callable[[Curated], list[str]] | None = None
