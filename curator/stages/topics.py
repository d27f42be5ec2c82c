"""Topics to talk about: paths through a tree of subjects, from a file or a few of our own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curator.errors import DataError

SEPARATOR = ">"
#: Where no file is named: a few of the thirty subjects that UltraChat begins with, and some more.
DEFAULT = (
    "Technology > Home networks > Why is my wifi slow in one room only?",
    "Health and wellness > Sleep > How can I fall asleep faster when my head is full?",
    "Travel and adventure > Trains > How do I plan two weeks by train with a small budget?",
    "Food and drink > Bread > Why does my sourdough stay flat?",
    "Money and finance > Saving > How much should I keep for emergencies?",
    "Education and learning > Languages > How do I keep a language that I no longer use?",
    "Work and career > Interviews > How do I explain a gap of two years?",
    "Family and parenting > Pets > Is a dog a good idea in a flat?",
    "文学与写作 > 日记 > 怎样养成写日记的习惯？",
    "教育与学习 > 语言学习 > 每天只有二十分钟，怎样学英语口语最有效？",
)


def written(path: tuple[str, ...]) -> str:
    """A path as a line of a file."""
    return f" {SEPARATOR} ".join(path)


def read(path: Path | None) -> list[tuple[str, ...]]:
    """The paths of a file of topics. Raises `DataError` naming the file and the line."""
    if path is None:
        return [_path(line) for line in DEFAULT]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file of topics") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: the topics cannot be read ({error})") from error
    if text.lstrip()[:1] in ("{", "["):
        found = list(_tree(_decoded(path, text), ()))
    else:
        lines = (line.strip() for line in text.splitlines())
        found = [_path(line) for line in lines if line and not line.startswith("#")]
    if not found:
        raise DataError(f"{path}: there are no topics in it; write one a line")
    return found


def _path(line: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in line.split(SEPARATOR) if part.strip())


def _decoded(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}: the topics are not JSON ({error.msg})") from error


def _tree(value: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The leaves of a tree of objects (topic: what is below) and lists, each with its path."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _tree(below, (*above, str(name)))
        return
    if isinstance(value, list) and value:
        for below in value:
            yield from _tree(below, above)
        return
    leaf = (*above, str(value)) if value not in (None, "", []) else above
    if leaf:
        yield leaf
