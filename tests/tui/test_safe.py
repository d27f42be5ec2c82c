"""Nothing from data reaches the terminal as a command."""

import re

from hypothesis import given
from hypothesis import strategies as st

from curator.tui.safe import cut, one_for_one, safe, safe_line
from tests.tui.chats import HOSTILE

DANGEROUS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]"
)
ANY = st.text(
    st.characters(codec=None) | st.sampled_from("\x1b\x07\x9b\x9d\u202e\u200b\ud800\r\n\t")
)


@given(ANY)
def test_no_control_character_is_left(text):
    assert not DANGEROUS.search(safe(text))
    assert not DANGEROUS.search(one_for_one(text).replace("\n", "").replace("\t", ""))
    assert "\n" not in safe_line(text)


@given(ANY)
def test_positions_hold_where_an_editor_needs_them(text):
    assert len(one_for_one(text)) == len(text)


@given(ANY)
def test_what_is_safe_stays_as_it_is(text):
    assert safe(safe(text)) == safe(text)


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=50))
def test_letters_numbers_and_signs_are_shown_as_they_are(text):
    hidden = "\u115f\u1160\u3164\uffa0"
    assert safe(text) == text or any(sign in text for sign in hidden)


def test_hidden_characters_have_visible_marks():
    shown = safe(HOSTILE)
    for mark in ("␛]52", "⟦U+009B⟧", "␀", "␇", "␈", "␡", "⟦U+202E⟧", "⟦U+200B⟧", "␍"):
        assert mark in shown
    assert "[/foo/bar]" in shown


def test_a_flood_of_marks_on_one_letter_is_counted_not_drawn():
    assert safe("e" + "\u0301" * 60) == "e" + "\u0301" * 4 + "⟦56 marks⟧"


def test_an_emoji_sequence_is_left_whole():
    assert safe("👩\u200d👩\u200d👧 ❤\ufe0f") == "👩\u200d👩\u200d👧 ❤\ufe0f"


def test_a_windows_line_end_is_a_line_end():
    assert safe("a\r\nb\rc") == "a\nb␍c"


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_cut_says_how_much_is_left_out(text, limit):
    kept, left_out = cut(text, limit)
    assert len(kept) <= limit
    assert len(kept) + left_out == len(text)
    assert text.startswith(kept)
