"""What a chat has said up to a place, and which units are news after it."""

from collections.abc import Sequence
from itertools import pairwise

from curator.leak.words import WORDS, Unit, is_han, keys


class Known:
    """The units of some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = ""
        self.keys: set[str] = set()
        self.stems: set[str] = set()
        self.pairs: set[tuple[str, str]] = set()
        self.hear(texts)

    def hear(self, texts: Sequence[str]) -> None:
        """Take in what these say: nothing that was known is news after it."""
        self.text = "\n".join((self.text, *texts)).lower()
        for text in texts:
            said = list(keys(text))
            self.pairs.update((one, other) for (one, _), (other, _) in pairwise(said))
            for key, is_word in set(said):
                self.keys.add(key)
                if is_word and len(key) >= 5:
                    self.stems.add(_trunk(key))

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


def _trunk(key: str) -> str:
    return key[: max(5, round(len(key) * 0.7))]
