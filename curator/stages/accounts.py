"""What an import was asked for, and what became of the rows of each file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What was asked for besides the files."""

    asked: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    license: str | None = None
    language: str | None = None
    join: bool | None = None
    limit: int | None = None
    max_bytes: int = 256 * 2**30


@dataclass
class Tally:
    """What became of the rows of one file: `rows` = `kept` + `known` + `rejected`."""

    file: str
    layout: str = ""
    rows: int = 0
    kept: int = 0
    known: int = 0
    rejected: int = 0
    conversations: int = 0
    #: Rows of chats that are spread over many: kept when the file brought anything new.
    together: int = 0
    notes: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
