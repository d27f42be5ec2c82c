"""What was asked of one export, every name looked up."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curator.conversation import Curated
from curator.export.lengths import Lengths
from curator.export.places import Places
from curator.export.policy import After, Example, Included, Loss, examples, weighed
from curator.export.trainers import Trainer
from curator.formats.base import Format


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was asked for."""

    layout: Format
    places: Places
    verdicts: tuple[str, ...]
    include: tuple[Included, ...]
    after: After
    loss: Loss
    licenses: frozenset[str]
    languages: frozenset[str]
    shares: tuple[float, ...]
    seed: int
    eval_set: tuple[Path, ...]
    trainers: tuple[Trainer, ...]
    lengths: Lengths
    max_length: int | None
    strict: bool
    redact: bool
    dry_run: bool
    force: bool
    where: str = ""
    quota: int = 0

    def wants(self, license_: object, language: object) -> bool:
        """Whether a chat has one of the licences and languages asked for."""
        return (not self.licenses or license_ in self.licenses) and (
            not self.languages or language in self.languages
        )

    @property
    def in_sheaves(self) -> bool:
        """Whether chats of words alone can leave by column: nothing needs their turns one by one
        (a mask, something to redact, a tokenizer)."""
        needed = self.redact or self.lengths.exact
        asked = "untouched" in self.include and self.loss in ("auto", "all")
        return self.layout.plain is not None and asked and not needed

    def examples(self, curated: Curated) -> Iterator[Example]:
        """What of a chat leaves."""
        pairs = self.layout.teaches in ("pairs", "labels")
        for example in examples(curated, self.verdicts, self.after, pairs):
            yield example if pairs else weighed(example, self.loss)
