"""Wrapping: no row too wide, nothing lost, lists hang, Chinese breaks between characters."""

from hypothesis import given
from hypothesis import strategies as st

from curator.tui.folding import _breaks, _breaks_at_blanks
from curator.tui.ink import (
    BOLD,
    CODE,
    COMMENT,
    HEADING,
    NEW,
    STRING,
    chunks,
    clipped,
    lay,
    plain,
    width_of,
)
from curator.tui.markup import markdown
from curator.tui.safe import safe
from curator.tui.wrapping import wrap

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
    shown = "".join("".join(text_of(wrap(text, markdown(text), width, raw=True))).split())
    # A row of code that goes on is marked so.
    assert shown.replace("↪", "") == "".join(text.split()).replace("↪", "")


@given(TEXTS, st.integers(6, 60))
def test_only_signs_of_markdown_are_left_out(text, width):
    shown = "".join("".join(text_of(wrap(text, markdown(text), width))).split())
    bare = str.maketrans("", "", "#*_`~•┌└─-+↪")
    assert shown.translate(bare) == "".join(text.split()).translate(bare)


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


def test_rendered_list_items_hang_too():
    text = "- one two three four"
    rows = wrap(text, markdown(text), 10)
    assert ["".join(part for part, _ in row) for row in rows] == ["• one two", "  three", "  four"]


def test_a_line_of_code_that_goes_on_is_marked():
    text = "```\n" + "x" * 30 + "\n```"
    rows = ["".join(part for part, _ in row) for row in wrap(text, markdown(text), 20)]
    assert rows[1:3] == ["x" * 20, "↪ " + "x" * 10]


def test_chinese_breaks_between_characters_and_not_before_a_comma():
    text = "我喜欢红茶，也喜欢绿茶。"
    assert text_of(wrap(text, plain(text), 10)) == ["我喜欢红", "茶，也喜欢", "绿茶。"]


def test_a_name_with_points_stays_whole_amid_chinese():
    text = "替换为STRING.domain.com，其中"
    assert text_of(wrap(text, plain(text), 20)) == ["替换为", "STRING.domain.com，", "其中"]


SAMPLE = "# Head\n- **bold** `code` *so*\n```python\nx = 'a'  # b\n```"


def test_markdown_is_rendered_and_its_signs_left_out():
    rows = wrap(SAMPLE, markdown(SAMPLE), 40)
    assert text_of(rows) == ["Head", "• bold code so", "┌──python", "x = 'a'  # b", "└──"]
    assert rows[0] == (("Head", HEADING),)
    assert ("bold", BOLD) in rows[1]
    assert ("code", CODE) in rows[1]
    assert ("'a'", CODE | STRING) in rows[3]
    assert ("# b", CODE | COMMENT) in rows[3]


def test_raw_markdown_is_left_as_it_is():
    assert text_of(wrap(SAMPLE, markdown(SAMPLE), 40, raw=True)) == SAMPLE.split("\n")


def test_a_sign_is_shown_where_it_alone_was_changed():
    text = "an **egg** and *so*"
    ink = markdown(text)
    lay(ink, 3, 5, NEW)
    lay(ink, 8, 10, NEW)
    assert text_of(wrap(text, ink, 40)) == ["an **egg** and so"]
    lay(ink, 5, 8, NEW)
    assert text_of(wrap(text, ink, 40)) == ["an egg and so"]


def test_of_two_signs_that_belong_together_both_are_shown_or_none():
    text = "an **egg so** it"
    ink = markdown(text)
    lay(ink, 3, 9, NEW)
    lay(ink, 11, 13, NEW)
    assert text_of(wrap(text, ink, 40)) == ["an egg so it"]


def test_a_fence_tells_whether_it_opens_or_closes():
    text = "```\na\n```\n```\nb\n```"
    assert text_of(wrap(text, markdown(text), 40)) == ["┌──", "a", "└──", "┌──", "b", "└──"]


def test_code_in_an_unknown_language_has_no_colours():
    text = "```klingon\nqapla' = 1\n```"
    assert ("qapla' = 1", CODE) in wrap(text, markdown(text), 40)[1]


def test_chunks_join_what_looks_alike():
    assert chunks("aab", [1, 1, 2]) == (("aa", 1), ("b", 2))


@given(st.text(alphabet="ab ,.", max_size=120), st.integers(6, 30), st.integers(0, 2))
def test_plain_lines_are_cut_where_all_lines_are(line, width, hang):
    quick = _breaks_at_blanks(line, width, hang)
    if quick is not None and line:
        # One wide character makes the same line go the long way.
        long = _breaks(line + " 好", width, hang, code=False)
        assert quick[:-1] == long[: len(quick) - 1]
