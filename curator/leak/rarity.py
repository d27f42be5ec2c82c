"""How ordinary a word is: in how many texts of a large mixed collection it occurs.

The tables hold units and levels, no texts (`benchmarks/build_background.py` makes them). A level
is twice the binary logarithm of how rare the unit is: 0 in every text, 20 in one of a thousand.
"""

from functools import cache
from importlib.resources import files


@cache
def _table(language: str) -> tuple[float, dict[str, float]]:
    first, *lines = (
        (files(__package__) / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    )
    found: dict[str, float] = {}
    for line in lines:
        level, *units = line.split()
        found.update(dict.fromkeys(units, int(level) / 2))
    return int(first) / 2, found


def bits(key: str, kind: str) -> float:
    """The rarity of a unit in bits: about 1 for a word in every second text, 14 for one that the
    collection does not know. A code name, a link or a long number is always rare."""
    if kind in ("code", "link"):
        return 14.0
    if kind in ("number", "measure"):
        digits = sum(sign.isdigit() for sign in key)
        return (2.0, 7.0, 9.0, 13.0)[min(digits, 4) - 1] + 4.0 * (kind == "measure" and digits > 1)
    most, known = _table("chinese" if kind == "han" else "english")
    return known.get(key, most if len(key) > 1 else 2.0)
