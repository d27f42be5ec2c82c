"""Words, sentences and languages, English and Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator import text


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Thank you very much for the long answer.", "en"),
        ("我想知道这个函数是怎么工作的。", "zh"),
        ("好的", "zh"),
        ("请用 Python 写一个 quicksort 函数", "zh"),
        ("これは日本語の文章です。", "ja"),
        ("안녕하세요, 반갑습니다.", "ko"),
        ("Das ist leider nicht ganz richtig, bitte noch einmal.", "de"),
        ("The Chinese word 猫 means cat, and 狗 means dog.", "en"),
        ("Paris.", None),
        ("```python\nfor i in range(10): print(i)\n```", None),
        ("", None),
        ("42", None),
    ],
)
def test_a_language_is_told_or_not_guessed(said: str, code: str | None) -> None:
    assert text.language(said) == code


def test_a_chinese_character_is_a_word_and_a_latin_word_is_one() -> None:
    assert text.words("用 Python 写代码") == ["用", "Python", "写", "代", "码"]


def test_case_width_spacing_and_punctuation_do_not_count() -> None:
    assert text.normalise("Ｈｅｌｌｏ，  World!") == text.normalise("hello world")
    assert text.normalise("你好，世界！") == text.normalise("你好世界")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12+35=", "12-35="),
        ("3.14", "314"),
        ("C++", "C"),
        ("C#", "C"),
        (":-)", ":-("),
        ("😀", "😡"),
    ],
)
def test_what_changes_the_meaning_is_not_normalised_away(one: str, other: str) -> None:
    assert text.normalise(one) != text.normalise(other)


def test_short_texts_get_short_shingles() -> None:
    assert [text.shingle_size(n) for n in (1, 5, 30, 500)] == [1, 2, 3, 5]


def test_sentences_end_in_both_languages() -> None:
    assert text.sentences("One. Two! 3.5 is a number?\n\n第一句。第二句！") == [
        "One.", "Two!", "3.5 is a number?", "第一句。", "第二句！",
    ]  # fmt: skip


def test_a_chinese_character_costs_about_a_token_and_four_letters_one() -> None:
    assert text.tokens("你好世界") == 4
    assert text.tokens("abcd" * 10) == 10


@given(st.text())
def test_normalising_twice_changes_nothing_more(said: str) -> None:
    once = text.normalise(said)
    assert text.normalise(once) == once


@given(st.text(), st.integers(1, 6))
def test_every_text_has_a_shingle(said: str, size: int) -> None:
    assert text.shingles(said, size)


@given(st.text(max_size=200))
def test_a_snippet_fits_its_width(said: str) -> None:
    assert len(text.snippet(said, 20)) <= 20
