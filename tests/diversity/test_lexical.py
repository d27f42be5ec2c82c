"""Words are counted in English and in Chinese."""

import pytest

from curator.diversity import lexical


def test_mtld_follows_the_published_procedure():
    # Worked by hand: "a a" falls to 0.5 at once, so three factors in six words, both ways.
    assert lexical.mtld(["a"] * 6) == 2
    # Ten different words complete no factor: the text is as long as its stretch.
    assert lexical.mtld(list("abcdefghij")) == 10


def test_a_text_that_repeats_itself_has_a_lower_mtld():
    various = [f"w{i}" for i in range(200)]
    dull = [f"w{i % 9}" for i in range(200)]
    assert lexical.mtld(various) > 5 * lexical.mtld(dull)


def test_a_chinese_character_is_a_word():
    assert lexical.tokens("我喜欢Python。") == ["我", "喜", "欢", "python"]


def test_distinct_n_counts_different_n_grams():
    assert lexical.distinct([["a", "b", "a", "b"]], 1).value == 0.5
    assert lexical.distinct([["a", "b", "a", "b"]], 2).value == pytest.approx(2 / 3)


def test_distinct_n_does_not_fall_because_there_is_more_of_the_same():
    texts = [[f"w{i % 1000}" for i in range(5000)]]
    once, often = lexical.distinct(texts, 1), lexical.distinct(texts * 10, 1)
    assert once.value == pytest.approx(often.value)


def test_one_opening_said_by_all_is_one_opening():
    assert lexical.openings([["write", "a", "poem"]] * 9).value == pytest.approx(1)
    assert lexical.openings([[f"w{i}", "x"] for i in range(9)]).value == pytest.approx(9)


def test_no_words_have_no_figures():
    assert lexical.mean_mtld([]).size == 0
    assert lexical.openings([[], []]).size == 0
