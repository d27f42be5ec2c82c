"""What the parent asks of the training process, as one JSON file."""

from pathlib import Path
from typing import Any

import msgspec

from curator.conversation import digest

#: Written beside the adapter: what it is and how it came about.
RECORD = "curator.json"
ALL_LINEAR = "all-linear"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One training run. `data` is a JSON-lines file of records: `messages`, the indices of the
    assistant messages to learn (`learn`), where the record came from (`where`) and whether it is
    held out for validation (`held`)."""

    base: str
    base_id: str
    out: str
    data: str
    data_sha256: str
    parent: str = ""
    parent_sha256: str = ""
    steps: int = 0
    epochs: float = 1.0
    learning_rate: float = 2e-4
    rank: int = 8
    alpha: int = 16
    dropout: float = 0.05
    targets: tuple[str, ...] = (ALL_LINEAR,)
    batch: int = 4
    micro_batch: int = 4
    max_length: int = 1024
    seed: int = 0
    save_every: int = 50
    answers: str = "all"
    val: float = 0.0
    learn_prompt: bool = False
    by_length: bool = False
    device: str = "auto"

    @property
    def fingerprint(self) -> str:
        """16 hex digits that are equal for runs that would give the same adapter; where the files
        lie, how often a checkpoint is saved and the device do not count."""
        facts = msgspec.to_builtins(self)
        for place in ("base", "out", "data", "parent", "save_every", "device"):
            facts.pop(place)
        return digest(facts)[:16]

    def write(self, path: Path) -> None:
        """Put the job where the training process finds it."""
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self)))

    @staticmethod
    def read(path: Path) -> "Job":
        """The job in a file."""
        return msgspec.json.decode(path.read_bytes(), type=Job)


class Record(msgspec.Struct, frozen=True):
    """One conversation to learn from."""

    messages: list[dict[str, str]]
    learn: list[int]
    where: str
    held: bool = False


def records(path: str) -> list[Record]:
    """All records of a job's data file."""
    decoder = msgspec.json.Decoder(Record)
    with open(path, "rb") as lines:
        return [decoder.decode(line) for line in lines]


Event = dict[str, Any]
