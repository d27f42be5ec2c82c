"""Wrapping: no row too wide, nothing lost, lists hang, Chinese breaks between characters."""

from hypothesis import given
from hypothesis import strategies as st

from curator.tui.ink import BOLD, CODE, HEADING, chunks, clipped, markdown, plain, width_of, wrap
from curator.tui.safe import safe

PIECES = st.sampled_from(
    [
        *("word ", "longerword", " ", "  ", "\n", "- ", "1. ", "```\n", "`x`", "**b**"),
        *("你好", "，", "。", "👩\u200d👧", "😀", "\t", "#"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=80)).map(safe)


def text_of(rows):
    return ["".join(text for text, _ in row) for row in rows]


@given(TEXTS, st.integers(6, 60))
def test_no_row_is_wider_than_the_page(text, width):
    assert all(width_of(row) <= width for row in wrap(text, markdown(text), width))


@given(TEXTS, st.integers(6, 60))
def test_nothing_but_blanks_is_lost(text, width):
    shown = "".join("".join(text_of(wrap(text, markdown(text), width))).split())
    assert shown == "".join(text.split())


@given(TEXTS)
def test_ink_is_one_number_a_character(text):
    assert len(markdown(text)) == len(text)


@given(TEXTS, st.integers(1, 30))
def test_clipped_text_fits(text, width):
    line = text.replace("\n", " ").replace("\t", " ")
    assert width_of(((clipped(line, width), 0),)) <= width


def test_list_items_hang():
    rows = text_of(wrap("- one two three four", plain("- one two three four"), 10))
    assert rows == ["- one two", "  three", "  four"]


def test_chinese_breaks_between_characters_and_not_before_a_comma():
    text = "我喜欢红茶，也喜欢绿茶。"
    assert text_of(wrap(text, plain(text), 10)) == ["我喜欢红", "茶，也喜欢", "绿茶。"]


def test_markdown_is_coloured_and_left_in_place():
    text = "# Head\n**bold** `code`"
    rows = wrap(text, markdown(text), 40)
    assert text_of(rows) == ["# Head", "**bold** `code`"]
    assert rows[0] == (("# Head", HEADING),)
    assert ("bold", BOLD) in rows[1]
    assert ("code", CODE) in rows[1]


def test_chunks_join_what_looks_alike():
    assert chunks("aab", [1, 1, 2]) == (("aa", 1), ("b", 2))
