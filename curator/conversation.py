"""The nouns. Frozen, free of files and of the database.

`msgspec.Struct` rather than `dataclass`: the front door makes ten million of these, and a frozen
struct is built some five times faster and encodes itself to JSON.
"""

from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

import msgspec

Role = Literal["system", "user", "assistant", "tool"]
ROLES: tuple[Role, ...] = ("system", "user", "assistant", "tool")

Verdict = Literal["accept", "reject", "edit", "skip", "flag", "unflag", "mark", "undo", "redo"]
VERDICTS: tuple[Verdict, ...] = (
    "accept", "reject", "edit", "skip", "flag", "unflag", "mark", "undo", "redo",
)  # fmt: skip
#: The verdicts that settle a rewrite; the others leave it pending.
SETTLED: tuple[Verdict, ...] = ("accept", "reject", "edit")
#: Stands for the model of a rewrite that no model made: it came with the file of its chat.
GIVEN = "given"

_canonical = msgspec.json.Encoder(order="deterministic")


class Turn(msgspec.Struct, frozen=True):
    """One message. `extra` holds what rides along: tool_calls, reasoning, name, weight, parts,
    alternatives (other answers with ranks), label (a thumb up or down) and unknown fields."""

    role: Role
    content: str
    extra: dict[str, Any] = {}


class Origin(msgspec.Struct, frozen=True):
    """Where a conversation came from: a file and line (1-based), or a run of this program."""

    source: str
    line: int | None = None
    format: str = ""
    source_id: str = ""


class Conversation(msgspec.Struct, frozen=True):
    """An ordered exchange.

    `meta` may hold `license`, `language`, `category`, `title`, `tools` and any unknown field of
    the record it came from; unknown fields are written out again by formats that can hold them.
    """

    turns: tuple[Turn, ...]
    origin: Origin
    meta: dict[str, Any] = {}

    @property
    def id(self) -> str:
        """32 hex digits: the digest of the turns and of the tools they may call."""
        return digest([[[t.role, t.content, t.extra] for t in self.turns], self.meta.get("tools")])


class Rewrite(msgspec.Struct, frozen=True):
    """The machine's proposal for one assistant turn, with all that is needed to repeat it.

    `shown` are the indices of the later turns that the reflector read, `trimmed` those of turns
    that were cut or left out for length; `horizon` is how many later user turns it was meant to
    read. `verdict` is the reflector's own word (keep, improve, unanswerable), not a person's.
    `given` is what a file says of an answer that came with it, instead of being made: its `rank`
    below the answer that stands (0: nobody ranked it, -1: it is called the better one), and the
    `model` and `score` that it may name.
    """

    conversation_id: str
    turn_index: int
    criticism: str
    content: str
    model: str
    prompt_digest: str
    verdict: str = "improve"
    evidence: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()
    trimmed: tuple[int, ...] = ()
    sampling: dict[str, Any] = {}
    advice: str = ""
    candidate: int = 0
    horizon: int = 0
    call_key: str = ""
    run_id: int | None = None
    given: dict[str, Any] = {}

    @property
    def label(self) -> Literal["", "old", "new"]:
        """Which answer the file calls the better one; "" where it does not say, or none did."""
        rank = self.given.get("rank", 0)
        return "old" if rank > 0 else "new" if rank < 0 else ""

    @property
    def id(self) -> str:
        """32 hex digits: the digest of what was asked and what came back."""
        return digest(
            [
                self.conversation_id, self.turn_index, self.model, self.prompt_digest,
                self.sampling, self.shown, self.advice, self.candidate,
                self.criticism, self.content,
            ]
        )  # fmt: skip


class Decision(msgspec.Struct, frozen=True):
    """A person's (or a named model's) word on one rewrite. Append-only: undo is a row too.

    `content` is the text that was settled on by an edit; `undoes` is the sequence number of the
    decision that an undo takes back (or a redo restores). A `mark` sets what its `extra` names
    (tags, note, score) and leaves the verdict alone. Decisions made by one key press share an `op`.
    """

    rewrite_id: str
    conversation_id: str
    turn_index: int
    reviewer: str
    verdict: Verdict
    content: str | None = None
    reason: str = ""
    undoes: int | None = None
    seconds: float | None = None
    extra: dict[str, Any] = {}
    op: str = ""
    seq: int | None = None
    at: datetime | None = None


class Curated(msgspec.Struct, frozen=True):
    """A conversation with its settled rewrites: the only thing an exporter sees.

    `replacements` maps a turn index to the settled `Settlement`.
    """

    conversation: Conversation
    settlements: tuple["Settlement", ...] = ()

    @property
    def stale(self) -> tuple[int, ...]:
        """The indices of the turns that answer a chat which is no longer so: all those after the
        first turn whose words were changed."""
        turns = self.conversation.turns
        changed = [
            settled.turn_index
            for settled in self.settlements
            if settled.chosen != turns[settled.turn_index].content
        ]
        return tuple(range(min(changed) + 1, len(turns))) if changed else ()


class Settlement(msgspec.Struct, frozen=True):
    """How one rewrite was settled. `chosen` is what the person stands for; `rejected` the other
    text (None where both are the same, as after an edit back to the original). `criticism` is the
    reflector's and `reviewer` the decider's name, where the reader asked for them. `also` are the
    other answers of the file that were rejected for this turn, where its old answer stands."""

    turn_index: int
    rewrite_id: str
    verdict: Verdict
    chosen: str
    rejected: str | None
    seq: int = 0
    criticism: str = ""
    reviewer: str = ""
    also: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[str, ...]:
        """All texts that it is preferred to, oldest word first."""
        return self.also if self.rejected is None else (*self.also, self.rejected)


class Signal(msgspec.Struct, frozen=True):
    """A measured fact about a turn, or about a rewrite of it. `value` has the signal's own unit;
    `flagged` says that a person should look; `note` says why in words."""

    conversation_id: str
    turn_index: int
    name: str
    value: float
    flagged: bool = False
    note: str = ""
    rewrite_id: str | None = None


class DuplicateGroup(msgspec.Struct, frozen=True):
    """Near twins: `keeper` stays, each member is (conversation id, exact Jaccard to the keeper)."""

    keeper: str
    members: tuple[tuple[str, float], ...]
    unit: str
    threshold: float


class Failure(msgspec.Struct, frozen=True):
    """One item that could not be done: what, why, and the raw text if there was one."""

    target: str
    reason: str
    raw: str = ""


class Run(msgspec.Struct, frozen=True):
    """One performance of a stage. `state` is running, finished, failed or cancelled; `reviewer` is
    the person who began it, or "" where nobody said."""

    id: int
    stage: str
    config: dict[str, Any]
    state: str
    started: datetime
    ended: datetime | None = None
    report: dict[str, Any] = {}
    reviewer: str = ""


class Export(msgspec.Struct, frozen=True):
    """What left: the file, its format, its rows and its checksum."""

    path: str
    format: str
    rows: int
    sha256: str
    manifest: dict[str, Any] = {}
    id: int | None = None
    run_id: int | None = None


class Adapter(msgspec.Struct, frozen=True):
    """A LoRA adapter on disk and what it was trained on."""

    path: str
    base_model: str
    data_sha256: str
    settings: dict[str, Any] = {}
    losses: tuple[float, ...] = ()
    parent: str = ""
    id: int | None = None
    run_id: int | None = None


class Evaluation(msgspec.Struct, frozen=True):
    """One score: a system's answer to one prompt, 0-10 by a judge; None where none was given."""

    system: str
    category: str
    prompt: str
    answer: str
    judge: str
    score: float | None
    reason: str = ""
    run_id: int | None = None


def digest(value: Any) -> str:
    """32 hex digits (BLAKE2b-128) of a JSON-able value, the same for equal values everywhere."""
    return blake2b(_canonical.encode(value), digest_size=16).hexdigest()
