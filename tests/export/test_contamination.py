"""What an evaluation set knows, against the plain way: every pair of texts compared."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from curator.conversation import Conversation, Turn
from curator.export import contamination
from curator.export.contamination import NEAR, EvalSet, texts_of
from curator.similarity.plainly import NUMBERS_MATTER
from curator.text import normalise, shingle_size, shingles
from tests.export.curating import chat

TEXT = "the river of asia boils an egg for ten minutes 你 好 世 界 why does it rain 7 12"
WORDS = TEXT.split()


def near(one: str, other: str) -> bool:
    """Whether two texts are one, or near twins by the Jaccard of the shorter one's shingles."""
    a, b = normalise(one), normalise(other)
    if a == b:
        return True
    counts = len(a.split()), len(b.split())
    numbers = [{word for word in text.split() if word.isdigit()} for text in (a, b)]
    if max(counts) <= NUMBERS_MATTER and numbers[0] != numbers[1]:
        return False
    size = shingle_size(min(counts))
    one_has, other_has = shingles(one, size), shingles(other, size)
    return len(one_has & other_has) >= NEAR * len(one_has | other_has)


def made_up(seed: int) -> Iterator[tuple[list[str], list[str]]]:
    """An evaluation set and texts, some of which are its own with a few words changed."""
    chance = random.Random(seed)
    known = [
        " ".join(chance.choices(WORDS, k=chance.choice((4, 9, 13, 30, 61, 90)))) for _ in "abcdef"
    ]
    texts = []
    for _ in range(40):
        said = chance.choice(known).split()
        for _ in range(chance.choice((0, 1, 2, 5, 20))):
            said[chance.randrange(len(said))] = chance.choice(WORDS)
        drop = chance.choice((0, 0, 1, 4))
        texts.append(" ".join(said[drop:]) + chance.choice(("", "!", " ok")))
    yield known, texts


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("at_once", [50, 1 << 20])
def test_all_that_is_near_is_found_and_nothing_else(
    seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contamination, "AT_ONCE", at_once)
    for known, texts in made_up(seed):
        asked = [chat(Turn("user", text)) for text in known]
        talks = [chat(Turn("user", text)) for text in texts]
        held = [text for one in asked for text in texts_of(one)]
        found = [hit.place for hit in EvalSet(asked).hits(talks)]
        told = [n for n, text in enumerate(texts) if any(near(text, one) for one in held)]
        assert found == told
        assert 0 < len(found) < len(texts)


def test_a_text_without_words_is_known_letter_by_letter() -> None:
    signs = "?!?!?!?!?!?!?!?! :-)"
    known = EvalSet([chat(Turn("user", signs))])
    talks: list[Conversation] = [chat(Turn("user", signs)), chat(Turn("user", "(-: " * 6))]
    hits = list(known.hits(talks))
    assert hits[0].place == 0
    assert hits[0].jaccard == 1.0


def test_the_set_is_sketched_once_however_many_windows_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from curator.similarity import sketching

    whole, sizes = sketching.sketch, []

    def counted(batch: Any, **more: Any) -> Any:
        sizes.append(len(batch))
        return whole(batch, **more)

    monkeypatch.setattr(sketching, "sketch", counted)
    known = EvalSet([chat(Turn("user", f"{word} is a word of the set")) for word in WORDS])
    for word in WORDS:
        list(known.hits([chat(Turn("user", f"nobody has ever asked for {word} here before"))]))
    assert sizes == [len(known)]
