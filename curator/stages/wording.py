"""How much of what two texts say they say in the same words, whatever their order: for languages
that no model at hand knows.

Runs of characters find candidates and are a poor judge: 原子是什么 and 华为是什么 have most of
theirs in common. So a pair counts by its words, each weighed by how rare it is; and where one text
has a rare word that the other lacks, or says no where the other does not, they are not the same.
"""

from collections.abc import Mapping
from functools import lru_cache

from curator.leak.rarity import bits
from curator.leak.words import is_han, units

#: A word counts by its rarity in bits beyond the ordinary, and a little at least.
ORDINARY, LEAST = 3.0, 1.0
#: From so many bits on a word is what a text is about. One in ten of them may be missing.
RARE, MISSING = 8.5, 10
#: Signs that are words by themselves are in no table of rarity: these are small words, and others
#: (云, 诗) say something.
SMALL = frozenset(
    "是请为把用写说给有做会能要将和与及或个种类在对从到里中上下出来去可以让使被所其之一两这那"
)
SIGN = 7.0
#: 监督 and 非监督 are two things.
TURNING = frozenset((
    "非", "不", "没", "无", "反", "半", "未", "伪", "别", "没有", "不是", "不能", "不会", "不要",
    "无法", "not", "no", "never", "without", "non",
))  # fmt: skip
#: Characters of a text that are looked at.
READ = 4000


@lru_cache(4096)
def weights(text: str) -> Mapping[str, float]:
    """The words of a text and their rarity in bits."""
    found: dict[str, float] = {}
    for unit in units(text[:READ]):
        if len(unit.key) == 1 and is_han(unit.key):
            rarity = ORDINARY if unit.key in SMALL else SIGN
        else:
            rarity = bits(unit.key, unit.kind)
        found[unit.key] = max(rarity, found.get(unit.key, 0.0))
    return found


def likeness(one: str, other: str) -> float:
    """The share, 0 to 1, of the words of both texts that both have, weighed by rarity; 0 where
    something rare is in one of them alone."""
    a, b = weights(one), weights(other)
    every = {**a, **b}
    apart = a.keys() ^ b.keys()
    rare = sum(every[key] >= RARE for key in apart)
    if not every or rare * MISSING > sum(rarity >= RARE for rarity in every.values()):
        return 0.0
    if apart & TURNING:
        return 0.0
    both = sum(_weight(every[key]) for key in a.keys() & b.keys())
    return both / sum(map(_weight, every.values()))


def _weight(rarity: float) -> float:
    return max(rarity - ORDINARY, LEAST)
