"""Where an export goes: one file with its papers beside it, or a folder of everything."""

import re
from dataclasses import dataclass
from pathlib import Path

#: How a data file may end; compressed ones are read by `datasets` and by `curator import`.
DATA = (".jsonl", ".json", ".jsonl.gz", ".jsonl.zst", ".json.gz", ".json.zst")


@dataclass(frozen=True)
class Places:
    """Paths of an export. `out` is a data file's, or a folder's."""

    out: Path

    @property
    def single(self) -> bool:
        """Whether `out` names the data file itself."""
        return bool(self.ending)

    @property
    def ending(self) -> str:
        """That of the data file; "" for a folder."""
        return next((ending for ending in DATA if self.out.name.endswith(ending)), "")

    @property
    def stem(self) -> str:
        """The data file's name without its ending, or the folder's."""
        return self.out.name.removesuffix(self.ending)

    @property
    def name(self) -> str:
        """A name for the dataset that every trainer takes: ASCII letters, digits and _."""
        plain = re.sub(r"[^A-Za-z0-9]+", "_", self.stem).strip("_").lower()
        return plain or "curated"

    def data(self, side: str, alone: bool) -> Path:
        """The data file of one side of a split (`alone`: there is no split)."""
        if not self.single:
            return self.out / f"{side}.jsonl"
        if alone:
            return self.out
        return self.out.with_name(f"{self.stem}.{side}{self.ending}")

    def paper(self, name: str) -> Path:
        """A file about the data: `manifest.json` in the folder, `data.manifest.json` beside."""
        if not self.single:
            return self.out / name
        return self.out.with_name(f"{self.stem}.{'card.md' if name == 'README.md' else name}")

    def config(self, name: str) -> Path:
        """A trainer's config."""
        return (self.out if not self.single else self.configs) / name

    @property
    def configs(self) -> Path:
        """The folder of the configs where the data is a file of its own."""
        return self.out.with_name(f"{self.stem}.configs")

    @property
    def way(self) -> str:
        """The way from a config to the data."""
        return "../" if self.single else ""
