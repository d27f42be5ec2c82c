"""Two texts side by side: what must hold for any pair, and what a reader expects to see."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from curator import diff
from curator.diff import side_by_side, tokens, unlike

WORDS = st.sampled_from(
    [
        "the",
        " cat",
        "sat",
        " ",
        "  ",
        "\n",
        "\n\n",
        ".",
        "你",
        "好",
        "，",
        "```",
        "x = 1",
        "\t",
        "😀",
        "e\u0301",
    ]
)
TEXTS = st.one_of(
    st.lists(WORDS, max_size=40).map("".join),
    st.text(max_size=80),
    st.lists(st.sampled_from(["a\n", "b c\n", "\n", "```\n", "d"]), max_size=30).map("".join),
)  # fmt: skip


def is_prose(text):
    return not any(fence in text for fence in diff.FENCES)


def olds(hunks):
    return "".join(hunk.old for hunk in hunks)


def news(hunks):
    return "".join(hunk.new for hunk in hunks)


def changes(before, after):
    return [(s.kind, s.text) for h in side_by_side(before, after) for s in h.spans]


@given(TEXTS)
def test_the_tokens_of_a_text_are_the_text(text):
    assert "".join(tokens(text)) == text


@given(TEXTS, TEXTS)
def test_the_spans_rebuild_both_texts(before, after):
    hunks = side_by_side(before, after)
    assert olds(hunks) == before
    assert news(hunks) == after


@given(TEXTS, TEXTS)
def test_the_spans_rebuild_both_texts_when_anchored(before, after):
    hunks = tuple(diff._hunks(diff._joined(diff._anchored_spans(before, after))))
    assert (olds(hunks), news(hunks)) == (before, after)


@given(TEXTS.filter(is_prose), TEXTS.filter(is_prose))
def test_no_shorter_script_exists(before, after):
    spans = [span for hunk in side_by_side(before, after) for span in hunk.spans]
    same = sum(len(tokens(span.text)) for span in spans if span.kind == "same")
    old, new = tokens(before), tokens(after)
    assert same == (len(old) + len(new) - Indel.distance(old, new)) // 2


@given(TEXTS)
def test_a_text_against_itself_has_no_change(text):
    hunks = side_by_side(text, text)
    assert not any(hunk.changed for hunk in hunks)
    assert len(hunks) == (1 if text else 0)


@given(TEXTS, TEXTS)
def test_a_hunk_begins_and_ends_with_a_change_or_has_none(before, after):
    for hunk in side_by_side(before, after):
        if hunk.changed:
            assert hunk.spans[0].kind != "same"
            assert hunk.spans[-1].kind != "same"
        else:
            assert len(hunk.spans) == 1


def test_one_changed_word_is_one_old_and_one_new():
    assert changes("The cat sat down.", "The dog sat down.") == [
        ("same", "The"), ("old", " cat"), ("new", " dog"), ("same", " sat down."),
    ]  # fmt: skip


def test_chinese_is_compared_by_character():
    assert changes("我喜欢红茶。", "我喜欢绿茶。") == [
        ("same", "我喜欢"), ("old", "红"), ("new", "绿"), ("same", "茶。"),
    ]  # fmt: skip


@given(st.one_of(st.text(st.characters(max_codepoint=127), max_size=80), TEXTS))
def test_ascii_is_cut_as_any_other_text(text):
    text = text.replace("`", "").replace("~", "")  # a fence would make tokens of whole lines
    assert tokens(f"{text}\n你") == [*tokens(text), "\n", "你"]


@pytest.mark.parametrize(
    "whole", ["👩\u200d👩\u200d👧", "👋🏽", "❤\ufe0f", "e\u0301te\u0301", "हिन्दी"]
)
def test_what_is_drawn_as_one_is_one_token(whole):
    assert tokens(f"x {whole} y") == ["x", f" {whole}", " y"]


def test_code_is_compared_by_line():
    before = "Run:\n```\nx = 1\ny = 2\n```\n"
    after = "Run:\n```\nx = 1\ny = 3\n```\n"
    assert ("old", "y = 2\n") in changes(before, after)
    assert ("new", "y = 3\n") in changes(before, after)


def test_changes_far_apart_are_two_hunks_and_near_ones_are_one():
    middle = " word" * 30
    far = side_by_side(f"one{middle} two", f"ONE{middle} TWO")
    assert [hunk.changed for hunk in far] == [True, False, True]
    near = side_by_side("one word two", "ONE word TWO")
    assert [hunk.changed for hunk in near] == [True]


@pytest.mark.parametrize(("before", "after"), [("", ""), ("", "new"), ("old", "")])
def test_an_empty_side_is_no_trouble(before, after):
    hunks = side_by_side(before, after)
    assert (olds(hunks), news(hunks)) == (before, after)


def test_a_long_text_keeps_the_paragraphs_both_have():
    paragraphs = [f"Paragraph {n} speaks of {n * 7} things in words.\n\n" for n in range(2000)]
    before = "".join(paragraphs)
    after = "".join([*paragraphs[:900], "A new one.\n\n", *paragraphs[900:-1]])
    hunks = side_by_side(before, after)
    assert (olds(hunks), news(hunks)) == (before, after)
    assert sum(hunk.changed for hunk in hunks) == 2


def test_no_function_is_called_for_each_change():
    """In a text that changed much, that took longer than the script itself."""
    before = "".join(f" word{n}" for n in range(1000))
    after = "".join(f" other{n}" if n % 2 else f" word{n}" for n in range(1000))
    old, new = tokens(before), tokens(after)
    called = []

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_filename == diff.__file__:
            called.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        spans = diff._word_spans(old, new)
    finally:
        sys.setprofile(None)
    assert len(spans) == 1500
    assert called == ["_word_spans", "_kept", "_script"]


def test_two_texts_too_large_for_a_table_keep_their_common_ends(monkeypatch):
    monkeypatch.setattr(diff, "LARGEST_TABLE", 4)
    assert changes("same a b c end", "same x y z end") == [
        ("same", "same"), ("old", " a b c"), ("new", " x y z"), ("same", " end"),
    ]  # fmt: skip


def test_two_long_texts_without_a_common_line_are_replaced_as_a_whole():
    before, after = "a b " * 30_000, "c d " * 30_000
    hunks = side_by_side(before, after)
    assert (olds(hunks), news(hunks)) == (before, after)


def test_unlike_tells_a_copy_from_a_new_text():
    assert unlike(side_by_side("same words", "same words")) == 0
    assert unlike(side_by_side("one", "two")) == 1
