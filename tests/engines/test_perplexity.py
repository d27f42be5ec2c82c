"""How surprising an answer is: with a real, if tiny, model."""

from pathlib import Path

import pytest

from curator.engines.perplexity import ANSWER, Perplexity
from tests import tiny_model


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Perplexity:
    folder: Path = tiny_model.build(tmp_path_factory.mktemp("tiny"))
    return Perplexity(str(folder))


def test_a_surprise_is_the_ratio_of_two_perplexities(reader: Perplexity) -> None:
    found = reader.of("What is two plus two?", "It is four. That makes six, thank you.")
    assert found is not None
    assert found.given > 1
    assert found.alone > 1
    assert found.ifd == found.given / found.alone


def test_the_question_changes_only_what_depends_on_it(reader: Perplexity) -> None:
    answer = "The cat sat on the mat and the dog sat on the log."
    one, two = reader.of("Cats?", answer), reader.of("二加二等于几？", answer)
    assert one is not None
    assert two is not None
    assert one.alone == two.alone
    assert one.given != two.given


def test_a_long_answer_is_cut_and_a_short_one_says_nothing(reader: Perplexity) -> None:
    long = reader.of("Go on. " * 2000, "The rain fell on the town. " * 2000)
    assert long is not None
    assert long.tokens == ANSWER
    assert reader.of("Why?", "") is None
