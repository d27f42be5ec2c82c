"""Names for groups of texts: the words that are common in a group and rare in the others.

c-TF-IDF (Grootendorst 2022, BERTopic): term frequency in the class x log(1 + mean words of a
class / frequency of the term in all classes). Terms are words, pairs of words, and Chinese words by
jieba's dictionary (runs of two to four characters without it); of terms that say the same, the
longer one stays.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from math import log
from typing import cast

from curator.diversity.library import library
from curator.errors import ConfigError
from curator.text import CJK

#: The characters of a text that its group's name is made from.
READ = 400
#: Texts of a group that are read.
TEXTS = 400
#: Terms in a name.
TERMS = 3
#: Terms of a group that are weighed.
WEIGHED = 60

_TOKEN = re.compile(rf"[{CJK}]+|[^\W\d_{CJK}]+(?:['’][^\W\d_{CJK}]+)*(?:\+\+|#)?", re.UNICODE)
_CJK = re.compile(f"[{CJK}]")
_CODE = re.compile(r"```.*?(?:```|\Z)|https?://\S+", re.S)

#: CJK characters that glue sentences: a term does not begin or end with one.
_GLUE = frozenset(
    "的了是在我你他她它们这那有和与或不也就都而及着把被让给到对为以于从吗呢吧啊呀么之其所个些些么什怎哪"
    "请问能会可要想将用该如何些几些请说下上中里来去做使得很更最还但并且因此若则每各某由向等写您我帮介绍"
    "のはがをにへとでもやか"
)
_GLUE_INSIDE = frozenset("的了吗呢吧啊呀们请我你您么是")


class Terms(Counter[str]):
    """How often each term is in a group."""


def terms(text: str) -> Iterator[str]:
    """The terms of a text, with repetitions."""
    before = ""
    for token in _TOKEN.findall(_CODE.sub(" ", text[: 4 * READ])[:READ]):
        if _CJK.match(token):
            before = ""
            yield from _cjk_terms(token)
            continue
        word = _folded(token.lower().replace("’", "'"))
        if len(word) < 2 or word in _stopwords():
            before = ""
            continue
        yield word
        if before and before != word:
            yield f"{before} {word}"
        before = word


def counted(texts: Iterable[str]) -> Terms:
    """In how many of these texts each term is: a text that repeats itself counts once."""
    found = Terms()
    for text in texts:
        found.update(set(terms(text)))
    return found


def summed(groups: Sequence[Terms], into: Sequence[int], count: int) -> list[Terms]:
    """The terms of coarser groups: group i is part of `into[i]`."""
    made = [Terms() for _ in range(count)]
    for terms_, place in zip(groups, into, strict=True):
        made[place].update(terms_)
    return made


def names(groups: Sequence[Terms], count: int = TERMS) -> list[str]:
    """A name for each group, all different; a group of no words is called `(no words)`."""
    total = Terms()
    for group in groups:
        total.update(group)
    mean = sum(total.values()) / max(1, len(groups))
    found = [
        best_terms(_weights(group, total, mean, len(groups)), group, count) for group in groups
    ]
    return _distinct([" · ".join(chosen) or "(no words)" for chosen in found], found)


def best_terms(weights: dict[str, float], group: Terms, count: int) -> list[str]:
    """The weightiest terms that do not say one another again."""
    ranked = sorted(weights, key=lambda term: (-weights[term], term))[:WEIGHED]
    chosen: list[str] = []
    for term in ranked:
        longer = _grown(term, ranked, group)
        if not any(_overlap(longer, other) for other in chosen):
            chosen.append(longer)
        if len(chosen) == count:
            break
    return chosen


def _weights(group: Terms, total: Terms, mean: float, groups: int) -> dict[str, float]:
    """The c-TF-IDF of each term of one group."""
    size = max(group.values(), default=0)
    # A term of one or two texts is somebody's name, not a theme.
    least = max(2 if len(group) > 40 else 1, size // 25)
    kept = {term: n for term, n in group.items() if n >= least} or dict(group)
    return {
        term: _length_bonus(term) * n * log(1 + mean / total[term]) * (n / total[term]) ** 0.5
        if groups > 1
        else _length_bonus(term) * n
        for term, n in kept.items()
    }


def _length_bonus(term: str) -> float:
    """Longer terms say more, and are rarer by nature."""
    if _CJK.match(term):
        return (0.0, 0.3, 1.0, 1.25, 1.4)[min(len(term), 4)]
    return 1.4 if " " in term else 1.0


def _grown(term: str, ranked: Sequence[str], group: Terms) -> str:
    """The longest term that holds this one and is nearly as frequent: 机器学习 for 机器."""
    longer = [
        other
        for other in ranked
        if len(other) > len(term) and _holds(other, term) and group[other] >= 0.6 * group[term]
    ]
    return max(longer, key=lambda other: (len(other), group[other], other), default=term)


def _holds(longer: str, shorter: str) -> bool:
    if _CJK.match(shorter):
        return shorter in longer
    return f" {shorter} " in f" {longer} "


def _overlap(one: str, other: str) -> bool:
    if _CJK.match(one) and _CJK.match(other):
        short, long = sorted((one, other), key=len)
        return any(short[i : i + 2] in long for i in range(len(short) - 1)) or short in long
    return bool({_stem(w) for w in one.split()} & {_stem(w) for w in other.split()})


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@cache
def _folded(word: str) -> str:
    """The word as it is counted: a simple plural is its singular."""
    if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is", "ies", "ws")):
        return word[:-1]
    return word.removesuffix("'s")


def _cjk_terms(run: str) -> Iterator[str]:
    cut = _cutter()
    if cut is None:
        yield from _cjk_runs(run)
        return
    for word in cut(run):
        if len(word) > 1 and word not in _stopwords() and not _GLUE.issuperset(word):
            yield word


def chinese_words(text: str) -> list[str]:
    """The words of a Chinese text by the dictionary; without it, its characters."""
    cut = _cutter()
    return list(text) if cut is None else cut(text)


@cache
def _stopwords() -> frozenset[str]:
    text = files("curator.diversity").joinpath("stopwords.txt").read_text(encoding="utf-8")
    return frozenset(w for line in text.splitlines() if line[:1] != "#" for w in line.split())


@cache
def _cutter() -> Callable[[str], list[str]] | None:
    """Chinese words by jieba's dictionary, where the extra is installed."""
    try:
        rjieba = library("rjieba")
    except ConfigError:
        return None
    return cast("Callable[[str], list[str]]", rjieba.cut)


def _cjk_runs(run: str) -> Iterator[str]:
    """Where no dictionary is at hand: runs of two to four characters that glue nothing."""
    for size in (2, 3, 4):
        for i in range(len(run) - size + 1):
            term = run[i : i + size]
            if term[0] in _GLUE or term[-1] in _GLUE or term in _stopwords():
                continue
            if size > 2 and (
                not _GLUE_INSIDE.isdisjoint(term) or any(w in term for w in _stopwords())
            ):
                continue
            yield term


def _distinct(given: list[str], chosen: Sequence[Sequence[str]]) -> list[str]:
    """The names with a number behind those that are given twice."""
    del chosen
    seen: Counter[str] = Counter()
    made = []
    for name in given:
        seen[name] += 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made
