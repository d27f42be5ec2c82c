"""What an import was asked for, what it hands on at once, and what became of each file's rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from curator.conversation import Conversation
from curator.formats.fast import Block
from curator.formats.plain import Plain
from curator.store.rejects import Reject

#: What the writer is handed at once: enough to be worth a query, little beside a gigabyte.
BATCH_TURNS = 30_000
BATCH_CHARACTERS = 8 * 2**20
BATCH_ROWS = 50_000


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What was asked for besides the files."""

    asked: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    license: str | None = None
    language: str | None = None
    join: bool | None = None
    limit: int | None = None
    encoding: str = ""
    max_bytes: int = 256 * 2**30


@dataclass(eq=False)
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
    #: How many rows had another layout than the file, by its name.
    others: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


Place = tuple[Tally, int]


@dataclass
class Batch:
    """What is committed together; `rows` holds the rows that a conversation stands for, each as the
    account of its file and its number there; each of a block's stands for a row of its own."""

    conversations: list[Conversation | Plain | Block] = field(default_factory=list)
    rows: list[list[Place]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    turns: int = 0
    characters: int = 0

    @property
    def full(self) -> bool:
        return (
            self.turns >= BATCH_TURNS
            or self.characters >= BATCH_CHARACTERS
            or len(self.rejects) >= BATCH_ROWS
        )
