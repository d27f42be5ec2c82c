"""Texts laid aside have the twins that the same texts in memory have."""

import random

import pytest

from curator.similarity import twins
from curator.similarity.piles import Pile

WORDS = [f"word{n}" for n in range(400)] + list("水山木火土金日月")


def texts(draw: random.Random, count: int) -> list[str]:
    """Texts of all lengths, of which every third is one before it with some words changed."""
    made: list[str] = []
    for place in range(count):
        words = draw.choices(WORDS, k=draw.choice((2, 5, 12, 40, 150, 600)))
        if place % 3 == 2:
            words = made[draw.randrange(place)].split()
            for _ in range(1 + len(words) // 30):
                words[draw.randrange(len(words))] = draw.choice(WORDS)
        made.append(" ".join(words))
    return made


@pytest.mark.parametrize(("threshold", "compiled"), [(0.6, False), (0.75, False), (0.6, True)])
def test_a_pile_has_the_pairs_that_the_texts_in_memory_have(
    threshold: float, compiled: bool
) -> None:
    said = texts(random.Random(3), 300)
    pile = Pile(threshold, compiled)
    for first in range(0, len(said), 70):
        pile.add(said[first : first + 70])
    expected = {(pair.one, pair.other) for pair in twins(said, threshold)}
    assert expected
    assert set(pile.pairs()) == expected
    assert len(pile) == len(said)


def test_a_pile_of_nothing_has_no_pairs() -> None:
    pile = Pile(0.6)
    pile.add([])
    assert list(pile.pairs()) == []


def test_whoever_waits_for_pairs_is_called_meanwhile() -> None:
    pile = Pile(0.6)
    pile.add(["one and the same thing, said in so many words", "another thing"])
    calls: list[int] = []
    assert list(pile.pairs(lambda: calls.append(1))) == []
    assert calls
