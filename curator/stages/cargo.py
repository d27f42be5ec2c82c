"""What an export has written so far, and where it came from."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath

from curator.conversation import Conversation
from curator.export.files import RowFile


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
