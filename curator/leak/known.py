"""What a chat has said up to a place, and which units are news after it."""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from curator.leak.words import WORDS, Unit, is_han, is_plain, keys

_RUN = re.compile(r"[^\W\d_]+")


class Known:
    """The units of some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = ""
        self.keys: set[str] = set()
        self.stems: set[str] = set()
        self._texts: list[str] = []
        self.hear(texts)

    def hear(self, texts: Sequence[str]) -> None:
        """Take in what these say: nothing that was known is news after it."""
        self.text = "\n".join((self.text, *texts)).lower()
        self._texts += texts
        for text in texts:
            for key, is_word in set(keys(text)):
                self.keys.add(key)
                if is_word and len(key) >= 5:
                    self.stems.add(_trunk(key))

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """Which keys stood beside each other in what was heard before this was asked for."""
        said = ([key for key, _ in keys(text)] for text in self._texts)
        return {pair for found in said for pair in pairwise(found)}

    def news(self, unit: Unit) -> bool:
        """Whether a unit is new, in this form and in every other form of the word."""
        if unit.key in self.keys:
            return False
        if is_han(unit.key):
            # 捐献者 is no news where 捐献 was said.
            parts = (unit.key[:-1], unit.key[1:]) if len(unit.key) > 2 else (unit.key,)
            return not any(part in self.text for part in parts)
        long = unit.kind in WORDS and len(unit.key) >= 5
        return not (long and _trunk(unit.key) in self.stems)


def unread(units: Sequence[Unit], text: str) -> list[Unit]:
    """Those of the units that a glance does not find in a text: some of them it may still hold,
    the others it does."""
    # In a link, letters are no words.
    runs = set() if "://" in text else set(_RUN.findall(text))
    return [
        unit
        for unit in units
        if unit.kind not in WORDS
        or not is_plain(unit.text)
        or runs.isdisjoint((unit.text, unit.text.lower(), unit.text.capitalize()))
    ]


def _trunk(key: str) -> str:
    return key[: max(5, round(len(key) * 0.7))]
