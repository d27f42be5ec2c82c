"""Prompts as files: one text file each, known by the digest of its words.

A workspace may hold its own version in a folder `prompts` beside it; the digest then differs, and
the work that the old words did stays beside the new. To add a prompt, add a file.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from curator.conversation import digest
from curator.errors import ConfigError

HOLE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Prompt:
    """A text with holes written `{{name}}`, and where it was read."""

    name: str
    text: str
    source: str = ""

    @cached_property
    def digest(self) -> str:
        """32 hex digits, the same for the same words."""
        return digest(["prompt", self.text])

    @property
    def holes(self) -> frozenset[str]:
        """The names that `fill` must be given."""
        return frozenset(HOLE.findall(self.text))

    def fill(self, **values: object) -> str:
        """The text with every hole filled. Raises `ConfigError` when it has a hole of another name.

        Values are not searched for holes: a chat may well contain `{{answer}}`.
        """
        unknown = sorted(self.holes - values.keys())
        if unknown:
            known = ", ".join(f"{{{{{name}}}}}" for name in sorted(values)) or "none"
            raise ConfigError(
                f"{self.source or self.name}: the prompt has the hole {{{{{unknown[0]}}}}}, "
                f"which nobody fills; the holes of this prompt may be: {known}"
            )
        return HOLE.sub(lambda match: str(values[match[1]]), self.text)


def load(name: str, workspace: Path | None = None, language: str = "") -> Prompt:
    """The prompt called `name`, in `language` where there is such a version (`reflect.zh`).

    `workspace` is the workspace file: a `prompts/NAME.txt` beside it goes first. Raises
    `ConfigError` when there is no such prompt or it cannot be read.
    """
    for variant in (f"{name}.{language}", name) if language else (name,):
        own = None if workspace is None else overrides(workspace) / f"{variant}.txt"
        if own is not None and own.is_file():
            return Prompt(variant, _read(own), str(own))
        shipped = files(__name__) / f"{variant}.txt"
        if shipped.is_file():
            return Prompt(variant, shipped.read_text(encoding="utf-8").strip(), variant)
    raise ConfigError(f"there is no prompt {name!r}; there are: {', '.join(names())}")


def overrides(workspace: Path) -> Path:
    """The folder where a workspace keeps its own versions of prompts."""
    return workspace.parent / "prompts"


def names() -> tuple[str, ...]:
    """The prompts that come with the program, by name."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".txt") for name in found if name.endswith(".txt")))


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the prompt cannot be read ({error})") from error
    if not text:
        raise ConfigError(f"{path}: the prompt is empty; write it, or delete the file")
    return text
