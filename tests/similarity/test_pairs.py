"""What is reported as twins is true, and what is true is found."""

import random
from itertools import combinations

import pytest

from curator.similarity import Pair, grouped, twins
from curator.similarity.banding import CROWD
from curator.text import jaccard, normalise, shingle_size, shingles

WORDS = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(400)]
SIGNS = [chr(0x4E00 + i) for i in range(400)]


def pairs(
    texts: list[str], threshold: float = 0.7, compiled: bool | None = None
) -> dict[tuple[int, int], float]:
    return {(p.one, p.other): p.jaccard for p in twins(texts, threshold, compiled=compiled)}


def truth(texts: list[str], threshold: float) -> dict[tuple[int, int], float]:
    """All pairs compared in full: the slow and certain way."""
    found = {}
    for (i, one), (j, other) in combinations(enumerate(texts), 2):
        counts = [len(normalise(text).split(" ")) for text in (one, other)]
        size = shingle_size(min(counts))
        exact = jaccard(shingles(one, size), shingles(other, size))
        if exact >= threshold:
            found[i, j] = exact
    return found


def families(alphabet: list[str], glue: str, seed: int) -> list[str]:
    """Texts of 3 to 200 words, each with some copies that had words changed."""
    draw = random.Random(seed)
    texts = []
    for _ in range(60):
        words = draw.choices(alphabet, k=int(3 * 66 ** draw.random()))
        texts.append(glue.join(words))
        for _ in range(draw.randrange(3)):
            copy = list(words)
            for _ in range(draw.randrange(1 + len(copy) // 12)):
                copy[draw.randrange(len(copy))] = draw.choice(alphabet)
            texts.append(glue.join(copy))
    return texts


@pytest.mark.parametrize(("alphabet", "glue"), [(WORDS, " "), (SIGNS, "")])
@pytest.mark.parametrize("threshold", [0.6, 0.7, 0.9])
@pytest.mark.parametrize("compiled", [True, False])
def test_every_true_pair_is_found_with_its_exact_jaccard(
    alphabet: list[str], glue: str, threshold: float, compiled: bool
) -> None:
    texts = families(alphabet, glue, seed=7)
    expected = truth(texts, threshold)
    assert len(expected) > 10
    assert pairs(texts, threshold, compiled) == pytest.approx(expected)


def test_a_text_on_either_side_of_a_shingle_limit_is_still_a_twin() -> None:
    base = WORDS[:60]
    assert shingle_size(60) != shingle_size(59)
    assert pairs([" ".join(base), " ".join(base[:59])])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("计算 12+35 等于多少，请写出每一步的过程", "计算 12+53 等于多少，请写出每一步的过程"),
        ("Sure, here is the list you asked for", "Sure, here is the poem we spoke about"),
        ("What is the capital of France?", "What is the capital of Spain?"),
    ],
)
def test_a_shared_frame_alone_makes_no_twins(one: str, other: str) -> None:
    assert not pairs([one, other])


def test_a_crowd_of_one_template_is_found_without_comparing_all_with_all() -> None:
    frame = " ".join(WORDS[:80])
    texts = [f"{frame} {word}" for word in WORDS[80 : 80 + 5 * CROWD]]
    found = pairs(texts)
    assert len({place for pair in found for place in pair}) == len(texts)


def test_the_same_texts_give_the_same_pairs_in_the_same_order() -> None:
    texts = families(WORDS, " ", seed=3)
    assert list(pairs(texts).items()) == list(pairs(list(texts)).items())


def test_a_set_is_held_against_another_only() -> None:
    one = " ".join(WORDS[:80])
    texts = [one, one + " again", one + " and again", "something else"]
    assert {(p.one, p.other) for p in twins(texts, 0.7, against=2)} == {(0, 2), (1, 2)}


def test_every_member_is_a_twin_of_its_keeper_and_no_chain_forms() -> None:
    chain = [Pair(0, 1, 0.8), Pair(1, 2, 0.75), Pair(2, 3, 0.72), Pair(3, 4, 0.9)]
    groups, left_out = grouped(chain, range(5))
    assert [(keeper, [tuple(twin) for twin in near]) for keeper, near in groups] == [
        (0, [(1, 0.8)]),
        (2, [(3, 0.72)]),
    ]
    assert left_out == 2


def test_what_is_worth_more_is_kept() -> None:
    groups, _ = grouped([Pair(0, 1, 0.9), Pair(1, 2, 0.8)], [1, 0, 2])
    assert groups == [(1, [(0, 0.9), (2, 0.8)])]
