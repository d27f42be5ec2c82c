"""Filters from when turns were counted from 0, as they read now that they are counted from 1."""

import re

from curator.filters.faults import FilterError
from curator.filters.nodes import Between, Compares, Node, Not
from curator.filters.parsing import parse

#: What stands between quotes, or a condition (or word) outside of them.
_PIECE = re.compile(
    r'"(?:\\["\\]|[^"])*(?:"|\Z)|[“”](?:\\["\\]|[^"“”])*(?:["“”]|\Z)|[^\s()（）"“”]+'
)
_TURN = re.compile(r"([-－]*turn)(>=|<=|!=|[≥≤:=<>：＞＜＝])(.+)", re.IGNORECASE)


def from_one(text: str) -> str:
    """The filter that finds today what `text` found when the first turn was `turn:0`; what is no
    condition on the number of a turn stays letter for letter."""
    return _PIECE.sub(_recounted, text)


def _recounted(piece: re.Match[str]) -> str:
    found = _TURN.fullmatch(piece[0])
    if found is None:
        return piece[0]
    name, sign, value = found.groups()
    try:  # `turns` takes any number
        asked = parse(f"turns{sign}{value}").root
    except FilterError:
        return piece[0]
    return name + _moved(asked, sign)


def _moved(asked: Node, sign: str) -> str:
    """Sign and value, one further on; where all or no turns were meant, what says so now."""
    if isinstance(asked, Between):
        low, high = (None if end is None else _next(end) for end in (asked.low, asked.high))
        if high is not None and high < 1:
            return "<1"
        low = None if low is None or low < 1 else low
        return ">=1" if low is high is None else str(Between("", low, high))
    compared = asked.part if isinstance(asked, Not) else asked
    assert isinstance(compared, Compares)
    value = _next(compared.value)
    if value >= 1:
        return f"{sign}{value}"
    return ">=1" if compared.sign in (">", ">=") or isinstance(asked, Not) else "<1"


def _next(number: object) -> int | float:
    assert isinstance(number, int | float)
    return number + 1
