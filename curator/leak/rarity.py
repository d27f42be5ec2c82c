"""How ordinary a word is: in how many texts of a large mixed collection it occurs.

The tables hold units and levels, no texts (`benchmarks/build_background.py` makes them). A level
is twice the binary logarithm of how rare the unit is: 0 in every text, 20 in one of a thousand.
"""

from functools import cache
from importlib.resources import files

from curator.leak.words import is_han


@cache
def _table(language: str) -> tuple[float, dict[str, float]]:
    text = (files(__package__) / f"{language}.txt").read_text(encoding="utf-8")
    first, *lines = (line for line in text.splitlines() if not line.startswith("#"))
    found: dict[str, float] = {}
    for line in lines:
        level, *units = line.split()
        found.update(dict.fromkeys(units, int(level) / 2))
    return int(first) / 2, found


def bits(key: str, kind: str) -> float:
    """The rarity of a unit in bits: about 1 for a word in every second text, 14 for one that the
    collection does not know. A link is always rare."""
    if kind == "link":
        return 14.0
    if kind == "small":
        return 2.0
    if key[0].isdigit():
        most, known = _table("numbers")
        digits = sum(sign.isdigit() for sign in key)
        return known.get(key, most) if digits > 1 else 2.0
    most, known = _table("chinese" if is_han(key) else "english")
    return known.get(key, most if len(key) > 1 else 3.0)
