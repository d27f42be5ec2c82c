"""What an export has written so far, and where it came from."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from curator.conversation import Conversation
from curator.export.files import RowFile

#: Bytes of a file from which `datasets` learns its columns (the `chunksize` of its JSON reader).
SEEN = 10 << 20


@dataclass
class Side:
    """One data file of a split: its rows, where they came from, and the fields they have."""

    name: str
    file: RowFile
    ords: "array[int]" = field(default_factory=lambda: array("q"))
    turns: "array[int]" = field(default_factory=lambda: array("i"))
    fields: set[str] = field(default_factory=set)
    tokens: "array[int]" = field(default_factory=lambda: array("q"))
    sha256: str = ""
    #: Fields that a row had of which no row of the first `SEEN` bytes knew, and that row's number.
    late: dict[str, int] = field(default_factory=dict)

    def note(self, row: Mapping[str, Any]) -> None:
        """Take note of the fields of the row written last, and of those of its messages."""
        names = set(row)
        for name, value in row.items():
            if type(value) is list and value and type(value[0]) is dict:
                inner = set().union(*(one for one in value if type(one) is dict))
                names.update(f"{name}[].{key}" for key in inner)
        if new := names - self.fields:
            self.fields |= new
            if self.file.length > SEEN:
                self.late |= dict.fromkeys(sorted(new), self.file.rows)


@dataclass
class Tally:
    """What was written and what was not."""

    chats: int = 0
    empty: int = 0
    cut: bool = False
    replay: int = 0
    blocked: int = 0
    unwanted: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    redacted: Counter[str] = field(default_factory=Counter)
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    decided: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, chat: Conversation) -> None:
        """One chat that left."""
        self.chats += 1
        self.sources[_name(chat.origin.source), str(chat.meta.get("license") or "")] += 1
        self.languages[str(chat.meta.get("language") or "")] += 1


def source_of(chat: Conversation) -> str:
    """Where a chat came from, without the folders of this machine: the papers may be published."""
    origin = chat.origin
    name = _name(origin.source)
    return name if origin.line is None else f"{name}:{origin.line}"


@lru_cache(maxsize=1024)
def _name(source: str) -> str:
    return PurePath(source).name
