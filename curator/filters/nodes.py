"""The syntax tree of a filter. `str` of a node is a filter that parses back to the same node."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from curator.filters.fields import BY_NAME, SIGNS, Field

Comparison = Literal[">", ">=", "<", "<=", "="]
Number = int | float

#: A word that may stand without quotes: nothing in it means anything to the parser.
_BARE = re.compile(r"[^\s()\":<>=≥≤!*,\\-][^\s()\":<>=≥≤!*,\\]*\Z")
_KEYWORDS = ("or", "and", "not")


@dataclass(frozen=True)
class Value:
    """A text to compare with; in a `wild` one each `*` stands for anything."""

    text: str
    wild: bool = False

    def __str__(self) -> str:
        return self.text if self.wild else _written(self.text)


@dataclass(frozen=True)
class Words:
    """Words that a turn says in this order; the last may be the beginning of one."""

    text: str
    prefix: bool = False
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.text}*" if self.prefix else _written(self.text)


@dataclass(frozen=True)
class Is:
    """The field has one of the values. "" is no value at all."""

    name: str
    values: tuple[Value, ...]
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}:{','.join(map(str, self.values))}"


@dataclass(frozen=True)
class Compares:
    """The number or day of a field, or the value of a signal, compared with one."""

    name: str
    sign: Comparison
    value: Number | date
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{_number(self.value)}"


@dataclass(frozen=True)
class Between:
    """The number or day of a field, or the value of a signal, from low to high, both included;
    None is open."""

    name: str
    low: Number | date | None
    high: Number | date | None
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        ends = ["" if end is None else _number(end) for end in (self.low, self.high)]
        return f"{self.name}:{'..'.join(ends)}"


@dataclass(frozen=True)
class Not:
    """What the part does not match."""

    part: "Node"

    def __str__(self) -> str:
        return f"-{_closed(self.part)}"


@dataclass(frozen=True)
class All:
    """What every part matches; no part at all matches everything."""

    parts: "tuple[Node, ...]" = ()

    def __str__(self) -> str:
        return " ".join(_closed(part) for part in self.parts)


@dataclass(frozen=True)
class Any:
    """What one of the parts matches, two parts or more."""

    parts: "tuple[Node, ...]"

    def __str__(self) -> str:
        return " or ".join(f"({p})" if isinstance(p, Any) else str(p) for p in self.parts)


Leaf = Words | Is | Compares | Between
Node = Leaf | Not | All | Any


@dataclass(frozen=True)
class Filter:
    """A parsed filter: its tree, and the text it came from for messages."""

    root: Node
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return str(self.root)

    @property
    def everything(self) -> bool:
        """Whether nothing is asked."""
        return self.root == All()


def leaves(node: Node) -> list[Leaf]:
    """All conditions of a tree, from left to right."""
    if isinstance(node, Not):
        return leaves(node.part)
    if isinstance(node, All | Any):
        return [leaf for part in node.parts for leaf in leaves(part)]
    return [node]


def field_of(leaf: Leaf) -> Field | None:
    """The field a condition asks about; None for words and for signals."""
    return None if isinstance(leaf, Words) else BY_NAME.get(leaf.name)


def _closed(node: Node) -> str:
    return f"({node})" if isinstance(node, All | Any) else str(node)


def _written(text: str) -> str:
    if _BARE.match(text.translate(SIGNS)) and text.lower() not in _KEYWORDS and ".." not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _number(value: Number | date) -> str:
    return value.isoformat() if isinstance(value, date) else repr(value)
