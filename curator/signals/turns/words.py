"""Words that signals look for, and one scan that tells which of them a text holds.

Most patterns are only tried where one of their words is in the text. Some hundreds of words are
asked after for every turn: an Aho-Corasick automaton finds all of them in one pass, which costs a
twentieth of looking for each by itself.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

_EVERY: set[str] = set()


class Words:
    """Words in small letters, or parts of words; all that are made are looked for together, so
    make them where modules are read, and not later."""

    __slots__ = ("every",)

    def __init__(self, *words: str) -> None:
        self.every = frozenset(words)
        _EVERY.update(self.every)

    def __iter__(self) -> Iterator[str]:
        return iter(self.every)


def held(low: str) -> frozenset[str]:
    """Which of all words a text in small letters holds, those inside of others too."""
    scan = _automaton(len(_EVERY)).find_matches_as_strings
    try:
        return frozenset(scan(low, overlapping=True))
    except UnicodeEncodeError:  # half a surrogate pair, which stands in no word
        whole = low.encode("utf-8", "replace").decode()
        return frozenset(scan(whole, overlapping=True))


@cache
def _automaton(count: int) -> Any:
    """The automaton of all words; `count` of them, so that a later word makes a new one."""
    from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

    del count
    return AhoCorasick(
        sorted(_EVERY),
        matchkind=MatchKind.Standard,
        store_patterns=True,
        implementation=Implementation.DFA,
    )
