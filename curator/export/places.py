"""Where an export goes: one file with its papers beside it, or a folder of everything."""

import re
from dataclasses import dataclass
from pathlib import Path

DATA = (".jsonl", ".json")


@dataclass(frozen=True)
class Places:
    """Paths of an export. `out` is a data file's, or a folder's."""

    out: Path

    @property
    def single(self) -> bool:
        """Whether `out` names the data file itself."""
        return self.out.suffix in DATA

    @property
    def name(self) -> str:
        """A name for the dataset that every trainer takes: ASCII letters, digits and _."""
        stem = self.out.stem if self.single else self.out.name
        plain = re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_").lower()
        return plain or "curated"

    def data(self, side: str, alone: bool) -> Path:
        """The data file of one side of a split (`alone`: there is no split)."""
        if not self.single:
            return self.out / f"{side}.jsonl"
        if alone:
            return self.out
        return self.out.with_name(f"{self.out.stem}.{side}{self.out.suffix}")

    def paper(self, name: str) -> Path:
        """A file about the data: `manifest.json` in the folder, `data.manifest.json` beside."""
        if not self.single:
            return self.out / name
        return self.out.with_name(f"{self.out.stem}.{'card.md' if name == 'README.md' else name}")

    def config(self, name: str) -> Path:
        """A trainer's config."""
        return (self.out if not self.single else self.configs) / name

    @property
    def configs(self) -> Path:
        """The folder of the configs where the data is a file of its own."""
        return self.out.with_name(f"{self.out.stem}.configs")

    @property
    def way(self) -> str:
        """The way from a config to the data."""
        return "../" if self.single else ""
