"""Words are counted in English and in Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.diversity import lexical


def test_mtld_follows_the_published_procedure():
    # Worked by hand: "a a" falls to 0.5 at once, so three factors in six words, both ways.
    assert lexical.mtld(["a"] * 6) == 2
    # Ten different words complete no factor: the text is as long as its stretch.
    assert lexical.mtld(list("abcdefghij")) == 10


def test_mtld_gives_the_numbers_of_the_paper():
    # McCarthy and Jarvis 2010: one factor ends at the sixth word (ratio .667), and the
    # three words after it, all different, are no part of another.
    words = ["of", "the", "people", "by", "the", "people", "for", "the", "people"]
    assert lexical._one_way(words) == 9
    # A remainder with a ratio of .887 is .404 of a factor: 340 words of 4.404 factors have 77.203.
    part = (1 - 0.887) / (1 - lexical.FULL)
    assert 340 / (4 + part) == pytest.approx(77.203, abs=0.01)
    rest = [f"r{i}" for i in range(47)] + [f"r{i}" for i in range(6)]  # 47 of 53: .887
    whole = [word for block in range(4) for word in _factor(block)]
    expected = len(whole + rest) / (4 + (1 - 47 / 53) / 0.28)
    assert lexical._one_way(whole + rest) == pytest.approx(expected)


def _factor(block):
    """Words that fall to a ratio of .72 with their last: 18 kinds of 25 words."""
    kinds = [f"k{block}-{i}" for i in range(18)]
    return kinds + kinds[:7]


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=120))
def test_mtld_is_that_of_its_definition_written_another_way(words):
    def one_way(words):
        begin, factors = 0, 0.0
        for end in range(1, len(words) + 1):
            ratio = len(set(words[begin:end])) / (end - begin)
            if ratio <= 0.72:
                begin, factors = end, factors + 1
            elif end == len(words):
                factors += (1 - ratio) / 0.28
        return len(words) / factors if factors else len(words)

    expected = (one_way(words) + one_way(words[::-1])) / 2
    assert lexical.mtld(words) == pytest.approx(expected)


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
